"""Read the table in a frame of ruled lines from the words in its cells."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from rag.documents.formats.pdf.paragraphs import join
from rag.documents.formats.pdf.segments import (
    Column,
    Line,
    Segment,
    Word,
    line_of,
    parts_of,
    segment_of,
    text_of,
    word_rows,
)
from rag.documents.formats.pdf.tables.cells import CellLine, Part, find_table_rows, holds_records, make_cells
from rag.documents.formats.pdf.tables.columns import place_framed
from rag.documents.formats.pdf.tables.frames import Box, Frame
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid

# A frame around more is a box of text rather than a cell.
_MAX_CELL_CHARACTERS = 1_500
_MIN_NESTED_LINES = 3
# Of the columns, that each line fills if the lines in a framed row are records of their own.
_FULL_SHARE = 0.75


def take_framed(rows: Sequence[Sequence[Segment]], frame: Frame) -> tuple[list[Sequence[Segment]], Grid | None]:
    """Return the rows without the words in a frame, and its table; all rows if it is none."""
    kept: list[Sequence[Segment]] = []
    words_of: dict[Box, list[Word]] = {}
    for row in rows:
        outside: list[Segment] = []
        for segment in row:
            if _is_outside(segment, frame):
                outside.append(segment)
                continue
            words_outside = []
            for word in segment.words:
                box = frame.box_at((word.left + word.right) / 2, word.middle)
                if box is None:
                    words_outside.append(word)
                else:
                    words_of.setdefault(box, []).append(word)
            if words_outside:
                outside.append(segment_of(words_outside))
        if outside:
            kept.append(outside)
    grid = _framed_grid(frame, words_of)
    return (kept, grid) if grid is not None else (list(rows), None)


def _is_outside(segment: Segment, frame: Frame) -> bool:
    is_beside = segment.right <= frame.xs[0] or segment.left >= frame.xs[-1]
    return is_beside or segment.bottom <= frame.ys[0] or segment.top >= frame.ys[-1]


def _framed_grid(frame: Frame, words_of: dict[Box, list[Word]]) -> Grid | None:
    columns = {box.column for box in words_of}
    longest = max((sum(len(word.text) for word in words) for words in words_of.values()), default=0)
    if len(columns) < 2 or longest > _MAX_CELL_CHARACTERS or any(map(_holds_table, words_of.values())):
        return None
    by_row: list[list[Box]] = [[] for _ in frame.ys[1:]]
    for box in frame.boxes:
        by_row[box.row].append(box)
    rows: list[list[Cell]] = []
    for boxes in by_row:
        lines = _records(boxes, words_of, len(frame.xs) - 1)
        if lines:
            rows += lines
        else:
            rows.append([cell for box in boxes for cell in _cells_in(box, words_of.get(box, ()), frame)])
    if len(rows) != len(by_row) and any(box.n_rows > 1 for box in frame.boxes):
        return None
    return make_grid(rows)


def _holds_table(words: Sequence[Word]) -> bool:
    """Say whether a frame holds columns of its own, as one around half a page."""
    return sum(len(line.segments) > 1 for line in _lines_in(words)) >= _MIN_NESTED_LINES


def _lines_in(words: Sequence[Word]) -> list[Line]:
    """Return words as lines with their wide gaps."""
    return [line_of([segment_of(part) for part in parts_of(row)]) for row in word_rows(words)]


def _records(boxes: Sequence[Box], words_of: dict[Box, list[Word]], n_columns: int) -> list[list[Cell]]:
    """Return the rows in framed cells that hold several; none if each cell holds one value."""
    if any(box.n_rows > 1 for box in boxes) or len(boxes) < 2:
        return []
    column_of = {word: box for box in boxes for word in words_of.get(box, ())}
    lines = []
    for row in word_rows(column_of):
        parts = [
            Part(box.column, box.n_columns, tuple(words)) for box, words in groupby(row, key=column_of.__getitem__)
        ]
        lines.append(CellLine(min(word.top for word in row), max(word.bottom for word in row), tuple(parts)))
    n_filled = len({part.column for line in lines for part in line.parts})
    are_full = all(len(line.parts) >= _FULL_SHARE * n_filled for line in lines)
    if len(lines) < 2 or not are_full or not holds_records(lines):
        return []
    return [make_cells(row, n_columns) for row in find_table_rows(lines, ())]


def _cells_in(box: Box, words: Sequence[Word], frame: Frame) -> list[Cell]:
    """Return what a framed cell holds: several cells if its words stand apart in columns."""
    if box.n_columns > 1 and box.n_rows == 1 and words:
        columns = [Column(*sides) for sides in pairwise(frame.xs)]
        placed = place_framed(_lines_in(words), columns)
        if placed:
            cells = make_cells(placed, len(columns))
            return cells[box.column : box.column + box.n_columns]
    return [Cell(_text_in(words), box.n_rows, box.n_columns)]


def _text_in(words: Sequence[Word]) -> str:
    text = ""
    for row in word_rows(words):
        text = join(text, text_of(row))
    return text
