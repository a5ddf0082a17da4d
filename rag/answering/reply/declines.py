"""Notice a sentence in which an LLM declines to answer. Pure."""

import re

_FIXED_DECLINE = re.compile(r"\bNOT[_ ]IN[_ ](?:THE[_ ])?(?:DOCUMENTS|TEXT)\b", re.IGNORECASE)
# English, German, French, Spanish and Portuguese, Italian, Dutch.
_DECLINES = re.compile(
    r"(?:\b(?:not|never|no longer)|n['’]t) (?:\w+ ){0,3}(?:mention|provid|specif|stat|contain|say|said|includ|giv"
    r"|answer|disclos|identif|known|available|clear|have|enough|sufficient)"
    r"|\b(?:no|insufficient) (?:\w+ ){0,2}(?:information|mention|answer|details?|data)\b"
    r"|\b(?:cannot|can't|can not|unable to|impossible to) (?:be )?(?:\w+ )?(?:determine|answer|tell|say|find|provide)"
    r"|\b(?:nicht|kein\w*) (?:\w+ ){0,4}(?:erwähn|genannt|angegeben|enthalten|hervor|angabe|information|antwort)"
    r"|\b(?:erwähnt|enthält|nennt|sagt|gibt) (?:\w+ ){0,4}(?:nicht|kein\w*)\b"
    r"|\b(?:ne|n['’]) ?(?:\w+ ){0,2}(?:mentionn|précis|contien|indiqu|fourni|dit|permet)"
    r"|\b(?:no|não) (?:se )?(?:\w+ )?(?:mencion|indic|especific|contien|contém|proporcion|fornec|dice|diz|inform)"
    r"|\bnon (?:è |viene )?(?:menzion|specific|indic|contien|fornisc|dice)"
    r"|\b(?:niet|geen) (?:\w+ ){0,3}(?:vermeld|genoemd|informatie|antwoord)",
    re.IGNORECASE,
)
_SOURCE_WORDS = re.compile(
    r"\b(?:te[xk]t[eo]?|testo|passages?|passaggi?|pasajes?|trechos?|[ck]onte[xk]t\w*|do[ck]ument\w*|abschnitt\w*|articl\w*"
    r"|artikel|informa[tcç]\w*|sources?|quellen?)\b",
    re.IGNORECASE,
)
# Documents do not say "I don't know" or "Sorry, I cannot answer that".
_SPEAKS_OF_ITSELF = re.compile(
    r"^\W*(?:(?:i am |i['’]m )?(?:sorry|unfortunately|leider)\b|i['’]m not\b"
    r"|(?:i|we) (?:do not|don['’]t|cannot|can['’]t|am not|could not|couldn['’]t)\b"
    r"|ich (?:weiß|kann|habe) (?:\w+ ){0,3}(?:nicht|kein\w*)\b|je ne\b|no (?:lo )?(?:sé|puedo)\b|não sei\b"
    r"|non (?:so|posso)\b)",
    re.IGNORECASE,
)


def is_fixed_decline(sentence: str) -> bool:
    """Return whether a sentence declines in the words that the prompt gives for it."""
    return bool(_FIXED_DECLINE.search(sentence))


def is_decline(sentence: str) -> bool:
    """Return whether a sentence seems to say that the given text does not hold the answer.

    A document may also say "Personal information is not disclosed", and may be quoted for it.
    """
    if is_fixed_decline(sentence) or _SPEAKS_OF_ITSELF.search(sentence):
        return True
    return bool(_DECLINES.search(sentence) and _SOURCE_WORDS.search(sentence))
