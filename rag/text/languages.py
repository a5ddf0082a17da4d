"""Detect the language of a text with py3langid (Barbaresi; after Lui and Baldwin, 2012; BSD).

It knows 140 languages. For a short question, typical question words and letters count too.
"""

import copy
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from py3langid import langid

UNKNOWN = "en"
# More text changes nothing and costs time.
_MAX_CHARACTERS = 4000
# In a title or a column of figures any language can seem certain.
_MIN_LETTERS = 60
_MIN_CONFIDENCE = 0.9
# What a word adds to py3langid's log-probability. 2 and 4 give the same results
# (docs/experiments.md).
_WORD_WEIGHT = 3.0
# A lower bound, because py3langid is too sure about short texts.
_MIN_PROBABILITY = 1e-4
_WORD = re.compile(r"[^\W\d_]+")
# Letters that none of the other languages here uses.
_MARKS = {
    "de": "ß",
    "es": "ñ¿¡",
    "fr": "œêû",
    "it": "ìò",
    "pl": "ąęłńśźż",
    "pt": "ãõ",
    "ru": "ёъыэ",
    "uk": "ґєії",
}
_LATIN = re.compile(r"[a-zà-ɏ]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_SCRIPTS = {"ru": (_CYRILLIC,), "uk": (_CYRILLIC,), "zh": (_HAN,), "ja": (_KANA, _HAN)}
_NAME_OPENING = re.compile(r"al|das|del?|der|di|du|el|las?|les?|los|van|von")
# Words that are frequent in questions, with those for price and today. A word of several languages
# counts for each. Words that also open English questions are left out: die, war, hat, per.
_QUESTION_WORDS = {
    "en": """a an and any are at be can cost could did do does for from had has have he her his how i in is it
        its many may me more much my not of on or our price she should that the their there these they this
        to today was we were what when where which who whom whose why will with would you your""",
    "de": """auf bei darf das dem den der des du dürfen ein eine einem einen einer er es für gibt haben hatte
        heute ich ihr ihre im ist kann kannst kostet können lange mit muss müssen nach nicht oder preis sein
        seine sich sie sind so und uns viel viele vom von wann waren warum was welche welchem welchen
        welcher welches wem wen wer werden wessen wie wieso wieviel wir wird wo woher wohin wurde wurden zu
        zum zur""",
    "fr": """a au aujourd aux avec c ce ces cette combien comment coûte d dans de des du elle elles en est et eu
        fait faut il ils je l la le lequel les leur mon n ne nous ou où pas peut pour pourquoi prix qu quand
        que quel quelle quelles quels qui quoi sa se ses son sont sur t un une vous y à ça était""",
    "es": """a al como con cual cuales cuando cuanta cuantas cuanto cuantos cuesta cuál cuáles cuándo cuánta
        cuántas cuánto cuántos cómo de del donde dónde el ella ellos en era es esa ese eso esta este esto
        está están fue fueron ha hay hoy la las le los mi para por precio puede puedo que quien quienes
        quién quiénes qué se son su sus tiene tienen un una y""",
    "it": """a al anni c che chi ci come con cos cosa costa cui da dal de dei del della delle di dov dove e era
        gli ha hanno i il in l la le lei lo lui mi nel nella non oggi perche perché posso prezzo può qual
        quale quali quando quanta quante quanti quanto questa questo si sono stata stato su tempo un una è""",
    "pt": """a ao as com como custa da das de do dos e ela ele eles em era essa esse está estão eu fica foi foram
        hoje há isso isto na no não o onde os para pode por porque posso preço quais qual quando quanta
        quantas quanto quantos que quem se seu sua são tem tempo têm um uma à é""",
    "nl": """aan al bij dat de deze dit een en er ga heb hebben heeft het hij hoe hoeveel ik in is je kan kost
        kun kunnen lang met mijn moet mogen naar niet of om prijs te u uit van vandaag voor waar waarom
        wanneer was wat we welk welke werd wie worden wordt ze zij zijn""",
    "pl": """a cena co czego czemu czy dla dlaczego do dziś gdzie go i ich ile ilu ja jak jaka jaki jakie jego
        jej jest kiedy kim kto która które którego który ma mam można na nie o od on ona po się są ta tego
        ten to w z za""",
    "ru": """в вы где для до его ее если есть её и из или как какая какие какое какой кем когда кто ли мне можно
        на не о он она они от по почему при с сегодня сколько стоит так такое такой там то у цена чего чей
        что чтобы это я""",
    "uk": """в ви вона вони він де для до з за й його коли кому коштує ми можна на не о од по про скільки
        сьогодні та так таке такий там то у хто це ці ціна чи чий чого чому що я як яка яке який які є і із
        їх її""",
}


def is_question_word(word: str) -> bool:
    """Tell whether a word is frequent in questions of any of ten languages: "what", "kostet"."""
    return word.lower() in _all_question_words()


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language of the opening; English if that is uncertain."""
    opening = text[:_MAX_CHARACTERS]
    if sum(character.isalpha() for character in opening) < _MIN_LETTERS:
        return UNKNOWN
    language, confidence = _identifier(()).classify(opening)
    return str(language) if confidence >= _MIN_CONFIDENCE else UNKNOWN


def detect_language_among(text: str, languages: Sequence[str], expected: str = UNKNOWN) -> str:
    """Return which of a few languages a short text is in; the expected one if that is uncertain.

    Question words and letters of a language raise the odds that py3langid gives it. Languages with
    another script are excluded. Of equal ones the first is returned.
    """
    opening = unicodedata.normalize("NFC", text[:_MAX_CHARACTERS])
    n_hints = {language: _count_hints(opening, language) for language in languages}
    possible = _written_like(opening.lower(), n_hints)
    if not possible:
        return expected
    probability = dict(_identifier(tuple(languages)).rank(opening))
    scores = {
        language: math.log(max(float(probability[language]), _MIN_PROBABILITY)) + _WORD_WEIGHT * n_hints[language]
        for language in possible
    }
    best = max(possible, key=scores.__getitem__)
    odds = {language: math.exp(score - scores[best]) for language, score in scores.items()}
    # Words that Italian and Portuguese share decide only against English.
    is_foreign = UNKNOWN not in odds or n_hints[best] > n_hints[UNKNOWN]
    against = odds.get(UNKNOWN, 0.0) if is_foreign and best != UNKNOWN else sum(odds.values()) - 1
    return best if against <= (1 - _MIN_CONFIDENCE) * sum(odds.values()) else expected


@lru_cache(maxsize=1)
def _all_question_words() -> frozenset[str]:
    return frozenset(word for words in _QUESTION_WORDS.values() for word in words.split())


def _count_hints(text: str, language: str) -> int:
    """Count the question words of a language in a text; letters of its own count as one more."""
    known = frozenset(_QUESTION_WORDS.get(language, "").split())
    words = _WORD.findall(text.lower() if text.isupper() else text)
    # Leave out names inside a question, São Paulo, and at its start, Los Angeles.
    spoken = [word.lower() for i, word in enumerate(words) if i == 0 or not word[0].isupper()]
    if spoken[:1] and _NAME_OPENING.fullmatch(spoken[0]) and words[1:2] and words[1][0].isupper():
        del spoken[0]
    marks = _MARKS.get(language, "")
    return sum(word in known for word in spoken) + any(mark in marks for mark in "".join(spoken) + text[:1])


def _written_like(text: str, n_hints: Mapping[str, int]) -> list[str]:
    """Return the languages in the text's script; of two scripts, Latin needs more than a name."""
    in_latin = [language for language in n_hints if language not in _SCRIPTS and _LATIN.search(text)]
    in_other = [language for language in n_hints if any(script.search(text) for script in _SCRIPTS.get(language, ()))]
    if _KANA.search(text):
        in_other = [language for language in in_other if language != "zh"]
    is_latin = not in_other or max((n_hints[language] for language in in_latin), default=0) > 1
    return in_latin if is_latin else in_other


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> langid.LanguageIdentifier:
    """Return an identifier of these languages, of all if none are given."""
    if not languages:
        return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    # Unpacking the model takes half a second.
    identifier = copy.copy(_identifier(()))
    identifier.set_languages(list(languages))
    return identifier
