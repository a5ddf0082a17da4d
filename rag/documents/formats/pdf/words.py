"""Find the words of a page and where they stand, turned so that most of them run to the right.

What comes out are segments: words of one line without a wide gap between them. Only where a table
may stand are their words looked at one by one, because a file has millions.
"""

import ctypes
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import sub
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.pdf.gibberish import is_gibberish
from rag.documents.formats.pdf.segments import MAX_HEIGHTS, MIN_GAP, Segment, cut_segment, is_justified
from rag.documents.formats.shared.pdfium import NUMBER, POINTER, address_of, quick

# PDFium writes one of the two controls instead of a hyphen and a line end within a word.
_WORD = re.compile("(?:(?!\\.{4})[^\\s\ufffe\x02])+[\ufffe\x02]?|\\.{4,}")
_HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-", "\u00ad": "-"})
_LINE = re.compile("[^\r\n\ufffe\x02]+[\ufffe\x02]?")
_QUARTER = math.pi / 2
_LAM_ALEF = re.compile("[\u0622\u0623\u0625\u0627]\u0644")
# Points. Letters of one glyph share its box.
_SAME_PLACE = 0.6
_MAX_SLANT = 0.1
_N_SAMPLE = 80
_Box = tuple[float, float, float, float]


class PageWords(NamedTuple):
    """The words of a page.

    Attributes:
        turn: How often the text is turned by 90 degrees to the right, 0 to 3.
        segments: In the order in which the page draws them.
        aside: Lines that run in another direction than most.
        n_characters: If they are too many, there are no segments.
        is_gibberish: The letters that a reader sees are unknown; there are no segments.
    """

    turn: int
    segments: list[Segment]
    aside: list[str]
    n_characters: int
    is_gibberish: bool = False


def upright(box: Sequence[float], turn: int) -> _Box:
    """Return left, top, right and bottom on the page as it is read, downward.

    Args:
        box: Left, bottom, right and top on the page as the file has it.
    """
    left, bottom, right, top = box
    match turn:
        case 1:
            return -top, -right, -bottom, -left
        case 2:
            return -right, bottom, -left, top
        case 3:
            return bottom, left, top, right
        case _:
            return left, -top, right, -bottom


def read_words(page: "pypdfium2.PdfPage", max_characters: int) -> PageWords:
    """Return the words of a page; none if they hold more characters than the limit."""
    text_page = page.get_textpage()
    try:
        n_characters = pdfium.FPDFText_CountChars(text_page.raw)
        if n_characters > max_characters:
            return PageWords(0, [], [], n_characters)
        text = text_page.get_text_range()
        if is_gibberish(text, _unmapped_share(text_page.raw, n_characters)):
            return PageWords(0, [], [], n_characters, is_gibberish=True)
        return _Reader(text_page.raw, text, n_characters).read()
    finally:
        text_page.close()


def _turned(sides: tuple[list[float], ...], turn: int) -> tuple[list[float], ...]:
    """Return left, top, right and bottom of all words, as `upright` does for one box."""
    left, bottom, right, top = sides
    match turn:
        case 1:
            return _minus(top), _minus(right), _minus(bottom), _minus(left)
        case 2:
            return _minus(right), bottom, _minus(left), top
        case 3:
            return bottom, left, top, right
        case _:
            return left, _minus(top), right, _minus(bottom)


def _minus(numbers: Sequence[float]) -> list[float]:
    return [-number for number in numbers]


def _line_segments(texts: Sequence[str], sides: Sequence[Sequence[float]], place: int) -> Iterable[Segment]:
    """Return the segments of a line that PDFium found.

    Args:
        sides: The left, top, right and bottom of all words.
    """
    lefts, tops, rights, bottoms = sides
    text = " ".join(texts)
    whole = Segment(
        text if text.isascii() and "\x02" not in text else text.translate(_HYPHENS),
        *(min(lefts), min(tops), max(rights), max(bottoms), place),
        tuple(lefts),
        tuple(rights),
    )
    height = bottoms[0] - tops[0]
    is_line = whole.bottom - whole.top < MAX_HEIGHTS * height
    is_even = max(map(sub, lefts[1:], rights), default=0.0) <= MIN_GAP * height and lefts[-1] >= lefts[0]
    if is_line and (is_even or is_justified(whole)) and "..." not in text and ". . ." not in text:
        # In some fonts an Ø or a comma has a higher or lower box than the letters beside it.
        return (whole._replace(top=_middle(tops), bottom=_middle(bottoms)),)
    return cut_segment(whole, list(zip(lefts, tops, rights, bottoms, strict=True)))


