"""Collect the cells of a table of Word with what they cover."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from rag.documents.formats.markup.parse import Element, find_all, local_name
from rag.documents.formats.office.tables import TableDraft
from rag.documents.formats.office.word.styles import WORD, Styles, child_of, is_on, value_of
from rag.documents.formats.office.word.text import children_of
from rag.documents.formats.tabular.grid import Cell

# Word itself has at most 63 columns.
_MAX_SPAN = 100
_MIN_ROWS = 2
# A cell that stands alone in its row is a title.
_MIN_FILLED = 2
_MAX_HEADS = 3
_FIRST_ROW_BIT = 0x20


class _Row(NamedTuple):
    properties: Element | None
    cells: list[Element]


def cells_of(table: Element) -> list[list[Element]]:
    """Return the cells of each row that is neither deleted nor hidden."""
    return [row.cells for row in _rows_of(table)]


def read_cells(table: Element, styles: Styles, text_of: Callable[[Element], str]) -> list[list[Cell]]:
    """Return the cells of each row, without those that a merged one covers.

    Args:
        text_of: Called once for each cell, in order.
    """
    draft = TableDraft()
    rows = list(_rows_of(table))
    is_declared = any(is_on(row.properties, "tblHeader") for row in rows)
    n_heads = 0 if is_declared else _count_heads(table, rows, styles)
    for place, (properties, cells) in enumerate(rows):
        draft.begin_row(_span(value_of(properties, "gridBefore"), least=0))
        for cell in cells:
            look = child_of(cell, "tcPr")
            draft.add(
                text_of(cell),
                _span(value_of(look, "gridSpan")),
                is_head=place < n_heads or is_on(properties, "tblHeader"),
                down=_merge(value_of(look, "vMerge")),
                is_across=_merge(value_of(look, "hMerge")) == "next",
            )
    return draft.rows()


def _count_heads(table: Element, rows: Sequence[_Row], styles: Styles) -> int:
    """Return how many rows at the top look like a header.

    The style of the table sets the first row apart, or it alone is bold. Below merged cells of a
    first row with such a style the header may go on, so that it is left open.
    """
    properties = child_of(table, "tblPr")
    if len(rows) < _MIN_ROWS:
        return 0
    if _shows_first_row(properties) and styles.sets_first_row_apart(value_of(properties, "tblStyle") or ""):
        n_filled = sum(any((one.text or "").strip() for one in find_all(cell, "t")) for cell in rows[0].cells)
        return 0 if n_filled < _MIN_FILLED or any(_is_merged(cell) for cell in rows[0].cells) else 1
    n_bold = next((i for i, row in enumerate(rows[: _MAX_HEADS + 1]) if not _is_bold(row.cells, styles)), len(rows))
    return n_bold if n_bold <= _MAX_HEADS else 0


def _shows_first_row(properties: Element | None) -> bool:
    look = child_of(properties, "tblLook")
    if look is None:
        return True
    bits = look.get(f"{WORD}val") or ""
    is_set = bool(int(bits, 16) & _FIRST_ROW_BIT) if re.fullmatch("[0-9A-Fa-f]{1,4}", bits) else False
    return (look.get(f"{WORD}firstRow") or ("1" if is_set else "0")) not in {"0", "false", "off"}


def _is_merged(cell: Element) -> bool:
    look = child_of(cell, "tcPr")
    return value_of(look, "vMerge") is not None or _span(value_of(look, "gridSpan")) > 1


def _is_bold(cells: Sequence[Element], styles: Styles) -> bool:
    """Say whether all text of a row is bold, and there is some in more than one cell."""
    n_filled = 0
    for cell in cells:
        runs = [run for run in find_all(cell, "r") if any((one.text or "").strip() for one in find_all(run, "t"))]
        n_filled += bool(runs)
        if not all(_is_bold_run(run, styles) for run in runs):
            return False
    return n_filled >= _MIN_FILLED


def _is_bold_run(run: Element, styles: Styles) -> bool:
    look = child_of(run, "rPr")
    if child_of(look, "b") is not None:
        return is_on(look, "b")
    node: Any = run
    paragraph = next((one for one in node.iterancestors() if local_name(one) == "p"), None)
    return styles.is_bold(value_of(child_of(paragraph, "pPr"), "pStyle") or "")


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
