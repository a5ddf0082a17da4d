"""Put the lines of a picture in reading order, and add them to a document.

Lines are levelled first, since scans are askew. Columns are read one after the other; rows of cells
become a table. Lines that stand close together are a paragraph.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean, median
from typing import NamedTuple

from rag.documents.formats.ocr.engine import PictureLine
from rag.documents.formats.plain import ends_sentence, is_list_item
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.tabular.grid import Cell, make_grid

# In heights of a usual line.
_MAX_OFF_ROW = 0.5
_MIN_COLUMN_GAP = 0.8
_MIN_CELL_GAP = 0.25
_MIN_PARAGRAPH_PITCH = 1.9
_MIN_HEADING = 1.4
# The lines of a column mostly fill it, and are longer than the cells of a table.
_MIN_FULL_SHARE = 0.6
_MIN_MEAN_CHARACTERS = 15
_MIN_COLUMN_LINES = 3
# Of the lines, those that run across both columns.
_MAX_ACROSS_SHARE = 0.4
_MIN_TABLE_ROWS = 3
_MIN_CELLS_OF_TWO_ROWS = 4
_LABELS_AND_VALUES = 2
_SHORT_SHARE = 0.8
_MAX_HEADING_CHARACTERS = 100
_MAX_COLUMNS = 6
_MIN_CHARACTERS_OF_SLOPE = 8
_HEADING_LEVEL = 2

_Row = list[PictureLine]


class _Interval(NamedTuple):
    left: float
    right: float


class _Split(NamedTuple):
    left: list[PictureLine]
    right: list[PictureLine]
    across: list[PictureLine]


def add_lines(builder: TextBuilder, lines: Sequence[PictureLine], page: int | None) -> None:
    """Add the lines of a picture to a document, in reading order."""
    level = _level([line for line in lines if line.text])
    if not level:
        return
    usual = median(line.height for line in level)
    for column in _columns(level, usual, _MAX_COLUMNS):
        for is_table, rows in _parts(_rows(column, usual), usual):
            if is_table:
                _add_table(builder, rows, usual, page)
            else:
                _add_text(builder, rows, usual, page)


def _level(lines: Sequence[PictureLine]) -> list[PictureLine]:
    """Return the lines as if the picture had been scanned straight."""
    slopes = [line.slope for line in lines if len(line.text) >= _MIN_CHARACTERS_OF_SLOPE]
    slope = median(slopes) if slopes else 0.0
    level = []
    for line in lines:
        sunk = slope * (line.left + line.right) / 2
        level.append(line._replace(top=line.top - sunk, bottom=line.bottom - sunk))
    return level


def _columns(lines: Sequence[PictureLine], usual: float, n_most: int) -> Iterator[list[PictureLine]]:
    """Yield the parts of a page that are read one after the other."""
    split = _find_split(lines, usual) if n_most > 1 else None
    if split is None:
        yield list(lines)
        return
    marks = sorted(line.middle for line in split.across)

    def band(line: PictureLine) -> int:
        return sum(mark < line.middle for mark in marks)

    for number in range(len(marks) + 1):
        for side in (split.left, split.right):
            if inside := [line for line in side if band(line) == number]:
                yield from _columns(inside, usual, n_most - 1)
        # Lines across that follow each other are one part.
        following = [line for line in split.across if band(line) == number]
        if following:
            yield following


def _find_split(lines: Sequence[PictureLine], usual: float) -> _Split | None:
    """Return the best split into a left and a right column, with the lines across both."""
    starts = Counter(round(2 * line.left / usual) for line in lines)
    found = []
    for start in sorted(place for place, n in starts.items() if n >= _MIN_COLUMN_LINES):
        edge = (start - 1) * usual / 2
        right = [line for line in lines if line.left >= edge]
        left = [line for line in lines if line.right <= edge - _MIN_COLUMN_GAP * usual + usual / 2]
        across = [line for line in lines if line.left < edge < line.right + _MIN_COLUMN_GAP * usual - usual / 2]
        if len(across) <= _MAX_ACROSS_SHARE * len(lines) and _is_column(left) and _is_column(right):
            found.append(_Split(left, right, across))
    return min(found, key=lambda split: len(split.across), default=None)


def _is_column(lines: Sequence[PictureLine]) -> bool:
    if len(lines) < _MIN_COLUMN_LINES or mean(len(line.text) for line in lines) < _MIN_MEAN_CHARACTERS:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    return median(line.right - line.left for line in lines) >= _MIN_FULL_SHARE * width


def _rows(lines: Sequence[PictureLine], usual: float) -> list[_Row]:
    """Return the lines as rows from top to bottom, each from left to right."""
    rows: list[_Row] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.left)):
        if rows and line.middle - rows[-1][0].middle < _MAX_OFF_ROW * usual:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _parts(rows: Sequence[_Row], usual: float) -> Iterator[tuple[bool, list[_Row]]]:
    """Yield runs of rows that are a table, and of other rows."""
    part: list[_Row] = []
    columns: list[_Interval] = []
    for row in rows:
        cells = [_Interval(cell[0].left, cell[-1].right) for cell in _cells(row, usual)]
        fitting = _join_columns(columns, cells) if len(cells) > 1 else []
        if part and (fitting is None or bool(fitting) != bool(columns)):
            yield _is_table(part, columns, usual), part
            part = []
        part.append(row)
        columns = cells if fitting is None else fitting
    if part:
        yield _is_table(part, columns, usual), part


def _is_table(rows: Sequence[_Row], columns: Sequence[_Interval], usual: float) -> bool:
    if len(rows) >= _MIN_TABLE_ROWS:
        return len(columns) > 1
    widths = {len(_cells(row, usual)) for row in rows}
    return len(rows) > 1 and min(widths) >= _MIN_CELLS_OF_TWO_ROWS and len(widths) == 1


def _join_columns(columns: Sequence[_Interval], cells: Sequence[_Interval]) -> list[_Interval] | None:
    """Return the columns with the cells of one more row; None if it has other columns."""
    joined = list(columns)
    for cell in cells:
        above = [i for i, column in enumerate(columns) if column.left < cell.right and cell.left < column.right]
        if len(above) > 1:
            return None
        if above:
            joined[above[0]] = _Interval(min(cell.left, joined[above[0]].left), max(cell.right, joined[above[0]].right))
        else:
            joined.append(cell)
    # Two cells of the row below one column would make it grow into another.
    n_taken = len({i for cell in cells for i, column in enumerate(joined) if column.left <= cell.left <= column.right})
    is_apart = all(one.right <= other.left for one, other in pairwise(sorted(joined)))
    return joined if is_apart and n_taken == len(cells) else None


def _cells(row: _Row, usual: float) -> list[_Row]:
    """Return the parts of a row that stand apart."""
    cells: list[_Row] = []
    for line in row:
        if cells and line.left - cells[-1][-1].right < _MIN_CELL_GAP * usual:
            cells[-1].append(line)
        else:
            cells.append([line])
    return cells


def _add_table(builder: TextBuilder, rows: Sequence[_Row], usual: float, page: int | None) -> None:
    """Add rows of cells; what stands below each other is one column."""
    columns: list[_Interval] = []
    for row in rows:
        columns = _join_columns(columns, [_Interval(cell[0].left, cell[-1].right) for cell in _cells(row, usual)]) or []
    columns.sort()
    texts = [
        [_join([line.text for line in row if left <= line.left <= right]) for left, right in columns] for row in rows
    ]
    grid = make_grid([[Cell(text) for text in row] for row in texts])
    # Of two columns, the first names what stands in the second, whatever the first row is.
    builder.add_grid(replace(grid, has_head_column=len(columns) == _LABELS_AND_VALUES), page)


def _add_text(builder: TextBuilder, rows: Sequence[_Row], usual: float, page: int | None) -> None:
    right = max(line.right for row in rows for line in row)
    left = min(line.left for row in rows for line in row)
    paragraph: list[str] = []
    before: _Row | None = None
    for row in rows:
        text = " ".join(line.text for line in row)
        if before and paragraph and _begins_anew(before, row, text, usual, left + _SHORT_SHARE * (right - left)):
            _add_paragraph(builder, paragraph, page)
            paragraph = []
        if _is_heading(row, text, usual):
            builder.heading(_HEADING_LEVEL, text, page)
        else:
            paragraph.append(text)
        before = row
    if paragraph:
        _add_paragraph(builder, paragraph, page)


def _begins_anew(before: _Row, row: _Row, text: str, usual: float, full: float) -> bool:
    """Return whether a row is not the continuation of the one before."""
    if row[0].middle - before[0].middle > _MIN_PARAGRAPH_PITCH * usual or is_list_item(text):
        return True
    if len(_cells(before, usual)) > 1 or len(_cells(row, usual)) > 1:
        return True
    is_short = max(line.right for line in before) < full
    return _is_heading(row, text, usual) or (is_short and (ends_sentence(before[-1].text) or not text[:1].islower()))


def _is_heading(row: _Row, text: str, usual: float) -> bool:
    is_large = min(line.height for line in row) >= _MIN_HEADING * usual
    return is_large and len(text) <= _MAX_HEADING_CHARACTERS and any(map(str.isalpha, text))


def _add_paragraph(builder: TextBuilder, lines: Sequence[str], page: int | None) -> None:
    text = _join(lines)
    builder.add("item" if is_list_item(text) else "paragraph", text, page)


def _join(lines: Sequence[str]) -> str:
    """Join lines; a hyphen before a small letter divides a word."""
    text = ""
    for line in lines:
        if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}".strip()
    return text