def _middle(sides: Sequence[float]) -> float:
    return sorted(sides)[len(sides) // 2]


def _unmapped_share(raw: object, n_characters: int) -> float:
    """Return the share of characters that PDFium has no letter for, of a sample over the page."""
    places = range(0, n_characters, max(1, n_characters // _N_SAMPLE))
    has_error = quick(pdfium.FPDFText_HasUnicodeMapError, POINTER, NUMBER)
    address = address_of(raw)
    return sum(has_error(address, place) == 1 for place in places) / max(1, len(places))


class _Reader:
    """Reads words by the positions of their first and last characters."""

    def __init__(self, raw: object, text: str, n_characters: int) -> None:
        self._raw = raw
        self._text = text
        # The text leaves some characters out.
        self._has_own_places = len(text) != n_characters
        self._has_ligatures = "\u0644" in text
        self._box = pdfium.FS_RECTF()
        self._pointer = ctypes.byref(self._box)

    def read(self) -> PageWords:
        lines = [(found, self._turn(found)) for found in _LINE.finditer(self._text) if not found.group().isspace()]
        counts = Counter[int]()
        for found, turn in lines:
            counts[turn] += found.end() - found.start()
        counts.pop(-1, None)
        usual = max(counts, key=lambda turn: (counts[turn], -turn), default=0)
        aside = [" ".join(one.group().translate(_HYPHENS).split()) for one, turn in lines if turn != usual]
        return PageWords(
            usual, self._segments([one for one, turn in lines if turn == usual], usual), aside, len(self._text)
        )

    def _segments(self, lines: Sequence[re.Match[str]], turn: int) -> list[Segment]:
        """Return the segments of the lines that PDFium found."""
        text = self._text
        words: list[tuple[int, int]] = []
        ends: list[int] = []
        for line in lines:
            words += [found.span() for found in _WORD.finditer(text, line.start(), line.end())]
            ends.append(len(words))
        texts = [text[start:end] for start, end in words]
        starts = [start for start, _ in words]
        lasts = [end - 1 if end - start < 2 or text[end - 1] not in "\ufffe\x02" else end - 2 for start, end in words]
        if self._has_ligatures:
            texts = [self._mend_ligatures(word, start) for word, start in zip(texts, starts, strict=True)]
        sides = _turned(self._boxes(starts, lasts), turn)
        segments: list[Segment] = []
        for start, end in pairwise([0, *ends]):
            if start < end:
                segments += _line_segments(texts[start:end], [side[start:end] for side in sides], start)
        return segments

    def _boxes(self, starts: Sequence[int], lasts: Sequence[int]) -> tuple[list[float], ...]:
        """Return left, bottom, right and top of each word, as the file has them."""
        if self._has_own_places:
            starts, lasts = list(map(self._place, starts)), list(map(self._place, lasts))
        # Left, top, right and bottom of the first and of the last character of each word.
        boxes = (ctypes.c_float * (8 * len(starts)))()
        address, raw = ctypes.addressof(boxes), address_of(self._raw)
        get = quick(pdfium.FPDFText_GetLooseCharBox, POINTER, NUMBER, POINTER)
        for i, place in enumerate(starts):
            get(raw, place, address + 32 * i)
        for i, place in enumerate(lasts):
            get(raw, place, address + 32 * i + 16)
        sides = array("f", bytes(boxes))
        return (
            list(map(min, sides[0::8], sides[4::8])),
            list(map(min, sides[3::8], sides[7::8])),
            list(map(max, sides[2::8], sides[6::8])),
            list(map(max, sides[1::8], sides[5::8])),
        )

    def _mend_ligatures(self, text: str, start: int) -> str:
        """Turn the two letters of an Arabic ligature round that PDFium turned with the line."""
        for found in _LAM_ALEF.finditer(text):
            place = start + found.start()
            alef, lam = self._box_of(place), self._box_of(place + 1)
            if abs(alef[0] - lam[0]) < _SAME_PLACE or alef[2] - alef[0] < _SAME_PLACE or lam[2] - lam[0] < _SAME_PLACE:
                text = f"{text[: found.start()]}{found.group()[::-1]}{text[found.end() :]}"
        return text

    def _place(self, place: int) -> int:
        """Return the number of a character by its place in the text, which leaves some out."""
        if not self._has_own_places:
            return place
        return int(pdfium.FPDFText_GetCharIndexFromTextIndex(self._raw, place))

    def _box_of(self, place: int) -> _Box:
        box = self._box
        pdfium.FPDFText_GetLooseCharBox(self._raw, self._place(place), self._pointer)
        return box.left, box.bottom, box.right, box.top

    def _turn(self, line: re.Match[str]) -> int:
        """Return how often a line is turned by 90 degrees to the right; -1 if it is slanted."""
        text = line.group()
        place = line.start() + len(text) - len(text.lstrip())
        angle = pdfium.FPDFText_GetCharAngle(self._raw, self._place(place))
        if angle <= 0:
            return 0
        turns = angle / _QUARTER
        return round(turns) % 4 if abs(turns - round(turns)) < _MAX_SLANT else -1
