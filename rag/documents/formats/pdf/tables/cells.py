"""Put the lines of a table into rows: a cell may hold several lines.

A wrong row is worse than none: where it is not certain that two lines are one row, they are two.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.formats.pdf.paragraphs import join
from rag.documents.formats.pdf.segments import Word, text_of
from rag.documents.formats.tabular.grid import Cell
from rag.documents.formats.tabular.values import is_value, value_kind

# Of a line's height: how much wider the space between rows is than within one.
_MIN_STEP = 0.3
# Of a line's height: the widest space between the lines of a cell.
_MAX_LEADING = 0.5
_SPACE = 0.25
_MIN_RULES = 2
_MAX_TIGHT = 0.7
# Of the columns, that a line of a wrapped row fills at most, and of the rows that may be such.
_PARTIAL_SHARE, _MAX_CUT_SHARE = 0.6, 0.15


class Part(NamedTuple):
    """What a line holds in one column, or in several that it covers."""

    column: int
    n_columns: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return text_of(self.words)

    @property
    def width(self) -> float:
        return max(word.right for word in self.words) - self.words[0].left


class CellLine(NamedTuple):
    """A line of a table, column by column."""

    top: float
    bottom: float
    parts: tuple[Part, ...]

    def part_at(self, column: int) -> Part | None:
        return next((part for part in self.parts if part.column == column), None)


def find_table_rows(lines: Sequence[CellLine], rules: Sequence[float]) -> list[list[CellLine]]:
    """Return the lines of each row.

    Args:
        rules: Where ruled lines cross the whole table.
    """
    if len(lines) < 2:
        return [list(lines)] if lines else []
    widths = _column_widths(lines)
    height = sorted(line.bottom - line.top for line in lines)[len(lines) // 2]
    spaces = [following.top - line.bottom for line, following in pairwise(lines)]
    ruled = [any(line.bottom - 1 <= at <= following.top + 1 for at in rules) for line, following in pairwise(lines)]
    n_inner = sum(ruled)
    if n_inner >= _MIN_RULES and len(lines) > n_inner + 1:
        groups = _cut(lines, ruled)
    else:
        step = _row_space(spaces, height)
        groups = _cut(lines, [space >= step or is_ruled for space, is_ruled in zip(spaces, ruled, strict=True)])
        if len(groups) == 1:
            groups = [[line] for line in lines]
    rows: list[list[CellLine]] = []
    for group in groups:
        rows += [group] if len(group) == 1 or _is_wrapped(group, widths) else [[line] for line in group]
    return _with_continued(rows, widths)


def are_cut(rows: Sequence[Sequence[CellLine]], n_columns: int) -> bool:
    """Say whether many rows may only be second lines of the cells above them."""
    widths = _column_widths([line for row in rows for line in row])
    n_cut = 0
    for above, row in pairwise(rows):
        line = row[0]
        stacked = [part for part in line.parts if above[-1].part_at(part.column) is not None]
        is_tight = line.top - above[-1].bottom <= _MAX_TIGHT * (line.bottom - line.top)
        is_partial = len(line.parts) <= _PARTIAL_SHARE * n_columns and len(row) == 1
        n_cut += is_tight and is_partial and bool(stacked) and _may_go_on(above[-1], line, widths)
    return n_cut > max(1, _MAX_CUT_SHARE * len(rows))


def make_cells(row: Sequence[CellLine], n_columns: int, *, is_head: bool = False) -> list[Cell]:
    """Return the cells of a row of lines, with an empty one in each column without words."""
    texts: dict[int, str] = {}
    spans: dict[int, int] = {}
    for line in row:
        for part in line.parts:
            texts[part.column] = join(texts.get(part.column, ""), part.text)
            spans[part.column] = max(spans.get(part.column, 1), part.n_columns)
    cells: list[Cell] = []
    column = 0
    while column < n_columns:
        cells.append(Cell(texts.get(column, ""), 1, spans.get(column, 1), is_head))
        column += spans.get(column, 1)
    return cells


def holds_records(lines: Sequence[CellLine]) -> bool:
    """Say whether lines are records of their own: two have a value in the same column."""
    seen: set[int] = set()
    for line in lines:
        values = {part.column for part in line.parts if is_value(part.text)}
        if len(line.parts) > 1 and values & seen:
            return True
        if len(line.parts) > 1:
            seen |= values
    return False


def _cut(lines: Sequence[CellLine], cuts: Sequence[bool]) -> list[list[CellLine]]:
    groups = [[lines[0]]]
    for line, is_cut in zip(lines[1:], cuts, strict=True):
        if is_cut:
            groups.append([])
        groups[-1].append(line)
    return groups


def _row_space(spaces: Sequence[float], height: float) -> float:
    """Return the least space between rows; less than every space if all of them are alike."""
    inner = max(0.0, min(spaces))
    for space in sorted(max(0.0, space) for space in spaces):
        if space > inner + _MIN_STEP * height and inner < _MAX_LEADING * height:
            return space
        inner = max(inner, space)
    return -height * len(spaces)


def _column_widths(lines: Sequence[CellLine]) -> dict[int, float]:
    widths: dict[int, float] = {}
    for line in lines:
        for part in line.parts:
            if part.n_columns == 1:
                widths[part.column] = max(widths.get(part.column, 0.0), part.width)
    return widths


def _is_wrapped(lines: Sequence[CellLine], widths: dict[int, float]) -> bool:
    """Say whether lines are one row whose cells hold several lines."""
    return not holds_records(lines) and all(
        _may_go_on(one, other, widths) and not _are_both_full(one, other) for one, other in pairwise(lines)
    )


def _are_both_full(line: CellLine, following: CellLine) -> bool:
    """Say whether two lines fill the same columns, and none goes on with a small letter."""
    columns = [{part.column for part in one.parts} for one in (line, following)]
    starts_small = any(part.text[:1].islower() for part in following.parts)
    return 0 in columns[1] and columns[0] == columns[1] and len(columns[0]) > 1 and not starts_small


def _may_go_on(line: CellLine, following: CellLine, widths: dict[int, float]) -> bool:
    """Say whether no word of a line would have fitted on the line above it."""
    for part in following.parts:
        above = line.part_at(part.column)
        if above is None:
            continue
        first = part.words[0]
        space = _SPACE * (line.bottom - line.top)
        if above.width + space + first.right - first.left <= widths.get(part.column, 0.0):
            return False
    return True


def _with_continued(rows: list[list[CellLine]], widths: dict[int, float]) -> list[list[CellLine]]:
    """Join rows that only go on with a cell of the row above them."""
    joined: list[list[CellLine]] = []
    has_values = False
    dense = _dense_columns(rows)
    for row in rows:
        if joined and len(row) == 1:
            above, line = joined[-1][-1], row[0]
            if _goes_on(above, line, widths, is_head=not has_values) or _lacks(above, line, widths, dense):
                joined[-1].append(line)
                continue
        joined.append(row)
        has_values = has_values or any(is_value(part.text) for line in row for part in line.parts)
    return joined


def _dense_columns(rows: Sequence[Sequence[CellLine]]) -> set[int]:
    """Return the columns that almost all rows fill."""
    columns = [{part.column for line in row for part in line.parts} for row in rows]
    return {column for column in set().union(*columns) if sum(column in one for one in columns) >= 0.75 * len(rows)}


def _lacks(above: CellLine, line: CellLine, widths: dict[int, float], dense: set[int]) -> bool:
    """Say whether a line is no row of its own: it lacks columns that the others have."""
    n_lacking = len(dense - {part.column for part in line.parts})
    if n_lacking < 2 or n_lacking < len(line.parts) or line.top - above.bottom > 0.7 * (line.bottom - line.top):
        return False
    if len(line.parts) > 1 and line.part_at(0) is None:
        return False
    pairs = [(above.part_at(part.column), part) for part in line.parts]
    return _may_go_on(above, line, widths) and all(
        one is not None
        and one.n_columns == part.n_columns == 1
        and value_kind(one.text) != "number"
        and (value_kind(one.text) == "date" or not is_value(part.text))
        for one, part in pairs
    )


def _goes_on(above: CellLine, line: CellLine, widths: dict[int, float], *, is_head: bool) -> bool:
    space = line.top - above.bottom
    if space > 0.7 * (line.bottom - line.top) or any(is_value(part.text) or part.n_columns > 1 for part in line.parts):
        return False
    parts_above = [above.part_at(part.column) for part in line.parts]
    if any(part is None or is_value(part.text) for part in parts_above) or not _may_go_on(above, line, widths):
        return False
    starts_small = all(part.text[:1].islower() or part.text[:1] in "(&/" for part in line.parts)
    has_key = any(part.column == 0 for part in line.parts)
    if is_head and len(above.parts) > len(line.parts) and not has_key:
        is_tight = space <= _MAX_LEADING * (line.bottom - line.top)
        return is_tight and not any(character.isdigit() for part in above.parts for character in part.text)
    return starts_small if has_key or len(line.parts) > 1 else starts_small or above.part_at(0) is not None
