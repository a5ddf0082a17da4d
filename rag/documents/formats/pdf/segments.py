"""Segments of a line: words without a wide gap between them. Lines: segments beside each other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import attrgetter, sub
from typing import NamedTuple

from rag.documents.formats.tabular.grid import Grid

# Of a line's height, as all gaps below: a gap that is wider is none between two words. The box of
# a letter is about 1.15 em high and a space .25 em wide; justified text rarely reaches .5.
MIN_GAP = 0.5
# The gaps of a justified line are alike. Of a line's height: a gap that is none between words.
_WIDE_GAP, _MIN_GAP_RATIO, _MIN_TEXT_WORDS = 1.3, 1.6, 5
# Letters that differ more in height do not stand on one line: an initial over three lines.
_MAX_HEIGHT_RATIO = 2.5
_MAX_SHIFT = 0.5
_MIN_LEADERS = 3
# PDFium takes columns for one line whose lines stand a little lower than those beside them.
MAX_HEIGHTS = 1.6
_PLACE = attrgetter("place")
_LEFT_AND_PLACE = attrgetter("left", "place")
_DIGIT = re.compile(r"\d")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
# Between Chinese or Japanese letters a space means nothing.
_CHINESE = "[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_SPACE_IN_CHINESE = re.compile(f"(?<={_CHINESE}) (?={_CHINESE})")


class Column(NamedTuple):
    """The left and right side of a column, in points."""

    left: float
    right: float


class Word(NamedTuple):
    """A word of a page.

    Attributes:
        left, top, right, bottom: Points, downward from the top, of the page as it is read.
        place: In the order in which the page draws its words.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    place: tuple[int, int]

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Segment(NamedTuple):
    """Words of one line without a wide gap between them, or a table that is found already.

    Attributes:
        text: In the order in which it is read, with one space between words.
        left, top, right, bottom: Points, downward from the top, of the page as it is read.
        place: Of its first word, in the order in which the page draws its words.
        lefts, rights: The sides of each word of the text.
        is_led: Dots lead to it.
        columns: Of a table.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    place: int
    lefts: tuple[float, ...] = ()
    rights: tuple[float, ...] = ()
    is_led: bool = False
    grid: Grid | None = None
    columns: tuple[Column, ...] = ()

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def words(self) -> tuple[Word, ...]:
        """From left to right."""
        words = [
            Word(text, left, self.top, right, self.bottom, (self.place, i))
            for i, (text, left, right) in enumerate(zip(self.text.split(" "), self.lefts, self.rights, strict=False))
        ]
        return tuple(sorted(words, key=_LEFT_AND_PLACE))


@dataclass(frozen=True)
class Line:
    """Segments beside each other, from left to right."""

    segments: tuple[Segment, ...]
    top: float
    bottom: float

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return self.segments[-1].right

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @cached_property
    def text(self) -> str:
        if len(self.segments) == 1:
            return self.segments[0].text
        return row_text(self.segments)

    @property
    def grid(self) -> Grid | None:
        return self.segments[0].grid

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.segments[0].columns


def runs_left(text: str) -> bool:
    """Say whether a text holds letters of Arabic or Hebrew."""
    return _RIGHT_TO_LEFT.search(text) is not None


def row_text(segments: Sequence[Segment]) -> str:
    """Return the words of a row as they are read: from right to left in Arabic and Hebrew."""
    text = " ".join(segment.text for segment in segments)
    if runs_left(text):
        return " ".join(segment.text for segment in sorted(segments, key=lambda segment: segment.place))
    return text


def text_of(words: Sequence[Word]) -> str:
    """Return the words of a line as they are read."""
    return without_spaces(" ".join(word.text for word in _as_read(words)))


def _as_read(words: Sequence[Word]) -> Sequence[Word]:
    """Return words in reading order; those of one segment have it, however the line runs."""
    if len({word.place[0] for word in words}) == 1 or any(runs_left(word.text) for word in words):
        return sorted(words, key=_PLACE)
    return words


def without_spaces(text: str) -> str:
    """Return a text without spaces between Chinese letters."""
    return text if text.isascii() else _SPACE_IN_CHINESE.sub("", text)


def mirrored(rows: Iterable[Sequence[Segment]]) -> list[list[Segment]]:
    """Return rows as in a mirror: pages in Arabic or Hebrew then run to the right as others do."""
    return [
        [
            segment._replace(
                left=-segment.right,
                right=-segment.left,
                lefts=tuple(-side for side in segment.rights),
                rights=tuple(-side for side in segment.lefts),
            )
            for segment in reversed(row)
        ]
        for row in rows
    ]


def find_rows(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Return the segments of each line of a page, from top to bottom and from left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda one: (one.top + one.bottom, one.left, one.place)):
        for row in rows[-1:-4:-1]:
            if _stands_on(segment, row[0]):
                row.append(segment)
                break
        else:
            rows.append([segment])
    return [row if len(row) == 1 else sorted(row, key=_LEFT_AND_PLACE) for row in rows]


def word_rows(words: Iterable[Word]) -> list[list[Word]]:
    """Return the words of each line, as `find_rows` does for segments."""
    kept = list(words)
    segments = [Segment(word.text, word.left, word.top, word.right, word.bottom, i) for i, word in enumerate(kept)]
    return [[kept[segment.place] for segment in row] for row in find_rows(segments)]


def make_lines(rows: Iterable[Sequence[Segment]]) -> list[Line]:
    """Return rows as lines; segments with a narrow gap between them become one."""
    lines = []
    for row in rows:
        joined = list(row[:1])
        for segment in row[1:]:
            before = joined[-1]
            if segment.is_led or segment.left - before.right > MIN_GAP * max(segment.height, before.height):
                joined.append(segment)
            else:
                joined[-1] = _joined(before, segment)
        lines.append(line_of(joined))
    return lines


def line_of(segments: Sequence[Segment]) -> Line:
    if len(segments) == 1:
        return Line(tuple(segments), segments[0].top, segments[0].bottom)
    return Line(tuple(segments), min(one.top for one in segments), max(one.bottom for one in segments))


def segment_of(words: Sequence[Word]) -> Segment:
    """Return words from left to right as a segment."""
    ordered = _as_read(words)
    return Segment(
        " ".join(word.text for word in ordered),
        *(min(w.left for w in words), min(w.top for w in words)),
        *(max(w.right for w in words), max(w.bottom for w in words)),
        words[0].place[0],
        tuple(word.left for word in ordered),
        tuple(word.right for word in ordered),
    )


def cut_segment(segment: Segment, boxes: Sequence[Sequence[float]]) -> Iterator[Segment]:
    """Yield the parts of a segment between its wide gaps, without dots that lead over a gap.

    Args:
        boxes: Left, top, right and bottom of each word of its text.
    """
    words = [
        Word(text, *box, (segment.place, i))  # type: ignore[call-arg,arg-type]  # a box has four sides
        for i, (text, box) in enumerate(zip(segment.text.split(" "), boxes, strict=False))
    ]
    is_line = segment.height < MAX_HEIGHTS * min(word.height for word in words)
    rows = [sorted(words, key=_LEFT_AND_PLACE)] if is_line else word_rows(words)
    for row in rows:
        for i, words_between_dots in enumerate(_parts_between_leaders(row)):
            for part in parts_of(words_between_dots):
                place = segment.place + min(word.place[1] for word in part)
                yield segment_of(part)._replace(place=place, is_led=i > 0)


def parts_of(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words of a line between its wide gaps."""
    part = [words[0]]
    right = words[0].right
    gaps = sorted(after.left - before.right for before, after in pairwise(words))
    usual = _usual_gap([word.text for word in words], gaps)
    for word in words[1:]:
        height, gap = max(word.height, part[-1].height), word.left - right
        if gap > MIN_GAP * height and (gap > _WIDE_GAP * height or gap > _MIN_GAP_RATIO * usual):
            yield part
            part = []
        part.append(word)
        right = max(right, word.right)
    yield part


