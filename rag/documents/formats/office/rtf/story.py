"""Collect the paragraphs and tables of one story of a rich text file: the body, a note, a box."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rag.documents.formats.office.tables import TableDraft, with_title
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.tabular.grid import Cell, make_grid

# Twentieths of a point; borders of cells that are nearer are one.
_TOLERANCE = 40
_MAX_NESTED = 20


class CellFrame(NamedTuple):
    """Where a cell of a row ends, and how it is merged with others."""

    right: int
    down: Literal["first", "next", "none"] = "none"
    is_across: bool = False


@dataclass(slots=True)
class RowFrame:
    """What a row says of its cells."""

    left: int = 0
    is_head: bool = False
    cells: list[CellFrame] = field(default_factory=list)


class _Block(NamedTuple):
    """A paragraph, or a table with those in its cells, each with the text before it."""

    kind: Literal["heading", "paragraph", "item", "table"]
    text: str = ""
    level: int = 0
    rows: Sequence[Sequence[Cell]] = ()


@dataclass(slots=True)
class _Table:
    """A table that is not at its end."""

    rows: list[tuple[list[str], RowFrame]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    inner: list[tuple[int, "_Table"]] = field(default_factory=list)


class Story:
    """The blocks of a story, and what hangs on its last paragraph."""

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self.number = ""
        self.is_listed = False
        self._pieces: list[str] = []
        self._beside: list[_Block] = []
        self._tables: list[_Table] = []

    def write(self, text: str) -> None:
        self._pieces.append(text)

    def attach(self, story: "Story", label: str = "") -> None:
        """Put the blocks of another story behind the paragraph or table that is being read."""
        blocks = list(story.blocks)
        if label and blocks and blocks[0].kind != "table":
            blocks[0] = _Block("paragraph", f"{label}{blocks[0].text}")
        self._beside += blocks

    def end_paragraph(self, depth: int, heading: int | None) -> None:
        """End a paragraph.

        Args:
            depth: How many tables are around it.
            heading: Its level; None if it is none.
        """
        if depth == 0 and not "".join(self._pieces).strip():
            # An empty item shows its number only.
            self.number = ""
        text = self._take_text()
        is_item, self.is_listed = self.is_listed, False
        if depth > 0:
            self._table(depth).pieces.append(text)
            return
        self._end_tables()
        if text.strip():
            kind: Literal["heading", "item", "paragraph"] = (
                "heading" if heading is not None else "item" if is_item else "paragraph"
            )
            self.blocks.append(_Block(kind, text, heading or 0))
        self._take_beside()

    def end_cell(self, depth: int) -> None:
        """End a cell of a table that is so many tables deep, from 1."""
        text = self._take_text()
        self.is_listed = False
        table = self._table(depth)
        for inner in self._tables[depth:]:
            table.inner.append((len(table.rows), inner))
        del self._tables[depth:]
        table.cells.append(" ".join([*table.pieces, text]))
        table.pieces = []

    def end_row(self, depth: int, frame: RowFrame) -> None:
        table = self._table(depth)
        if table.cells:
            table.rows.append((table.cells, frame))
        table.cells = []

    def end(self) -> None:
        """End the last paragraph and table."""
        self.end_paragraph(0, None)

    def add_to(self, builder: TextBuilder) -> None:
        """Add the blocks."""
        for block in self.blocks:
            if block.kind == "table":
                builder.add_grid(make_grid(block.rows))
            elif block.kind == "heading":
                builder.heading(block.level, block.text)
            else:
                builder.add(block.kind, block.text)

    def _table(self, depth: int) -> _Table:
        while len(self._tables) < min(depth, _MAX_NESTED):
            self._tables.append(_Table())
        return self._tables[min(depth, _MAX_NESTED) - 1]

    def _take_text(self) -> str:
        text, number = "".join(self._pieces), self.number
        self._pieces, self.number = [], ""
        return f"{number} {text}" if number else text

    def _take_beside(self) -> None:
        self.blocks += self._beside
        self._beside = []

    def _end_tables(self) -> None:
        if self._tables:
            outer = self._tables[0]
            for place, inner in enumerate(self._tables[1:]):
                self._tables[place].inner.append((len(self._tables[place].rows), inner))
            self._tables = []
            self._add_table(outer, "", 0)
            self._take_beside()

    def _add_table(self, table: _Table, title: str, depth: int) -> None:
        if table.cells or table.pieces:
            # The file ends within a row.
            table.rows.append(([*table.cells, *table.pieces], RowFrame()))
        rows = _cells_of(table.rows)
        self.blocks.append(_Block("table", rows=with_title(rows, title)))
        for place, inner in table.inner:
            cells = table.rows[place][0] if place < len(table.rows) else []
            if depth < _MAX_NESTED:
                self._add_table(inner, cells[0] if cells else "", depth + 1)


def _cells_of(rows: Sequence[tuple[Sequence[str], RowFrame]]) -> list[list[Cell]]:
    """Return the cells of a table with what they cover, by the places where they end."""
    frames = [frame for _, frame in rows]
    edges = _edges([frame.left for frame in frames] + [cell.right for frame in frames for cell in frame.cells])
    draft = TableDraft()
    for all_texts, frame in rows:
        texts = list(all_texts)
        while len(texts) > len(frame.cells) and not texts[-1].strip():
            # Some programs end a row with one cell more than it has.
            texts.pop()
        if len(frame.cells) < len(texts):
            draft.begin_row()
            for text in texts:
                draft.add(text, is_head=frame.is_head)
            continue
        column = bisect_left(edges, frame.left - _TOLERANCE)
        draft.begin_row(column)
        for text, cell in zip(texts, frame.cells, strict=False):
            end = max(column + 1, bisect_left(edges, cell.right - _TOLERANCE))
            draft.add(text, end - column, is_head=frame.is_head, down=cell.down, is_across=cell.is_across)
            column = end
    return draft.rows()


def _edges(places: Sequence[int]) -> list[int]:
    edges: list[int] = []
    for place in sorted(set(places)):
        if not edges or place - edges[-1] > _TOLERANCE:
            edges.append(place)
    return edges
