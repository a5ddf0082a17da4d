"""Find the columns of a run of lines with wide gaps, and what each line holds in them."""

from collections.abc import Sequence
from statistics import median

from rag.documents.formats.pdf.segments import MIN_GAP, Column, Line, Segment, Word
from rag.documents.formats.pdf.tables.cells import CellLine, Part
from rag.documents.formats.pdf.tables.groups import place_group
from rag.documents.formats.tabular.values import is_value, is_year

_MIN_POINTS = 3.0
# Of the lines of a table, that may cross a gap between columns.
_CROSSING_SHARE = 0.1
_MAX_HEAD_LINES = 2
# Of a line's height: the narrowest gap at which a segment is cut between two columns.
_MIN_CUT = 0.38
# Of a line's height: how far cells of one column may be off, and of how many cells.
_ALIGNED, _ALIGNED_SHARE = 0.4, 0.75


_NOWHERE = Part(-1, 0, ())


def find_columns(lines: Sequence[Line]) -> list[Column]:
    """Return the columns of lines that each have at least two segments.

    The first lines may be a header that stands elsewhere or covers several columns.
    """
    height = median(line.height for line in lines)
    n_head = min(_MAX_HEAD_LINES, (len(lines) - 1) // 2)
    found = [_columns(lines[n:], height) for n in range(n_head + 1)]
    return min(found, key=lambda columns: (-_count_used(columns, lines[n_head:]), len(columns)))


def place(lines: Sequence[Line], columns: Sequence[Column]) -> list[CellLine] | None:
    """Return what each line holds in each column; None if a segment would be cut or joined wrongly.

    Only lines above the first value may hold cells that cover several columns.
    """
    n_head = _count_head(lines)
    placed: list[CellLine] = []
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i]
        if len(line.segments) == 1:
            parts = _single_part(line, columns)
        elif i + 1 < n_head and len(line.segments) < len(columns):
            parts = place_group(line, placed, len(columns))
        elif i < n_head:
            parts = _head_parts(line, columns)
        else:
            parts = [part for segment in line.segments for part in _parts(segment, columns) or [_NOWHERE]]
            if any(part is _NOWHERE or part.n_columns > 1 for part in parts):
                return None
        joined = _joined(parts)
        if not joined:
            return None
        placed.insert(0, CellLine(line.top, line.bottom, tuple(joined)))
    return placed


def _single_part(line: Line, columns: Sequence[Column]) -> list[Part]:
    """Return the cell of a line without wide gaps; none if it is wider than its column."""
    segment = line.segments[0]
    parts = _parts(segment, columns)
    if len(parts) == 1 and parts[0].n_columns == 1:
        return parts
    is_section = segment.left <= columns[0].right and not segment.text[:1].islower()
    return [Part(0, len(columns), segment.words)] if is_section else []


def place_framed(lines: Sequence[Line], columns: Sequence[Column]) -> list[CellLine]:
    """Return the cells in a frame that no line parts into columns; none if it is one cell."""
    if all(len(line.segments) == 1 for line in lines):
        return []
    placed = []
    for line in lines:
        parts = [part for segment in line.segments for part in _parts(segment, columns)]
        if len(parts) < len(line.segments) or any(part.n_columns > 1 for part in parts):
            return []
        if len({part.column for part in parts}) < len(parts):
            return []
        placed.append(CellLine(line.top, line.bottom, tuple(parts)))
    return placed


def _count_head(lines: Sequence[Line]) -> int:
    """Return how many lines stand above the first one with a value behind its first segment."""
    for i, line in enumerate(lines[: _MAX_HEAD_LINES + 2]):
        values = [segment.text for segment in line.segments[1:] if is_value(segment.text)]
        if values and (i >= _MAX_HEAD_LINES or not all(map(is_year, values))):
            return max(1, i)
    return 1


def _head_parts(line: Line, columns: Sequence[Column]) -> list[Part]:
    """Return the cells of a header line; none if it is not certain which columns they name."""
    parts = [_parts(segment, columns) for segment in line.segments]
    n_free = len(columns) - len(line.segments)
    if n_free == 0 or (n_free == 1 and line.left > columns[0].right):
        in_order = [Part(n_free + i, 1, segment.words) for i, segment in enumerate(line.segments)]
        found = [(part[0], i) for i, part in enumerate(parts) if len(part) == 1 and part[0].n_columns == 1]
        return in_order if all(part.column == n_free + i for part, i in found) else []
    if any(not part or part[0].n_columns > 1 for part in parts):
        return []
    return [part for one in parts for part in one]


