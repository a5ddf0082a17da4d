"""Cut a page into pieces: what a reader sees, without navigation, header and footer."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from rag.documents.formats.markup.parse import Element, depth_of, local_name, parse_html, text_of, walk
from rag.documents.formats.markup.visibility import drop_hidden
from rag.documents.formats.shared.building import TextBuilder
from rag.types import BlockKind

Boilerplate = Literal["without", "with"]

HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
BOILERPLATE = {"nav", "header", "footer", "aside", "form"}
# Not "head": if a page leaves out its tags, libxml2 puts elements that it does not know, such as
# main, into it.
_UNSEEN = {
    *("script", "style", "template", "noscript", "svg", "title", "iframe", "object", "math"),
    *("button", "select", "input", "textarea", "option"),
}
_BREAKING = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p"),
    *("pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *HEADING_LEVELS),
}
_MAIN = {"article", "main"}
_LAYOUT = {"table", "p", "div", "section", *HEADING_LEVELS}
# Generators write one of these after a heading, as a link to it.
_HEADING_MARKS = {"¶", "#", "§", "\N{LINK SYMBOL}"}
_TAG = re.compile(r"<[^<>]*>")
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
# libxml2 stops at a depth of 2,048 and leaves out the rest of the page.
_MAX_PARSED_DEPTH = 2_000


class Piece(NamedTuple):
    """A heading, block or table of a page; a "gap" is the border of a list.

    Attributes:
        kind: "heading" and "table", or the kind of block.
        level: Of a heading.
        link_share: Share of the text that is in links, from 0 to 1.
        header, rows: Of a table; its text is empty.
    """

    kind: BlockKind | Literal["table", "gap"]
    text: str = ""
    level: int = 0
    link_share: float = 0.0
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def add_page(markup: str, builder: TextBuilder) -> None:
    """Add the blocks of a page or a piece of one."""
    add_pieces(read_pieces(markup), builder)


def read_pieces(markup: str) -> list[Piece]:
    """Return the pieces of a page; of one that is too deep to parse, its words."""
    root = parse_html(markup)
    if root is None:
        return []
    if depth_of(root) > _MAX_PARSED_DEPTH:
        return [Piece("paragraph", _TAG.sub(" ", markup))]
    drop_hidden(root)
    return pieces_of(root)


def pieces_of(root: Element) -> list[Piece]:
    """Return the pieces of a page without hidden text; navigation only if there is nothing else."""
    pieces = _Walker("without").walk(root)
    if any(piece.text.strip() or piece.kind == "table" for piece in pieces):
        return pieces
    return _Walker("with").walk(root)


def add_pieces(pieces: Iterable[Piece], builder: TextBuilder) -> None:
    """Add pieces of a page as blocks."""
    for piece in pieces:
        if piece.kind == "heading":
            builder.heading(piece.level, piece.text)
        elif piece.kind == "table":
            builder.table(piece.header, piece.rows)
        elif piece.kind == "gap":
            builder.end_group()
        else:
            builder.add(piece.kind, piece.text)


class _Walker:
    """Collects text until a block ends; keeps track of lists, headings, links and tables."""

    def __init__(self, boilerplate: Boilerplate) -> None:
        self._skipped = _UNSEEN if boilerplate == "with" else _UNSEEN | BOILERPLATE
        self._pieces: list[Piece] = []
        self._text: list[str] = []
        self._n_link_characters = 0
        self._heading_level: int | None = None
        self._n_mains = 0
        self._n_items = 0
        self._n_links = 0
        self._table: _Table | None = None

    def walk(self, root: Element) -> list[Piece]:
        for event, element in walk(root, self._is_wanted):
            name = local_name(element)
            if event != "skip":
                self._cross(event, name, element)
            if name == "a" and event != "skip":
                self._n_links += 1 if event == "start" else -1
            if event == "start":
                self._take(element.text or "")
            elif element is not root:
                self._take(element.tail or "")
        self._flush()
        return self._pieces

    def _take(self, text: str) -> None:
        self._text.append(text)
        if self._n_links:
            self._n_link_characters += len(text.strip())

    def _is_wanted(self, element: Element) -> bool:
        name = local_name(element)
        if name == "header" and self._n_mains:
            return True
        is_mark = name == "a" and text_of(element).strip() in _HEADING_MARKS
        return bool(name) and name not in self._skipped and not is_mark

    def _cross(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        """Record a border between elements."""
        if name == "br":
            self._text.append("\n" if event == "start" else "")
        if name not in _BREAKING:
            return
        if self._table and self._cross_in_table(event, name, element):
            return
        self._flush()
        step = 1 if event == "start" else -1
        if name in HEADING_LEVELS:
            self._heading_level = HEADING_LEVELS[name] if event == "start" else None
        elif name == "li":
            self._n_items += step
        elif name in _MAIN:
            self._n_mains += step
        elif name in {"ul", "ol"}:
            self._pieces.append(Piece("gap"))
        elif name == "table" and event == "start" and _holds_data(element):
            self._table = _Table(element)

    def _cross_in_table(self, event: Literal["start", "end"], name: str, element: Element) -> bool:
        assert self._table
        if name in {"td", "th", "tr", "table", "caption"}:
            if event == "end" and name in {"td", "th"}:
                self._table.add_cell("".join(self._text), self._n_link_characters, "head" if name == "th" else "data")
                self._text, self._n_link_characters = [], 0
            else:
                self._add_block("paragraph")
        else:
            self._text.append(" ")
        if name == "tr":
            self._table.end_row()
        if event == "end" and self._table.element is element:
            self._pieces.append(self._table.as_piece())
            self._table = None
        return True

    def _flush(self) -> None:
        if self._heading_level is None:
            self._add_block("item" if self._n_items else "paragraph")
        else:
            self._add_block("heading")

    def _add_block(self, kind: BlockKind) -> None:
        text, self._text = "".join(self._text), []
        n_link_characters, self._n_link_characters = self._n_link_characters, 0
        if not text.strip():
            return
        share = min(1.0, n_link_characters / len(text.strip()))
        level = self._heading_level or 0
        for part in [text] if kind == "heading" else _EMPTY_LINE.split(text):
            self._pieces.append(Piece(kind, part, level, share))


class _Table:
    """The rows of one table; rows at the top with header cells only are its header."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._header: list[str] = []
        self._is_head_only = True
        self._n_link_characters = 0

    def add_cell(self, text: str, n_link_characters: int, role: Literal["head", "data"]) -> None:
        self._row.append(text)
        self._n_link_characters += n_link_characters
        self._is_head_only &= role == "head"

    def end_row(self) -> None:
        is_header = self._is_head_only and not self._rows and len(self._row) > 1
        if is_header:
            self._header = self._row
        elif self._row:
            self._rows.append(self._row)
        self._row, self._is_head_only = [], True

    def as_piece(self) -> Piece:
        self.end_row()
        n_characters = sum(len(cell.strip()) for row in (self._header, *self._rows) for cell in row)
        share = min(1.0, self._n_link_characters / max(1, n_characters))
        return Piece("table", link_share=share, header=self._header, rows=self._rows)


def _holds_data(table: Element) -> bool:
    """Say whether a table holds data, and not only the layout of a page, as in mails."""
    n_rows, n_cells = 0, 0
    for element in table.iter():
        name = local_name(element)
        if name == "th":
            return True
        if name in _LAYOUT and element is not table:
            return False
        n_rows += name == "tr"
        n_cells += name == "td"
    return n_rows > 1 and n_cells > n_rows
