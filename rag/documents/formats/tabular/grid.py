"""The cells of a table as a format gives them, with merged cells expanded.

Readers of every format collect cells. What is a header, a title or a note is found in one place,
`tabular/parts.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# A hostile file may declare that a cell covers a billion others.
_MAX_SPAN = 1_000
_MAX_CELLS = 2_000_000


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        n_rows, n_columns: How many rows and columns it covers, from 1.
        is_head: The format declares it a header.
    """

    text: str
    n_rows: int = 1
    n_columns: int = 1
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The texts of a table's cells.

    Attributes:
        rows: All of the same length; a merged cell's text stands in each cell that it covers.
        n_head: How many rows the format declares as header; None if it declares nothing.
        has_head_column: The format declares that the first column names the rows.
        needs_head: The format knows no table without a header, so a label may stand there.
        copies: Row and column of each cell that repeats a merged one.
    """

    rows: tuple[tuple[str, ...], ...]
    n_head: int | None = None
    has_head_column: bool = False
    needs_head: bool = False
    copies: frozenset[tuple[int, int]] = frozenset()


def make_grid(rows: Sequence[Sequence[Cell]], n_head: int | None = None) -> Grid:
    """Return the cells as a grid.

    Args:
        rows: The cells of each row without those that a merged cell covers.
        n_head: The declared header rows. None counts the leading rows whose cells are all heads.
    """
    expanded = _expand(rows)
    n_columns = max((column + 1 for _, column in expanded), default=0)
    n_rows = max((row + 1 for row, _ in expanded), default=0)
    texts = tuple(
        tuple(expanded[row, column][0].text if (row, column) in expanded else "" for column in range(n_columns))
        for row in range(n_rows)
    )
    copies = frozenset(place for place, (_, is_copy) in expanded.items() if is_copy)
    heads = [_all_heads(row) for row in rows]
    n_leading = next((i for i, is_head in enumerate(heads) if not is_head), len(heads))
    has_head_column = any(row[0].is_head for row in rows[n_leading:] if row) and all(
        row[0].is_head for row in rows[n_leading:] if len(row) > 1
    )
    # One column is a box of text rather than a table.
    declared = n_head if n_head is not None else (n_leading or (0 if n_columns == 1 else None))
    return Grid(texts, declared, has_head_column, copies=copies)


def merge_ranges(
    rows: Sequence[Sequence[str]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> tuple[tuple[tuple[str, ...], ...], frozenset[tuple[int, int]]]:
    """Return the rows with the text of each merged range in all its cells, and these copies.

    Ranges that would fill more cells than a table may have are left unmerged.

    Args:
        ranges: First and last row and column of each, from 0.
    """
    if not ranges:
        return tuple(map(tuple, rows)), frozenset()
    filled = [list(row) for row in rows]
    copies: set[tuple[int, int]] = set()
    n_visited = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(filled) or left >= len(filled[top]):
            continue
        widest = max(map(len, filled[top : bottom + 1]))
        # Ranges that overlap fill the same cells again.
        n_area = min(bottom + 1 - top, len(filled) - top) * min(right + 1 - left, widest - left)
        if n_visited + n_area > _MAX_CELLS:
            continue
        n_visited += n_area
        text = filled[top][left]
        for row in range(top, min(bottom + 1, len(filled))):
            for column in range(left, min(right + 1, len(filled[row]))):
                if (row, column) != (top, left):
                    filled[row][column] = text
                    copies.add((row, column))
    return tuple(map(tuple, filled)), frozenset(copies)


def _expand(rows: Sequence[Sequence[Cell]]) -> dict[tuple[int, int], tuple[Cell, bool]]:
    """Return cell, and whether it is a copy, by row and column."""
    places: dict[tuple[int, int], tuple[Cell, bool]] = {}
    for row, cells in enumerate(rows):
        column = 0
        for cell in cells:
            while (row, column) in places:
                column += 1
            height = min(cell.n_rows, _MAX_SPAN, len(rows) - row)
            width = min(cell.n_columns, _MAX_SPAN)
            for down in range(max(1, height)):
                for right in range(max(1, width)):
                    if len(places) >= _MAX_CELLS:
                        return places
                    places.setdefault((row + down, column + right), (cell, bool(down or right)))
            column += max(1, width)
    return places


def _all_heads(row: Sequence[Cell]) -> bool:
    return bool(row) and all(cell.is_head for cell in row)
