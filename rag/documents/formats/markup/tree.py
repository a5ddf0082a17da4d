"""Cut a page into pieces: what a reader sees, without navigation, header and footer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

from rag.documents.formats.markup.boilerplate import is_link_mark
from rag.documents.formats.markup.parse import Element, depth_of, local_name, parse_html, walk
from rag.documents.formats.markup.tables import (
    TERMS,
    Definition,
    TableText,
    definition_grids,
    holds_data,
    short_definitions,
)
from rag.documents.formats.markup.visibility import drop_hidden
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.tabular.grid import Grid
from rag.types import BlockKind

Boilerplate = Literal["without", "of a book", "with"]

HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
BOILERPLATE = {"nav", "header", "footer", "aside", "form"}
# Not "head": if a page leaves out its tags, libxml2 puts elements that it does not know, such as
# main, into it.
_UNSEEN = {
    *("script", "style", "template", "noscript", "svg", "title", "iframe", "object", "math"),
    *("button", "select", "input", "textarea", "option"),
}
_SKIPPED: dict[Boilerplate, set[str]] = {"without": BOILERPLATE, "of a book": {"nav"}, "with": set()}
_BREAKING = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p"),
    *("pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *HEADING_LEVELS),
}
_MAIN = {"article", "main"}
_MAIN_NAMES = {
    *("content", "main", "main-content", "maincontent", "page-content", "entry-content", "post-content"),
    *("article-body", "article-content", "bodycontent", "mw-content-text", "document", "body"),
}
_BOXES = re.compile(r"(?:info|fact|key)-?box|key-?facts|facts|note|tip|warning|admonition|callout|hint", re.IGNORECASE)
_LINE_NUMBERS = {"linenos", "linenodiv", "lineno", "line-numbers", "line-numbers-rows", "gutter"}
_NOTE_MARKS = {"noteref", "doc-noteref"}
_NOTES = {"footnote", "endnote", "rearnote", "note", "doc-footnote", "doc-endnote"}
# The number of a page of the printed book.
_PAGE_BREAKS = {"pagebreak", "doc-pagebreak"}
_NOTE_MARK = re.compile(r"\s*([\w*†‡§]{1,4})\s*")
_RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
_RAISED_NUMBER = re.compile(r"\s*[+\-−]?\d{1,4}\s*|n")
# Deeper tables are read as words of the cell around them.
_MAX_INNER_TABLES = 8
_TAG = re.compile(r"<[^<>]*>")
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
# libxml2 stops at a depth of 2,048 and leaves out the rest of the page.
_MAX_PARSED_DEPTH = 2_000


class Piece(NamedTuple):
    """A heading, block or table of a page; a "gap" is the border of a list.

    Attributes:
        kind: "heading", "table", or the kind of block.
        level: Of a heading.
        link_share: Share of the text that is in links, from 0 to 1.
        grid: Of a table; its text is empty.
        n_quotes: In how many quotations it stands.
        is_in_main: It stands in a part that is marked or named as the page's content.
        has_lines: Its lines and their indents are kept, as code has them.
    """

    kind: BlockKind | Literal["table", "gap"]
    text: str = ""
    level: int = 0
    link_share: float = 0.0
    grid: Grid | None = None
    has_lines: bool = False
    n_quotes: int = 0
    is_in_main: bool = False


def add_page(markup: str, builder: TextBuilder) -> None:
    """Add the blocks of a page or a piece of one."""
    add_pieces(read_pieces(markup), builder)


def read_pieces(markup: str, boilerplate: Boilerplate = "without") -> list[Piece]:
    """Return the pieces of a page; of one that is too deep to parse, its words.

    Args:
        boilerplate: Books have no pages around their text but navigation.
    """
    root = parse_html(markup)
    if root is None:
        return []
    if depth_of(root) > _MAX_PARSED_DEPTH:
        return [Piece("paragraph", _TAG.sub(" ", markup))]
    drop_hidden(root)
    return pieces_of(root, boilerplate)


def pieces_of(root: Element, boilerplate: Boilerplate = "without") -> list[Piece]:
    """Return the pieces of a page without hidden text; navigation only if there is nothing else."""
    pieces = _Walker(boilerplate).walk(root)
    if any(piece.text.strip() or piece.kind == "table" for piece in pieces):
        return pieces
    return _Walker("with").walk(root)


def add_pieces(pieces: Iterable[Piece], builder: TextBuilder) -> None:
    """Add pieces of a page as blocks."""
    for piece in pieces:
        if piece.kind == "heading":
            builder.heading(piece.level, piece.text)
        elif piece.kind == "table":
            if piece.grid is not None:
                builder.add_grid(piece.grid)
        elif piece.kind == "gap":
            builder.end_group()
        elif piece.has_lines:
            builder.add_lines(piece.kind, piece.text)
        else:
            builder.add(piece.kind, piece.text)


def raise_number(words: str) -> str:
    """Return raised words, a number in raised digits: the 2 of "m2" would make it another word."""
    return words.strip().translate(_RAISED) if _RAISED_NUMBER.fullmatch(words) else words


class _Around(TypedDict):
    n_quotes: int
    is_in_main: bool


@dataclass(slots=True)
class _OpenTable:
    """A table that is being read, and the text of the cell around it.

    Attributes:
        table: None if it only lays out the cell around it.
    """

    table: TableText | None
    text: list[str]
    n_link_characters: int


class _Walker:
    """Collects text until a block ends; keeps track of lists, headings, links and tables."""

    def __init__(self, boilerplate: Boilerplate) -> None:
        self._skipped = _UNSEEN | _SKIPPED[boilerplate]
        self._pieces: list[Piece] = []
        self._text: list[str] = []
        self._n_link_characters = 0
        self._heading_level: int | None = None
        self._n_mains = 0
        self._n_items = 0
        self._n_links = 0
        self._n_pre = 0
        self._n_quotes = 0
        self._tables: list[_OpenTable] = []
        self._definitions: dict[Element, Definition | None] = {}
        self._pairs: list[Definition] = []
        self._marks: list[int] = []

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
        if name in TERMS and element in self._definitions:
            self._take_definition(self._definitions[element])
            return False
        if name == "header" and self._n_mains:
            return True
        return self._is_seen(element)

    def _is_seen(self, element: Element) -> bool:
        name = local_name(element)
        types = _types(element)
        if not name or not _PAGE_BREAKS.isdisjoint(types):
            return False
        if name in self._skipped:
            return name == "aside" and (not _NOTES.isdisjoint(types) or (self._n_mains > 0 and _is_box(element)))
        if name == "a":
            return not is_link_mark(element)
        return _LINE_NUMBERS.isdisjoint((element.get("class") or "").lower().split())

    def _take_definition(self, definition: Definition | None) -> None:
        if definition is not None:
            self._end_block()
            self._pairs.append(definition)

    def _cross(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        """Record a border between elements."""
        if name == "br":
            self._text.append("\n" if event == "start" else "")
        elif name in {"sup", "a"}:
            self._cross_mark(event, name, element)
        if name not in _BREAKING:
            return
        if self._tables:
            self._cross_in_table(event, name, element)
        elif self._n_pre and name != "pre":
            self._text.append("\n" if self._text and not self._text[-1].endswith("\n") else "")
        else:
            self._flush()
            self._cross_block(event, name, element)

    def _cross_block(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        step = 1 if event == "start" else -1
        self._n_mains += step if _is_main(name, element) else 0
        if name in HEADING_LEVELS:
            self._heading_level = HEADING_LEVELS[name] if event == "start" else None
        elif name == "li":
            self._n_items += step
        elif name == "pre":
            self._n_pre = max(0, self._n_pre + step)
        elif name == "blockquote":
            self._n_quotes += step
        elif name in {"ul", "ol"}:
            self._pieces.append(Piece("gap", **self._around()))
        elif name == "dl" and event == "start":
            self._definitions.update(short_definitions(element, self._is_seen))
        elif name == "table" and event == "start" and holds_data(element):
            self._tables.append(_OpenTable(TableText(element), [], 0))

    def _cross_mark(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        """Write a raised number as such, and the mark of a note in brackets."""
        if event == "start":
            self._marks.append(len(self._text))
            return
        start = self._marks.pop() if self._marks else len(self._text)
        words = "".join(self._text[start:])
        if name == "a":
            is_note = not _NOTE_MARKS.isdisjoint(_types(element))
        else:
            is_note = any(_is_inner_link(inner) for inner in element.iter())
        found = _NOTE_MARK.fullmatch(words) if is_note else None
        if found:
            self._text[start:] = [f"[{found[1]}]"]
        elif name == "sup":
            self._text[start:] = [raise_number(words)]

    def _cross_in_table(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        table = self._tables[-1].table
        if name == "table":
            self._cross_inner_table(event, element)
        elif table is None or name not in {"td", "th", "tr", "caption", "thead"}:
            self._text.append(self._separator(event, name))
        elif event == "end" and name in {"td", "th"}:
            table.add_cell(element, *self._take_text())
        elif event == "end" and name == "caption":
            table.add_caption(self._take_text()[0])
        else:
            self._add_block("paragraph")
            if name == "tr":
                table.end_row()
            elif name == "thead" and event == "end":
                table.end_head()

    def _separator(self, event: Literal["start", "end"], name: str) -> str:
        """Return what stands between the parts of a cell."""
        if event == "end" or not "".join(self._text).strip():
            return " "
        return ", " if name in {"li", "dt"} else ": " if name == "dd" else " "

    def _cross_inner_table(self, event: Literal["start", "end"], element: Element) -> None:
        if event == "start":
            is_data = len(self._tables) < _MAX_INNER_TABLES and holds_data(element)
            table = TableText(element) if is_data else None
            self._tables.append(_OpenTable(table, self._text, self._n_link_characters))
            if is_data:
                self._text, self._n_link_characters = [], 0
            return
        open_table = self._tables.pop()
        outer = next((other.table for other in reversed(self._tables) if other.table), None)
        if open_table.table is None:
            self._text.append(" ")
        elif outer is None:
            self._add_block("paragraph")
            self._add_table(open_table.table)
        else:
            outer.add_inner(open_table.table)
            self._text, self._n_link_characters = [*open_table.text, " "], open_table.n_link_characters

    def _add_table(self, table: TableText, title: str = "") -> None:
        """Add a table and those in its cells, each below the name of its row."""
        grid = table.as_grid(title)
        if grid.rows:
            self._pieces.append(Piece("table", link_share=table.link_share(), grid=grid, **self._around()))
        for row, inner in table.inner:
            self._add_table(inner, table.name_row(row))

    def _around(self) -> _Around:
        return {"n_quotes": self._n_quotes, "is_in_main": self._n_mains > 0}

    def _take_text(self) -> tuple[str, int]:
        text, n_link_characters = "".join(self._text), self._n_link_characters
        self._text, self._n_link_characters = [], 0
        return text, n_link_characters

    def _flush(self) -> None:
        pairs, self._pairs = self._pairs, []
        for grid in definition_grids(pairs):
            self._pieces.append(Piece("table", grid=grid, **self._around()))
        self._end_block()

    def _end_block(self) -> None:
        if self._heading_level is None:
            self._add_block("item" if self._n_items else "paragraph")
        else:
            self._add_block("heading")

    def _add_block(self, kind: BlockKind) -> None:
        text, n_link_characters = self._take_text()
        if not text.strip():
            return
        share = min(1.0, n_link_characters / len(text.strip()))
        level = self._heading_level or 0
        has_lines = bool(self._n_pre) and kind != "heading"
        for part in [text] if has_lines or kind == "heading" else _EMPTY_LINE.split(text):
            self._pieces.append(Piece(kind, part, level, share, has_lines=has_lines, **self._around()))


def _is_main(name: str, element: Element) -> bool:
    if name in _MAIN or element.get("role") == "main":
        return True
    if name not in {"div", "section"}:
        return False
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
    return not _MAIN_NAMES.isdisjoint(names.split())


def _is_box(element: Element) -> bool:
    """Say whether an aside states facts of the article beside it."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    is_named = any(_BOXES.fullmatch(name) for name in names)
    return is_named or any(local_name(inner) in {"dl", "table"} for inner in element.iter())


def _types(element: Element) -> list[str]:
    """Return what an element is in a book."""
    types, role = element.get("epub:type"), element.get("role")
    return f"{types or ''} {role or ''}".split() if types or role else []


def _is_inner_link(element: Element) -> bool:
    return local_name(element) == "a" and (element.get("href") or "").startswith("#")
