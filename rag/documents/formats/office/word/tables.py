"""Collect the cells of a table of Word with what they cover."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element
from rag.documents.formats.office.word.styles import child_of, is_on, value_of
from rag.documents.formats.office.word.text import children_of
from rag.documents.formats.tabular.grid import Cell

_MAX_SPAN = 1_000


@dataclass(slots=True)
class _Draft:
    """A cell that may grow; it ends with the row and before the column that are named."""

    text: str
    n_columns: int
    is_head: bool
    last_row: int
    n_rows: int = 1


class _Row(NamedTuple):
    properties: Element | None
    cells: list[Element]


def cells_of(table: Element) -> list[list[Element]]:
    """Return the cells of each row that is neither deleted nor hidden."""
    return [row.cells for row in _rows_of(table)]


def read_cells(table: Element, text_of: Callable[[Element], str]) -> list[list[Cell]]:
    """Return the cells of each row, without those that a merged one covers.

    Args:
        text_of: Called once for each cell, in order.
    """
    rows: list[list[_Draft]] = []
    open_cells: dict[int, _Draft] = {}
    for place, (properties, cells) in enumerate(_rows_of(table)):
        column = _span(value_of(properties, "gridBefore"), least=0)
        row = [_Draft("", column, is_head=False, last_row=place)] if column else []
        for cell in cells:
            draft = _Draft(text_of(cell), 1, is_on(properties, "tblHeader"), place)
            column = _place(draft, child_of(cell, "tcPr"), column, row, open_cells)
        rows.append(row)
    return [[Cell(one.text, one.n_rows, one.n_columns, one.is_head) for one in row] for row in rows]


def _place(
    draft: _Draft, properties: Element | None, column: int, row: list[_Draft], open_cells: dict[int, _Draft]
) -> int:
    """Add a cell, or let the one above or before it grow; return the column behind it."""
    draft.n_columns = _span(value_of(properties, "gridSpan"))
    down, across = value_of(properties, "vMerge"), value_of(properties, "hMerge")
    above = open_cells.get(column)
    is_below = above is not None and (above.last_row, above.n_columns) == (draft.last_row - 1, draft.n_columns)
    if across not in {None, "restart"} and row:
        row[-1].n_columns += draft.n_columns
    elif above is not None and is_below and down not in {None, "restart"}:
        above.n_rows += 1
        above.last_row += 1
    else:
        row.append(draft)
        open_cells.pop(column, None)
        if down == "restart":
            open_cells[column] = draft
    return column + draft.n_columns


def _rows_of(table: Element) -> Iterator[_Row]:
    for row in children_of(table, "tr"):
        properties = child_of(row, "trPr")
        if child_of(properties, "del") is None and not is_on(properties, "hidden"):
            cells = (cell for cell in children_of(row, "tc") if child_of(child_of(cell, "tcPr"), "cellDel") is None)
            yield _Row(properties, list(cells))


def _span(value: str | None, least: int = 1) -> int:
    is_number = value is not None and value.isascii() and value.isdigit() and len(value) < 7
    return min(_MAX_SPAN, max(least, int(value or 0))) if is_number else least
