"""Collect the cells of a table whose format names each cell, covered ones too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.documents.formats.tabular.grid import Cell

_MAX_TITLE_CHARACTERS = 100


@dataclass(slots=True)
class _Draft:
    """A cell that may grow; it ends with the row that is named."""

    text: str
    n_columns: int
    is_head: bool
    last_row: int
    n_rows: int = 1


class TableDraft:
    """The cells of a table, added in order."""

    def __init__(self) -> None:
        self._rows: list[list[_Draft]] = []
        self._open: dict[int, _Draft] = {}
        self._column = 0

    def begin_row(self, n_before: int = 0) -> None:
        """Begin a row; it leaves out columns at its begin."""
        self._rows.append([_Draft("", n_before, is_head=False, last_row=len(self._rows))] if n_before else [])
        self._column = n_before

    def add(
        self,
        text: str,
        n_columns: int = 1,
        *,
        is_head: bool = False,
        down: Literal["first", "next", "none"] = "none",
        is_across: bool = False,
    ) -> None:
        """Add a cell, or let the one above or before it grow.

        Args:
            down: It is the first of merged cells, or goes on the one above it.
            is_across: It goes on the one before it.
        """
        place, row, column = len(self._rows) - 1, self._rows[-1], self._column
        above = self._open.get(column)
        is_below = above is not None and (above.last_row, above.n_columns) == (place - 1, n_columns)
        if is_across and row:
            row[-1].n_columns += n_columns
        elif above is not None and is_below and down == "next":
            above.n_rows += 1
            above.last_row += 1
        else:
            draft = _Draft(text, n_columns, is_head, place)
            row.append(draft)
            self._open.pop(column, None)
            if down == "first":
                self._open[column] = draft
        self._column = column + n_columns

    def rows(self) -> list[list[Cell]]:
        """Return the cells of each row, without those that a merged one covers."""
        return [[Cell(one.text, one.n_rows, one.n_columns, one.is_head) for one in row] for row in self._rows]


def with_title(rows: Sequence[Sequence[Cell]], title: str) -> list[Sequence[Cell]]:
    """Return the rows below a title, if it is short: for a table that stands in a cell."""
    words = " ".join(title.split())
    if not rows or not words or len(words) > _MAX_TITLE_CHARACTERS:
        return list(rows)
    n_columns = max(sum(cell.n_columns for cell in row) for row in rows)
    # Declared headers of the table stay declared.
    is_head = bool(rows[0]) and all(cell.is_head for cell in rows[0])
    return [[Cell(words, n_columns=max(1, n_columns), is_head=is_head)], *rows]
