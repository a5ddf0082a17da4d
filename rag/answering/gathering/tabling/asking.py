"""The words of English and German questions that ask and select no rows."""

# `split_words` knows only the English function words.
ASKING = frozenset(
    """list show find give count number please need want work add come comes rank ranks value entry
    based there wir uns bitte brauche zahl anzahl wert eintrag berechne rechne addiere zähle
    unter über welche welcher welches welchen welchem wer wo wie viele viel hoch lange oft alt
    groß weit gibt gibts es nenne nenn zeige zeig liste auf mir alle aller sind ist hat haben
    kostet kosten der die das den dem des ein eine einen einem einer und oder in im an am mit
    von vom zu zum zur für bei beim aus als one ones""".split()  # noqa: SIM905
)
