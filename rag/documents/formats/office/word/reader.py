"""Read Word documents: the body in its order, and beside each paragraph what hangs on it."""

import zipfile
from collections.abc import Sequence

from rag.documents.formats.hidden.word import WordVisibility
from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml
from rag.documents.formats.markup.tree import add_page
from rag.documents.formats.office.drawings import read_chart, read_diagram
from rag.documents.formats.office.package import Package
from rag.documents.formats.office.tables import with_title
from rag.documents.formats.office.word.numbering import Numbering
from rag.documents.formats.office.word.styles import WORD, Look, Styles, child_of, number_of, outline_of, value_of
from rag.documents.formats.office.word.tables import cells_of, read_cells
from rag.documents.formats.office.word.text import RELATION, Paragraph, blocks_of, read_paragraph
from rag.documents.formats.shared.archives import open_archive
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.documents.formats.tabular.grid import make_grid
from rag.errors import DocumentUnreadable
from rag.types import Parsed

# Long paragraphs of contracts have a level of the outline and are no headings.
_MAX_OUTLINE_CHARACTERS = 150
# No person nests boxes and tables deeper; each level is a call.
_MAX_NESTED = 20
_NOTE_NAMES = {"footnotes": "Footnote", "endnotes": "Endnote"}
_PAGE_SUFFIXES = (".htm", ".html", ".xhtml")


