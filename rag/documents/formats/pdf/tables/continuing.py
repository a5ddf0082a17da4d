"""Go on with a table on the next page: its rows keep the names of its columns."""

from collections.abc import Sequence
from dataclasses import replace

from rag.documents.formats.pdf.segments import Column
from rag.documents.formats.pdf.tables.aligned import Piece
from rag.documents.formats.pdf.tables.cells import make_cells
from rag.documents.formats.pdf.tables.columns import place
from rag.documents.formats.tabular.grid import Grid, make_grid
from rag.documents.formats.tabular.header import count_header_rows
from rag.documents.formats.tabular.values import is_value

_MIN_COLUMNS = 2
# Of the columns, that a single line must fill.
_MIN_SHARE = 0.75


def go_on(last: Piece | None, pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of a page, the first of them with the header of the table before it.

    Args:
        last: The last piece of the page before.
    """
    if last is None or last.grid is None or not pieces:
        return list(pieces)
    head = _head(last.grid)
    if not head:
        return list(pieces)
    first = _single_row(pieces[0], last.columns) if pieces[0].grid is None else [pieces[0]]
    if first and (grid := first[0].grid) and _have_same_place(first[0].columns, last.columns):
        if _is_continued(grid, head):
            grid = Grid(
                (*head, *grid.rows),
                len(head),
                copies=frozenset((row + len(head), column) for row, column in grid.copies),
            )
        first[0] = replace(first[0], grid=grid)
    return [*first, *pieces[1:]]


def _head(grid: Grid) -> tuple[tuple[str, ...], ...]:
    n_head = grid.n_head if grid.n_head is not None else count_header_rows(grid.rows, grid.copies)
    return grid.rows[:n_head] if n_head < len(grid.rows) else ()


def _single_row(piece: Piece, columns: Sequence[Column]) -> list[Piece]:
    """Return the first line of a page as a row if it stands in these columns, and the rest."""
    line = piece.lines[0]
    if piece.is_loose or len(line.segments) < _MIN_COLUMNS or len(columns) < _MIN_COLUMNS:
        return [piece]
    placed = place([line, line], columns)
    if placed is None or any(part.n_columns > 1 for part in placed[1].parts):
        return [piece]
    if len(placed[1].parts) < _MIN_SHARE * len(columns):
        return [piece]
    row = Piece(grid=make_grid([make_cells(placed[1:], len(columns))]), columns=tuple(columns))
    return [row, replace(piece, lines=piece.lines[1:])] if len(piece.lines) > 1 else [row]


def _have_same_place(columns: Sequence[Column], others: Sequence[Column]) -> bool:
    return len(columns) == len(others) and all(
        column.left < other.right and other.left < column.right for column, other in zip(columns, others, strict=True)
    )


def _is_continued(grid: Grid, head: Sequence[Sequence[str]]) -> bool:
    """Say whether a table has no header of its own."""
    if any(tuple(row) == tuple(head[-1]) for row in grid.rows[: len(head)]):
        return False
    has_values = any(is_value(text) for row in grid.rows for text in row)
    return not has_values or len(grid.rows) == 1 or not count_header_rows(grid.rows, grid.copies)
