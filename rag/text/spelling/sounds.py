"""Reduce words and codes to keys that their spellings share.

Two words with the same sound are spellings of one word in English or German, such as "fisical" and
"physical". Two codes with the same key differ only in case and separators, such as "K-310" and
"k310".
"""

import re
import unicodedata
from functools import lru_cache

_SPECIAL_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
# Applied in order to letters without accents, each where the word holds one of its first pieces.
_SAME_SOUNDS = tuple(
    (tuple(pieces.split()), re.compile(pattern), sound)
    for pieces, pattern, sound in (
        ("kn gn pn", r"^(?:kn|gn|pn)", "n"),
        ("wr wh", r"^w[rh]", "w"),
        ("ps", r"^ps", "s"),
        ("ion ian shun", r"(?:[tsc]io|[tc]ia|shu)(?=n)", "su"),
        ("ph gh", r"ph|gh(?=$|t)", "f"),
        ("ft", r"ft$", "t"),
        ("c q", r"sc(?=[eiy])|c(?=[eiy])", "s"),
        ("c q", r"ck|ch(?=[rl])|q|c(?!h)", "k"),
        ("x", r"x", "ks"),
        ("dt th", r"dt|th", "t"),
        ("z", r"z", "s"),
        ("j g", r"j|dg(?=e)|g(?=[eiy])", "j"),
        ("i e y", r"ie|ei|ee|ea|ey|y", "i"),
        ("ae ai ay", r"ae|ai|ay", "a"),
        ("oe oa", r"oe|oa", "o"),
        ("our", r"(?<=..)our", "or"),
        ("re", r"(?<=.[bcdfgt])re$", "er"),
        ("ou oo ue", r"ou|oo|ue", "u"),
        ("", r"(.)\1+", r"\1"),
        ("e", r"(?<=..)e$", ""),
    )
)
_REGIONAL = (
    (re.compile(r"(?<=..)our"), "or"),
    (re.compile(r"(?<=...)ys(?=e|ing|er)"), "yz"),
    (re.compile(r"(?<=...)is(?=e|ing|ation)"), "iz"),
    (re.compile(r"(?<=.[bcdfgt])re(?=s?$)"), "er"),
    (re.compile(r"(?<=..)ence(?=s?$)"), "ense"),
    (re.compile(r"(?<=..)ogue(?=s?$)"), "og"),
)
_SEPARATORS = re.compile(r"(?<=\d)[^\w]+(?=\d)|_+(?=\d)(?<=\d_)")
_OTHER = re.compile(r"[^\w.]|_|\.(?!\d)|(?<!\d)\.")


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return a word in lower case, without accents; ß and the like become plain letters."""
    lowered = word.casefold() if word.isascii() else word.lower().translate(_SPECIAL_LETTERS)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def sound_of(word: str) -> str:
    """Return what a folded word sounds like; another spelling of it has the same."""
    for pieces, pattern, sound in _SAME_SOUNDS:
        if not pieces or any(piece in word for piece in pieces):
            word = pattern.sub(sound, word)
    return word


def is_regional_spelling(word: str, other: str) -> bool:
    """Tell whether two folded words differ as British and American spellings do."""
    return word != other and _without_region(word) == _without_region(other)


def _without_region(word: str) -> str:
    for pattern, spelling in _REGIONAL:
        word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=65_536)
def is_code(text: str) -> bool:
    """Tell whether a word or compound is a code: it has a letter and a digit."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def key_of_code(code: str) -> str:
    """Return what all spellings of a code share: K-310 gives k310, v1.2 gives v1.2.

    A separator between two digits stays, as a dot: v1.2 is not v12.
    """
    return _OTHER.sub("", _SEPARATORS.sub(".", fold(code)))
