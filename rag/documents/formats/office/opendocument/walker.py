"""Add the blocks of an OpenDocument file: paragraphs, lists, tables, shapes, notes, comments."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rag.documents.formats.markup.parse import Element, find_all, local_name, text_of
from rag.documents.formats.office.opendocument.lists import ListCounts
from rag.documents.formats.office.opendocument.objects import Objects
from rag.documents.formats.office.opendocument.styles import DRAW, PRESENTATION, TABLE, TEXT, OpenStyles, whole_of
from rag.documents.formats.office.opendocument.text import OpenParagraph, is_shape, read_open_paragraph
from rag.documents.formats.office.tables import with_title
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.colors import Color
from rag.documents.formats.tabular.grid import Cell, make_grid

_CONTAINERS = {
    *("section", "index-body", "bibliography", "user-index", "numbered-paragraph", "text-box", "index-title", "header"),
    *("note-body", "list-item", "list-header", "soft-page-break", "p-group"),
}
# No person nests deeper; each level is a call.
_MAX_NESTED = 60
_MAX_REPEATED = 100
_MAX_ROWS_SPANNED = 1_000
# No list has this name.
_UNNUMBERED = "\0"

BlockForm = Literal["text", "table", "shape", "comment"]


class _Place(NamedTuple):
    """Where the walk is.

    Attributes:
        depth: How many containers are around it.
        style, level, counts: Of the list around it; level 0 is none.
        start: The number that the next paragraph is told to have.
    """

    depth: int = 0
    style: str = ""
    level: int = 0
    counts: list[int | None] | None = None
    start: int | None = None


class _Part(NamedTuple):
    """A block before it is read.

    Attributes:
        is_item: It is, or belongs to, an item of a list.
    """

    form: BlockForm
    element: Element
    number: str = ""
    is_item: bool = False


class _Row(NamedTuple):
    """The cells of a row without covered ones."""

    cells: Sequence[Element]
    is_head: bool = False


class OpenWalker:
    """Walks parts of one file and adds their blocks."""

    def __init__(self, styles: OpenStyles, objects: Objects, builder: TextBuilder) -> None:
        self._styles, self._objects, self._builder = styles, objects, builder
        self._lists = ListCounts(styles)
        self._depth = 0

    def add_blocks(
        self, root: Element, ground: Color | None, page: int | None = None, label: str = "", *, is_listed: bool = False
    ) -> None:
        """Add the blocks of a part; its first paragraph follows the label.

        Args:
            is_listed: Paragraphs are items.
        """
        if self._depth >= _MAX_NESTED:
            return
        self._depth += 1
        for part in self._parts(root, _Place()):
            if part.form == "text":
                label = self._add_text(part, ground, page, label, is_listed=is_listed)
            elif part.form == "table":
                self._add_table(part.element, ground, page)
            elif part.form == "shape":
                self.add_shape(part.element, page)
            else:
                self.add_comment(part.element, page)
        self._depth -= 1

    def add_shape(self, shape: Element, page: int | None, *, is_listed: bool = False) -> None:
        """Add the text of a shape, or the table, chart or picture in it."""
        if shape.get(f"{DRAW}display") in {"none", "printer"} or self._depth >= _MAX_NESTED:
            return
        self._builder.end_group()
        ground = self._ground_of_shape(shape)
        self._depth += 1
        for child in shape:
            name = local_name(child)
            if name == "text-box":
                self.add_blocks(child, ground, page, is_listed=is_listed)
            elif name == "table":
                self._add_table(child, ground, page)
            elif is_shape(child):
                self.add_shape(child, page, is_listed=is_listed)
            elif name in {"object", "object-ole"}:
                self._objects.add(child, self._builder, page)
                break
            elif name == "image":
                self._builder.leave_out("picture", page=page)
        self._depth -= 1
        if local_name(shape) not in {"frame", "g", "a"}:
            # Such shapes hold their paragraphs themselves.
            self.add_blocks(shape, ground, page, is_listed=is_listed)

    def text_of_shape(self, shape: Element) -> str:
        """Return the words of a shape on one line."""
        ground = self._ground_of_shape(shape)
        paragraphs = (one for one in shape.iter() if local_name(one) in {"p", "h"})
        return " ".join(read_open_paragraph(one, self._styles, ground).text for one in paragraphs)

    def add_notes(self, shape: Element, page: int) -> None:
        """Add the notes of a slide."""
        for child in shape:
            self.add_blocks(child, None, page, "Speaker notes: ")

    def add_comment(self, comment: Element, page: int | None) -> None:
        """Add a comment with the name of its author."""
        author = " ".join(next((text_of(one) for one in find_all(comment, "creator")), "").split())
        self._builder.count("comment")
        self.add_blocks(comment, None, page, f"Comment by {author}: " if author else "Comment: ")

    def _parts(self, root: Element, place: _Place) -> Iterator[_Part]:
        """Yield the blocks of a part in order, with the numbers of their lists."""
        is_first = True
        for element in root:
            name = local_name(element)
            if name in {"p", "h"}:
                number = self._number(element, place) if is_first or not place.level else ""
                is_first = False
                yield _Part("text", element, number, place.level > 0)
            elif name == "list" and place.depth < _MAX_NESTED:
                yield from self._list_parts(element, place)
            elif name == "table":
                yield _Part("table", element)
            elif name == "annotation":
                yield _Part("comment", element)
            elif is_shape(element):
                yield _Part("shape", element)
            elif name in _CONTAINERS and place.depth < _MAX_NESTED and element.get(f"{TEXT}display") != "none":
                yield from self._parts(element, place._replace(depth=place.depth + 1))

    def _list_parts(self, element: Element, place: _Place) -> Iterator[_Part]:
        style = element.get(f"{TEXT}style-name") or place.style
        counts = place.counts if place.counts is not None else self._lists.begin(style, element)
        inside = _Place(place.depth + 1, style, place.level + 1, counts)
        for item in element:
            if local_name(item) == "list-item":
                start = item.get(f"{TEXT}start-value")
                yield from self._parts(item, inside if start is None else inside._replace(start=whole_of(start, 1)))
            elif local_name(item) == "list-header":
                yield from self._parts(item, inside._replace(style=_UNNUMBERED))

    def _number(self, element: Element, place: _Place) -> str:
        """Return the number of the first paragraph of an item, or of a heading."""
        if place.counts is not None:
            return self._lists.next_number(place.style, place.level, place.counts, place.start)
        look = self._styles.look_of("paragraph", element.get(f"{TEXT}style-name"))
        if local_name(element) != "h" or look.get("list-style-name") == "" or element.get(f"{TEXT}is-list-header"):
            return ""
        level = whole_of(element.get(f"{TEXT}outline-level"), 1)
        return self._lists.next_number("", level, self._lists.outline())

    def _add_text(self, part: _Part, ground: Color | None, page: int | None, label: str, *, is_listed: bool) -> str:
        """Add a paragraph with what hangs on it; return the label if the paragraph is empty."""
        paragraph = read_open_paragraph(part.element, self._styles, ground)
        text = f"{part.number} {paragraph.text}" if part.number else paragraph.text
        if not paragraph.text.strip():
            pass
        elif label:
            self._builder.add("paragraph", f"{label}{text}", page)
            label = ""
        elif (level := self._heading_of(part.element, page)) is not None:
            self._builder.heading(level, text, page)
        else:
            self._builder.add("item" if part.is_item or is_listed else "paragraph", text, page)
        self._add_beside(paragraph, page)
        return label

    def _heading_of(self, element: Element, page: int | None) -> int | None:
        """Return the level of a heading; the styles of slides make none."""
        if local_name(element) == "h":
            return whole_of(element.get(f"{TEXT}outline-level"), 1)
        return self._styles.heading_of(element.get(f"{TEXT}style-name")) if page is None else None

    def _add_beside(self, paragraph: OpenParagraph, page: int | None) -> None:
        for shape in paragraph.shapes:
            self.add_shape(shape, page)
        for note in paragraph.notes:
            kind = "Endnote" if note.get(f"{TEXT}note-class") == "endnote" else "Footnote"
            citation = " ".join(next((text_of(one) for one in find_all(note, "note-citation")), "").split())
            self._builder.count("footnote")
            self.add_blocks(note, None, page, f"{kind} {citation}: ".replace(" :", ":"))
        for comment in paragraph.comments:
            self.add_comment(comment, page)

    def _add_table(self, table: Element, ground: Color | None, page: int | None, title: str = "") -> None:
        """Add a table, then the tables in its cells, each under the first cell of its row."""
        if self._depth >= _MAX_NESTED:
            return
        self._depth += 1
        rows = list(_rows_of(table, _MAX_NESTED))
        if max((len(row.cells) for row in rows), default=0) <= 1 and any(
            _is_rich(one) for cells, _ in rows for one in cells
        ):
            # A frame around text rather than a table.
            for row in rows:
                for cell in row.cells:
                    self._builder.end_group()
                    self.add_blocks(cell, self._ground_of(cell, ground), page)
        else:
            self._add_grid(rows, ground, page, title)
        self._depth -= 1

    def _add_grid(self, rows: Sequence[_Row], ground: Color | None, page: int | None, title: str) -> None:
        beside, inner = OpenParagraph(), list[tuple[str, Element]]()
        read: list[list[Cell]] = []
        for elements, is_head in rows:
            row: list[Cell] = []
            tables: list[Element] = []
            for cell in elements:
                text = self._cell_text(cell, ground, beside, tables)
                spanned = Cell(
                    text, _count(cell, "rows-spanned", _MAX_ROWS_SPANNED), _count(cell, "columns-spanned"), is_head
                )
                row += [spanned] * _count(cell, "columns-repeated")
            inner += [(row[0].text if row else "", one) for one in tables]
            read.append(row)
        self._builder.add_grid(make_grid(with_title(read, title)), page)
        for label, one in inner:
            self._add_table(one, ground, page, label)
        self._add_beside(beside, page)

    def _cell_text(self, cell: Element, ground: Color | None, beside: OpenParagraph, tables: list[Element]) -> str:
        """Return the text of a cell; what hangs on it goes behind the table."""
        pieces = []
        behind = self._ground_of(cell, ground)
        for part in self._parts(cell, _Place()):
            if part.form == "text":
                paragraph = read_open_paragraph(part.element, self._styles, behind)
                beside.extend(paragraph)
                pieces.append(f"{part.number} {paragraph.text}" if part.number else paragraph.text)
            elif part.form == "table":
                tables.append(part.element)
            elif part.form == "shape":
                beside.shapes.append(part.element)
            else:
                beside.comments.append(part.element)
        return " ".join(pieces)

    def _ground_of(self, cell: Element, ground: Color | None) -> Color | None:
        return self._styles.ground_of_cell(cell.get(f"{TABLE}style-name"), ground)

    def _ground_of_shape(self, shape: Element) -> Color | None:
        return self._styles.ground_of_shape("graphic", shape.get(f"{DRAW}style-name")) or self._styles.ground_of_shape(
            "presentation", shape.get(f"{PRESENTATION}style-name")
        )


def _rows_of(table: Element, depth: int) -> Iterator[_Row]:
    """Yield the cells of each row, without covered ones, and whether it is a header."""
    for child in table:
        name = local_name(child)
        if name == "table-row":
            cells = [cell for cell in child if local_name(cell) == "table-cell"]
            yield from [_Row(cells)] * _count(child, "rows-repeated")
        elif name == "table-header-rows":
            yield from (row._replace(is_head=True) for row in _rows_of(child, 0))
        elif name in {"table-rows", "table-row-group"} and depth:
            yield from _rows_of(child, depth - 1)


def _count(element: Element, name: str, most: int = _MAX_REPEATED) -> int:
    return min(most, whole_of(element.get(f"{TABLE}number-{name}"), 1))


def _is_rich(cell: Element) -> bool:
    """Say whether a cell holds more than one paragraph with text."""
    n_filled = sum(bool(text_of(one).strip()) for one in cell.iter() if local_name(one) in {"p", "h"})
    return n_filled > 1 or next(find_all(cell, "table"), None) is not None
