"""Put the lines of a page into the order in which they are read, column by column.

Columns of running text are told from tables by their lines: most are full, and many begin within a
sentence.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from rag.documents.formats.pdf.segments import Column, Line, Segment, line_of, make_lines
from rag.documents.formats.pdf.tables.aligned import Piece, find_pieces
from rag.documents.formats.pdf.tables.framed import take_framed
from rag.documents.formats.pdf.tables.frames import Frame
from rag.documents.formats.pdf.tables.rules import Rule

_MIN_COLUMN_LINES = 4
_MAX_GUTTERS = 6
# Points.
_MIN_COLUMN_WIDTH = 60.0
_MAX_DEPTH = 6
# Points by which the left sides of the lines of a column may differ.
_SAME_LEFT = 3.0
# Of a line's height.
_MIN_GUTTER = 0.45
_FULL_WIDTH, _FULL_SHARE, _SMALL_SHARE = 0.72, 0.5, 0.2
_MIN_CHARACTERS = 14


class _Gutter(NamedTuple):
    """Where columns part: the lines from `start` to `end` stand left or right of `at`."""

    at: float
    start: int
    end: int


def arrange(rows: Sequence[Sequence[Segment]], frames: Sequence[Frame], across: Sequence[Rule]) -> list[Piece]:
    """Return the parts of a page in reading order."""
    left, found = list(rows), []
    for frame in frames:
        left, grid = take_framed(left, frame)
        if grid is not None:
            columns = tuple(Column(left, right) for left, right in pairwise(frame.xs))
            sides = (frame.xs[0], frame.ys[0], frame.xs[-1], frame.ys[-1])
            segment = Segment("", *sides, 0, grid=grid, columns=columns)
            found.append(line_of([segment]))
    lines = [*make_lines(left), *found]
    lines.sort(key=lambda line: (line.top + line.bottom) / 2 if line.grid is None else line.top)
    return [piece for part in _columns(lines, 0) for piece in find_pieces(part, across)]


def _columns(lines: list[Line], depth: int) -> list[list[Line]]:
    """Return lines in parts that are read one after the other."""
    gutter = _find_gutter(lines) if depth < _MAX_DEPTH else None
    if gutter is None:
        return [lines] if lines else []
    above, below = lines[: gutter.start], lines[gutter.end :]
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines[gutter.start : gutter.end]:
        for is_right, segments in groupby(line.segments, key=lambda segment: segment.left >= gutter.at):
            sides[is_right].append(line_of(list(segments)))
    parts = (above, *sides, below)
    return [part for one in parts for part in _columns(one, depth + 1)]


def _find_gutter(lines: Sequence[Line]) -> _Gutter | None:
    """Return what parts the most lines into columns of running text."""
    n_lefts = Counter(
        round(segment.left / _SAME_LEFT) for line in lines if line.grid is None for segment in line.segments
    )
    first = min(n_lefts, default=0) + _MIN_COLUMN_WIDTH / _SAME_LEFT
    lefts = [
        left
        for left, n in sorted(n_lefts.items(), key=lambda pair: (-pair[1], pair[0]))
        if left > first and n + n_lefts.get(left + 1, 0) >= _MIN_COLUMN_LINES
    ]
    best: _Gutter | None = None
    for left in lefts[:_MAX_GUTTERS]:
        at = (left - 0.5) * _SAME_LEFT - 0.5
        for gutter in _runs(lines, at):
            if best is not None and gutter.end - gutter.start <= best.end - best.start:
                continue
            if _parts_text(lines[gutter.start : gutter.end], at):
                best = gutter
    return best


def _runs(lines: Sequence[Line], at: float) -> list[_Gutter]:
    """Return the runs of lines of which no segment stands across a place."""
    runs = []
    i = 0
    for crosses, group in groupby(lines, key=lambda line: _crosses(line, at)):
        n = len(list(group))
        if not crosses and n >= _MIN_COLUMN_LINES:
            runs.append(_Gutter(at, i, i + n))
        i += n
    return runs


def _crosses(line: Line, at: float) -> bool:
    return any(segment.left < at < segment.right for segment in line.segments)


def _parts_text(lines: Sequence[Line], at: float) -> bool:
    left = [(line, side) for line in lines if (side := [one for one in line.segments if one.right <= at])]
    right = [(line, side) for line in lines if (side := [one for one in line.segments if one.left >= at])]
    if not left or not right:
        return False
    gap = min(side[0].left for _, side in right) - max(side[-1].right for _, side in left)
    height = sorted(line.height for line, _ in left)[len(left) // 2]
    return gap >= _MIN_GUTTER * height and all(_is_text([side for _, side in part]) for part in (left, right))


def _is_text(sides: Sequence[Sequence[Segment]]) -> bool:
    """Say whether segments below each other are running text."""
    sides = [side for side in sides if side[0].grid is None]
    if len(sides) < _MIN_COLUMN_LINES:
        return False
    start, end = min(side[0].left for side in sides), max(side[-1].right for side in sides)
    texts = [" ".join(segment.text for segment in side) for side in sides]
    n_full = sum(side[-1].right - side[0].left >= _FULL_WIDTH * (end - start) for side in sides)
    n_cased = sum(text[:1].islower() or text[:1].isupper() for text in texts)
    n_small = sum(text[:1].islower() for text in texts)
    n_caseless = sum(text[:1].isalpha() for text in texts) - n_cased
    is_running = n_small >= _SMALL_SHARE * len(texts) or n_caseless >= 0.5 * len(texts)
    return is_running and n_full >= _FULL_SHARE * len(sides) and sum(map(len, texts)) >= _MIN_CHARACTERS * len(sides)