def read_word(content: bytes, limits: Limits) -> Parsed:
    """Return the text of the body with notes, comments, text boxes and the values of charts.

    Headers, footers, the table of contents, and hidden and deleted text are left out.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    builder = TextBuilder(limits)
    _Reader(archive, builder).read()
    return builder.build(read_facts(archive))


class _Reader:
    """Walks one document and adds its blocks."""

    def __init__(self, archive: zipfile.ZipFile, builder: TextBuilder) -> None:
        self._package, self._builder = Package(archive), builder
        path = self._package.main_path()
        root = self._package.root_of(path) if path else None
        body = child_of(root, "body")
        if root is None or body is None:
            raise DocumentUnreadable("is damaged (no Word document in it)", next_step="open and save it again")
        self._body, self._path = body, path
        self._relations = self._package.relations_of(path)
        styles = self._part("styles")
        self._styles = Styles(styles)
        self._numbering = Numbering(self._part("numbering"), self._styles.list_by_style())
        self._visibility = WordVisibility(styles if styles is not None else parse_xml(b"<styles/>"), root)
        self._notes = {kind: _by_id(self._part(kind)) for kind in _NOTE_NAMES}
        self._n_notes = dict.fromkeys(_NOTE_NAMES, 0)
        self._comments = _by_id(self._part("comments"))
        self._depth = 0
        self._held = ""

    def read(self) -> None:
        self._add_blocks(self._body)
        paths = {one.path for one in self._relations.values() if one.kind in {"header", "footer"}}
        n_filled = sum(_has_text(root) for path in paths if (root := self._package.root_of(path)) is not None)
        if n_filled:
            self._builder.leave_out("header-footer", n_filled)

    def _part(self, kind: str) -> Element | None:
        path = next((one.path for one in self._relations.values() if one.kind == kind), "")
        return self._package.root_of(path) if path else None

    def _add_blocks(self, root: Element, label: str = "") -> None:
        """Add paragraphs and tables; the first paragraph follows the label."""
        if self._depth >= _MAX_NESTED:
            return
        self._depth += 1
        for element in blocks_of(root):
            name = local_name(element)
            if name == "tbl":
                self._add_table(element)
            elif name == "altchunk":
                self._add_file(element)
            else:
                label = self._add_paragraph(element, label)
        self._depth -= 1

    def _add_paragraph(self, element: Element, label: str) -> str:
        """Add a paragraph with what hangs on it; return the label if the paragraph is empty."""
        properties = child_of(element, "pPr")
        look = self._look(properties)
        paragraph = read_paragraph(element, self._visibility)
        text, self._held = self._held + paragraph.text, ""
        if child_of(child_of(properties, "rPr"), "del") is not None:
            # The end of this paragraph is deleted: the next one goes on.
            self._held = text
        elif look.is_contents:
            return label
        elif self._add_text(look, label, text):
            label = ""
        self._add_beside(paragraph)
        return label

    def _add_text(self, look: Look, label: str, text: str) -> bool:
        """Add a paragraph; return False if it is empty, which counts in its list all the same."""
        number = self._number(look)
        if not text.strip():
            return False
        numbered = f"{number} {text}" if number else text
        is_listed = look.is_item or look.number not in {None, "", "0"}
        outline = look.outline if look.outline is not None and look.outline < 10 else None
        if label:
            self._builder.add("paragraph", f"{label}{text}")
        elif look.heading is not None:
            self._builder.heading(look.heading, numbered)
        elif outline is not None and len(text.strip()) <= _MAX_OUTLINE_CHARACTERS:
            self._builder.heading(outline, numbered)
        else:
            self._builder.add("item" if is_listed else "paragraph", numbered)
        return True

    def _look(self, properties: Element | None) -> Look:
        """Return the look of a paragraph: its style, and what it says otherwise."""
        style = value_of(properties, "pStyle") or ""
        look = self._styles.look_of(style)
        number, level = number_of(properties)
        if number is None and level is None and look.level is None and look.number:
            look = look._replace(level=self._numbering.level_of_style(look.number, style))
        outline = outline_of(properties)
        return look._replace(
            number=look.number if number is None else number,
            level=look.level if level is None else level,
            outline=look.outline if outline is None else outline,
        )

    def _number(self, look: Look) -> str:
        return self._numbering.next_number(look.number, look.level or 0) if look.number else ""

    def _add_beside(self, paragraph: Paragraph) -> None:
        """Add the boxes, tables, charts, notes and comments of a paragraph."""
        for part in paragraph.parts:
            self._builder.end_group()
            if local_name(part) == "tbl":
                self._add_table(part)
            else:
                self._add_blocks(part)
        for kind, name in paragraph.drawings:
            self._add_drawing(kind, name)
        if paragraph.n_pictures:
            self._builder.leave_out("picture", paragraph.n_pictures)
        for kind, name in paragraph.notes:
            # A note that is named twice, or in itself, is added once.
            note = self._notes[kind].pop(name, None)
            if note is not None:
                self._n_notes[kind] += 1
                self._builder.count("footnote")
                self._add_blocks(note, f"{_NOTE_NAMES[kind]} {self._n_notes[kind]}: ")
        for name in paragraph.comments:
            comment = self._comments.pop(name, None)
            if comment is not None:
                author = " ".join((comment.get(f"{WORD}author") or "").split())
                self._builder.count("comment")
                self._add_blocks(comment, f"Comment by {author}: " if author else "Comment: ")

    def _add_drawing(self, kind: str, name: str) -> None:
        relation = self._relations.get(name)
        if relation is not None and kind == "file":
            self._builder.leave_out("embedded-file", name=relation.path.rpartition("/")[2])
            return
        root = self._package.root_of(relation.path) if relation else None
        if root is None:
            return
        if kind == "diagram":
            self._builder.end_group()
            for text in read_diagram(root):
                self._builder.add("item", text)
        elif (grid := read_chart(root)) is not None:
            self._builder.count("chart")
            self._builder.add_grid(grid)
        else:
            self._builder.leave_out("picture")

    def _add_file(self, element: Element) -> None:
        """Add a page that is embedded as a part of the body."""
        relation = self._relations.get(element.get(f"{RELATION}id") or "")
        if relation is None:
            return
        if relation.path.lower().endswith(_PAGE_SUFFIXES):
            add_page(decode_page(self._package.content_of(relation.path)), self._builder)
        else:
            self._builder.leave_out("embedded-file", name=relation.path.rpartition("/")[2])

    def _add_table(self, table: Element, title: str = "") -> None:
        """Add a table, then the tables in its cells, each under the first cell of its row."""
        rows = cells_of(table)
        if self._depth >= _MAX_NESTED:
            return
        self._depth += 1
        if max(map(len, rows), default=0) <= 1 and any(_is_rich(cell) for row in rows for cell in row):
            # A frame around text rather than a table.
            for row in rows:
                for cell in row:
                    self._builder.end_group()
                    self._add_blocks(cell)
        else:
            self._add_grid(table, rows, title)
        self._depth -= 1

    def _add_grid(self, table: Element, rows: Sequence[Sequence[Element]], title: str) -> None:
        beside, texts = Paragraph(), dict[Element, str]()
        inner: list[tuple[Element, Element]] = []

        def text_of(cell: Element) -> str:
            pieces = []
            for element in blocks_of(cell):
                if local_name(element) == "tbl":
                    inner.append((cell, element))
                elif local_name(element) == "p":
                    pieces.append(self._cell_text(element, beside))
            texts[cell] = " ".join(pieces)
            return texts[cell]

        cells = read_cells(table, self._styles, text_of)
        self._builder.add_grid(make_grid(with_title(cells, title)))
        first_by_cell = {cell: row[0] for row in rows for cell in row}
        for cell, one in inner:
            self._add_table(one, texts.get(first_by_cell[cell], ""))
        self._add_beside(beside)

    def _cell_text(self, element: Element, beside: Paragraph) -> str:
        """Return the text of a paragraph in a cell; what hangs on it goes behind the table."""
        paragraph = read_paragraph(element, self._visibility)
        beside.extend(paragraph)
        number = self._number(self._look(child_of(element, "pPr")))
        return f"{number} {paragraph.text}" if number else paragraph.text


def _by_id(root: Element | None) -> dict[str, Element]:
    """Return notes or comments by identifier, without the lines between notes and text."""
    parts = list(root) if root is not None else []
    return {part.get(f"{WORD}id") or "": part for part in parts if part.get(f"{WORD}type") in {None, "normal"}}


def _is_rich(cell: Element) -> bool:
    """Say whether a cell holds more than one paragraph with text."""
    blocks = list(blocks_of(cell))
    return sum(map(_has_text, blocks)) > 1 or any(local_name(block) == "tbl" for block in blocks)


def _has_text(root: Element) -> bool:
    return any((one.text or "").strip() for one in find_all(root, "t"))
