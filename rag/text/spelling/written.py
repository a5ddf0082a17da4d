"""Find the words and codes of a text as they are written, with their places."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rag.text.spelling.sounds import is_code
from rag.text.terms import COMPOUND, UNSPACED

MAX_LETTERS = 40
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# What stands between an elided article and a possessive: "école" of "l'école", "Reed" of "Reed's".
_CORE = re.compile(r"(?:[^\W\d_]{1,2}['’])?([^\W\d_]{2,})(?:['’]s)?")
_SPACED_CODE = re.compile(r"\b[A-Z]{1,4} \d+(?:[.\-/]\d+)*[a-z]?\b")


class WrittenWord(NamedTuple):
    """A word or code of a text.

    Attributes:
        start, end: Its span of the text, in code points, half-open.
        compound: The compound that holds it, such as multi-factor; else the word itself.
    """

    text: str
    start: int
    end: int
    compound: str


def written_words(text: str) -> Iterator[WrittenWord]:
    """Yield the words of two letters or more, without contractions or scripts without spaces."""
    for compound in COMPOUND.finditer(text):
        for core, offset in _words_in(compound[0]):
            start = compound.start() + offset
            yield WrittenWord(core, start, start + len(core), compound[0])


def written_codes(text: str) -> Iterator[WrittenWord]:
    """Yield the codes, such as K-310, T7 and "IS 01", in order; "in 2019" is none."""
    for compound in COMPOUND.finditer(text):
        if is_code(compound[0]) and len(compound[0]) <= MAX_LETTERS:
            yield WrittenWord(compound[0], *compound.span(), compound[0])
    for spaced in _SPACED_CODE.finditer(text):
        yield WrittenWord(spaced[0], *spaced.span(), spaced[0])


@lru_cache(maxsize=65_536)
def _words_in(compound: str) -> tuple[tuple[str, int], ...]:
    """Return the words of a compound and where they begin in it."""
    if is_code(compound):
        return ()
    cores = ((part.start(), _CORE.fullmatch(part[0])) for part in _PART.finditer(compound))
    return tuple(
        (core[1], start + core.start(1))
        for start, core in cores
        if core and len(core[1]) <= MAX_LETTERS and not UNSPACED.search(core[1])
    )
