"""Find which columns the cells of an upper header line cover, by where they are centred or begin.

A cell over several columns has their common left side or stands in their middle. If that is true of
more than one way to part the columns, there is no answer.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from math import comb

from rag.documents.formats.pdf.segments import Line, Segment
from rag.documents.formats.pdf.tables.cells import CellLine, Part

_MAX_WAYS = 300
# Of a line's height.
_TOLERANCE = 0.6
# Points.
_SAME_LEFT = 1.2
_Sides = Sequence[tuple[float, float]]
_Ranges = tuple[tuple[int, int], ...]


def place_group(line: Line, below: Sequence[CellLine], n_columns: int) -> list[Part]:
    """Return the cells of an upper header line; none if it is not certain what they cover.

    Args:
        below: The lines of the table below it, the first of which is a header, too.
    """
    sides = _sides(below, n_columns)
    if not sides:
        return []
    ways = [way for first in (0, 1) for way in _ways(len(line.segments), first, n_columns)]
    by_left = [way for way in ways if _begin_together(line, way, sides)]
    found = by_left or [way for way in ways if _are_centred(line, way, sides, below[0])]
    if len(found) != 1:
        return []
    return [Part(start, end - start, one.words) for one, (start, end) in zip(line.segments, found[0], strict=True)]


def _sides(lines: Sequence[CellLine], n_columns: int) -> list[tuple[float, float]]:
    """Return the left and right side of each column; none if a column is empty."""
    sides = []
    for column in range(n_columns):
        parts = [part for line in lines if (part := line.part_at(column)) and part.n_columns == 1]
        if not parts:
            return []
        sides.append((min(p.words[0].left for p in parts), max(p.words[0].left + p.width for p in parts)))
    return sides


def _ways(n_parts: int, first: int, n_columns: int) -> Iterator[_Ranges]:
    """Yield the ways to part the columns from `first` on into so many ranges."""
    n_free = n_columns - first
    if n_parts > n_free or comb(n_free - 1, n_parts - 1) > _MAX_WAYS:
        return
    for cuts in combinations(range(first + 1, n_columns), n_parts - 1):
        edges = (first, *cuts, n_columns)
        yield tuple(pairwise(edges))


def _begin_together(line: Line, way: _Ranges, sides: _Sides) -> bool:
    return all(
        abs(segment.left - sides[start][0]) <= _SAME_LEFT
        for segment, (start, _) in zip(line.segments, way, strict=True)
    )


def _are_centred(line: Line, way: _Ranges, sides: _Sides, header: CellLine) -> bool:
    return all(
        _is_over(segment, sides[start]) if end - start == 1 else _is_centred(segment, start, end, sides, header)
        for segment, (start, end) in zip(line.segments, way, strict=True)
    )


def _is_over(segment: Segment, side: tuple[float, float]) -> bool:
    overlap = min(segment.right, side[1]) - max(segment.left, side[0])
    return overlap >= 0.5 * min(segment.right - segment.left, side[1] - side[0])


def _is_centred(segment: Segment, start: int, end: int, sides: _Sides, header: CellLine) -> bool:
    """Say whether a segment stands in the middle of columns, of their headers or of their cells."""
    middles = [(sides[start][0] + sides[end - 1][1]) / 2]
    first, last = header.part_at(start), header.part_at(end - 1)
    if first and last:
        middles.append(sum(2 * part.words[0].left + part.width for part in (first, last)) / 4)
    pitch = sides[-1][0] - sides[-2][0]
    next_left = sides[end][0] if end < len(sides) else sides[-1][0] + pitch
    middles.append((sides[start][0] + next_left) / 2)
    if start:
        middles.append((sides[start - 1][1] + sides[end - 1][1]) / 2)
    middle = (segment.left + segment.right) / 2
    return any(abs(middle - one) <= _TOLERANCE * segment.height for one in middles)
