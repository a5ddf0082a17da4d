"""Collect the cells of a table of Word with what they cover."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from rag.documents.formats.markup.parse import Element
from rag.documents.formats.office.tables import TableDraft
from rag.documents.formats.office.word.styles import child_of, is_on, value_of
from rag.documents.formats.office.word.text import children_of
from rag.documents.formats.tabular.grid import Cell

_MAX_SPAN = 1_000


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
    draft = TableDraft()
    for properties, cells in _rows_of(table):
        draft.begin_row(_span(value_of(properties, "gridBefore"), least=0))
        for cell in cells:
            look = child_of(cell, "tcPr")
            draft.add(
                text_of(cell),
                _span(value_of(look, "gridSpan")),
                is_head=is_on(properties, "tblHeader"),
                down=_merge(value_of(look, "vMerge")),
                is_across=_merge(value_of(look, "hMerge")) == "next",
            )
    return draft.rows()


def _merge(value: str | None) -> Literal["first", "next", "none"]:
    return "none" if value is None else "first" if value == "restart" else "next"


def _rows_of(table: Element) -> Iterator[_Row]:
    for row in children_of(table, "tr"):
        properties = child_of(row, "trPr")
        if child_of(properties, "del") is None and not is_on(properties, "hidden"):
            cells = (cell for cell in children_of(row, "tc") if child_of(child_of(cell, "tcPr"), "cellDel") is None)
            yield _Row(properties, list(cells))


def _span(value: str | None, least: int = 1) -> int:
    is_number = value is not None and value.isascii() and value.isdigit() and len(value) < 7
    return min(_MAX_SPAN, max(least, int(value or 0))) if is_number else least
