"""Walk a page's elements into blocks: all that a reader sees, but for what surrounds the content of every page."""

import re
from typing import Literal

from rag.formats.building import TextBuilder
from rag.formats.markup import Element, depth_of, local_name, parse_html, walk
from rag.types import BlockKind

Boilerplate = Literal["without", "with"]

HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
BOILERPLATE = {"nav", "header", "footer", "aside", "form"}
_UNSEEN = {
    *("script", "style", "template", "noscript", "svg", "head", "title", "iframe", "object", "math"),
    *("button", "select", "input", "textarea", "option"),
}
_BREAKING = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p"),
    *("pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *HEADING_LEVELS),
}
_MAIN = {"article", "main"}
_LAYOUT = {"table", "p", "div", "section", *HEADING_LEVELS}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
# libxml2 stops reading at a depth of 2,048 and leaves the rest of the page out.
_MAX_PARSED_DEPTH = 2_000


def add_page(markup: str, builder: TextBuilder) -> None:
    """Add the blocks of a page or a piece of one."""
    root = parse_html(markup)
    if root is None:
        return
    if depth_of(root) > _MAX_PARSED_DEPTH:
        builder.add("paragraph", _TAG.sub(" ", markup))
        return
    add_tree(root, builder)


def add_tree(root: Element, builder: TextBuilder) -> None:
    """Add the blocks of a parsed page; one that is nothing but navigation, header or form is added with these."""
    n_before = builder.n_characters
    _Walker(builder, "without").add(root)
    if builder.n_characters == n_before:
        _Walker(builder, "with").add(root)


class _Walker:
    """Collects text until a block ends; knows the lists, headings and tables that it is in."""

    def __init__(self, builder: TextBuilder, boilerplate: Boilerplate) -> None:
        self._builder = builder
        self._skipped = _UNSEEN if boilerplate == "with" else _UNSEEN | BOILERPLATE
        self._text: list[str] = []
        self._heading_level: int | None = None
        self._n_mains = 0
        self._n_items = 0
        self._table: _Table | None = None

    def add(self, root: Element) -> None:
        for event, element in walk(root, self._is_wanted):
            if event != "skip":
                self._cross(event, local_name(element), element)
            if event == "start":
                self._text.append(element.text or "")
            elif element is not root:
                self._text.append(element.tail or "")
        self._flush()

    def _is_wanted(self, element: Element) -> bool:
        name = local_name(element)
        is_hidden = element.get("hidden") is not None or _HIDDEN_STYLE.search(element.get("style") or "")
        if name == "header" and self._n_mains:
            return not is_hidden
        return bool(name) and name not in self._skipped and not is_hidden

    def _cross(self, event: Literal["start", "end"], name: str, element: Element) -> None:
        """Take note of a border between elements."""
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
            self._builder.end_group()
        elif name == "table" and event == "start" and _holds_data(element):
            self._table = _Table(element)

    def _cross_in_table(self, event: Literal["start", "end"], name: str, element: Element) -> bool:
        assert self._table
        if name in {"td", "th", "tr", "table", "caption"}:
            words = "".join(self._text)
            self._text = []
            if event == "end" and name in {"td", "th"}:
                self._table.add_cell(words, "head" if name == "th" else "data")
            elif words.strip():
                self._builder.add("paragraph", words)
        else:
            self._text.append(" ")
        if name == "tr":
            self._table.end_row()
        if event == "end" and self._table.element is element:
            self._builder.table(*self._table.split())
            self._table = None
        return True

    def _flush(self) -> None:
        text, self._text = "".join(self._text), []
        if not text.strip():
            return
        if self._heading_level is not None:
            self._builder.heading(self._heading_level, text)
            return
        kind: BlockKind = "item" if self._n_items else "paragraph"
        for part in _EMPTY_LINE.split(text):
            self._builder.add(kind, part)


class _Table:
    """The rows of one table; those at the top whose cells are all heads are its header."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._header: list[str] = []
        self._is_head_only = True

    def add_cell(self, text: str, role: Literal["head", "data"]) -> None:
        self._row.append(text)
        self._is_head_only &= role == "head"

    def end_row(self) -> None:
        is_header = self._is_head_only and not self._rows and len(self._row) > 1
        if is_header:
            self._header = self._row
        elif self._row:
            self._rows.append(self._row)
        self._row, self._is_head_only = [], True

    def split(self) -> tuple[list[str], list[list[str]]]:
        """Return the header, empty where there is none, and the other rows."""
        self.end_row()
        return self._header, self._rows


def _holds_data(table: Element) -> bool:
    """Tell a table of data from one that only sets out a page, as in mails."""
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