def _count_used(columns: Sequence[Column], lines: Sequence[Line]) -> int:
    """Return how many columns at least half of the lines fill."""
    n_filled = (
        sum(any(one.left < column.right and one.right > column.left for one in line.segments) for line in lines)
        for column in columns
    )
    return sum(2 * n >= len(lines) for n in n_filled)


def are_aligned(lines: Sequence[CellLine], n_columns: int) -> bool:
    """Say whether the cells of each column share their left or right sides, or their middles."""
    for column in range(n_columns):
        parts = [part for line in lines if (part := line.part_at(column)) and part.n_columns == 1]
        body = parts[1:] if len(parts) > 2 else parts
        if len(body) < 2:
            continue
        height = median(part.words[0].height for part in body)
        lefts = [part.words[0].left for part in body]
        rights = [part.words[0].left + part.width for part in body]
        middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
        if not any(_share_near(places, _ALIGNED * height) >= _ALIGNED_SHARE for places in (lefts, rights, middles)):
            return False
    return True


def _share_near(places: Sequence[float], tolerance: float) -> float:
    middle = median(places)
    return max(
        sum(abs(place - centre) <= tolerance for place in places) / len(places)
        for centre in (middle, min(places), max(places))
    )


def _columns(lines: Sequence[Line], height: float) -> list[Column]:
    """Return the spans that segments cover, apart from gaps that few lines cross."""
    allowed = int(_CROSSING_SHARE * len(lines))
    changes = sorted(
        change for line in lines for segment in line.segments for change in ((segment.left, 1), (segment.right, -1))
    )
    min_gap = max(MIN_GAP * height, _MIN_POINTS)
    columns: list[Column] = []
    depth, start = 0, 0.0
    for at, step in changes:
        before, depth = depth, depth + step
        if before <= allowed < depth:
            start = at
        elif depth <= allowed < before:
            if columns and start - columns[-1].right < min_gap:
                columns[-1] = Column(columns[-1].left, at)
            else:
                columns.append(Column(start, at))
    return columns


def _parts(segment: Segment, columns: Sequence[Column]) -> list[Part]:
    """Return the columns that a segment stands in; none if it stands between them."""
    covered = _covered(segment.left, segment.right, segment.height, columns)
    if not covered:
        return []
    if len(covered) == 1:
        return [Part(covered[0], 1, segment.words)]
    return _cut(segment.words, columns) or [Part(covered[0], len(covered), segment.words)]


def _covered(left: float, right: float, height: float, columns: Sequence[Column]) -> list[int]:
    covered = [
        i
        for i, column in enumerate(columns)
        if min(right, column.right) - max(left, column.left)
        > min(0.5 * height, 0.5 * (column.right - column.left), 0.5 * (right - left))
    ]
    return list(range(covered[0], covered[-1] + 1)) if covered else []


def _cut(words: Sequence[Word], columns: Sequence[Column]) -> list[Part] | None:
    """Return the words of a segment column by column, if the gaps between these are wide enough."""
    pieces: list[tuple[int, list[Word]]] = []
    for word in words:
        covered = _covered(word.left, word.right, word.height, columns)
        if len(covered) != 1:
            return None
        if pieces and pieces[-1][0] == covered[0]:
            pieces[-1][1].append(word)
        elif pieces and word.left - pieces[-1][1][-1].right < _MIN_CUT * word.height:
            return None
        else:
            pieces.append((covered[0], [word]))
    return [Part(column, 1, tuple(part)) for column, part in pieces]


def _joined(parts: Sequence[Part]) -> list[Part] | None:
    """Return the parts with those of one column joined; None if both are values."""
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].column + joined[-1].n_columns > part.column:
            other = joined[-1]
            if other.column != part.column or is_value(other.text) or is_value(part.text):
                return None
            joined[-1] = Part(part.column, max(other.n_columns, part.n_columns), (*other.words, *part.words))
        else:
            joined.append(part)
    return joined