def is_justified(segment: Segment) -> bool:
    """Say whether the gaps between the words of a line are alike, as justified text has them."""
    gaps = sorted(map(sub, segment.lefts[1:], segment.rights))
    if not gaps or gaps[0] < 0 or gaps[-1] > _WIDE_GAP * segment.height:
        return False
    return bool(gaps[-1] <= _MIN_GAP_RATIO * _usual_gap(segment.text.split(" "), gaps))


def _usual_gap(texts: Sequence[str], gaps: Sequence[float]) -> float:
    """Return the least gap between words of a line of text, but for outliers; 0 for numbers.

    Args:
        gaps: Sorted.
    """
    n_numbers = sum(_DIGIT.search(text) is not None for text in texts)
    if len(texts) < _MIN_TEXT_WORDS or 2 * n_numbers > len(texts):
        return 0.0
    return gaps[len(gaps) // 8]


def _parts_between_leaders(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words between rows of dots, joined or apart."""
    part: list[Word] = []
    dots: list[Word] = []
    for word in (*words, None):
        if word is not None and not word.text.strip(".·…_"):
            dots.append(word)
            continue
        if dots and (sum(len(dot.text) for dot in dots) > _MIN_LEADERS or any("…" in dot.text for dot in dots)):
            if part:
                yield part
            part = []
        else:
            part += dots
        dots = []
        if word is not None:
            part.append(word)
    if part:
        yield part


def _joined(one: Segment, other: Segment) -> Segment:
    first, second = (other, one) if one.place > other.place and runs_left(one.text + other.text) else (one, other)
    return Segment(
        f"{first.text} {second.text}",
        *(min(one.left, other.left), min(one.top, other.top)),
        *(max(one.right, other.right), max(one.bottom, other.bottom)),
        min(one.place, other.place),
        first.lefts + second.lefts,
        first.rights + second.rights,
    )


def _stands_on(segment: Segment, other: Segment) -> bool:
    height, other_height = segment.bottom - segment.top, other.bottom - other.top
    low, high = (height, other_height) if height < other_height else (other_height, height)
    if high > _MAX_HEIGHT_RATIO * max(low, 0.1):
        return False
    overlap = min(segment.bottom, other.bottom) - max(segment.top, other.top)
    return overlap >= 0.5 * low and abs(segment.middle - other.middle) <= _MAX_SHIFT * high
