"""Read the tables and definition lists of a page as grids.

Goes in: an element. Comes out: cells with what they cover and whether they are heads. Tables that
only lay out a page are told from tables that hold data.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents.formats.markup.parse import Element, local_name, walk
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid

_NO_DATA_ROLES = {"presentation", "none"}
_HEADS = {"th", "caption", "thead"}
_PAGE_PARTS = {"table", "form", "article", "nav", "main", *(f"h{level}" for level in range(1, 7))}
_BLOCKS = {"p", "div", "section", "ul", "ol", "dl"}
# A table whose cells hold blocks may lay out a page; cells of data are short.
_MAX_CELL_CHARACTERS = 500
_MAX_MEAN_CHARACTERS = 120
_MAX_DIGITS = 6
_REST = 1_000
_MAX_LABEL_CHARACTERS = 60
_MAX_VALUE_CHARACTERS = 300
_MAX_VALUES = 8
_MAX_PAIRS = 50
TERMS = {"dt", "dd"}
# A value that holds one of these is a text of its own.
_LONG_PARTS = {"dl", "table", "pre", "blockquote", "figure", "form", *(f"h{level}" for level in range(1, 7))}

IsSeen = Callable[[Element], bool]


class TableText:
    """The cells of one table as the page is walked through."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self._rows: list[list[Cell]] = []
        self._row: list[Cell] = []
        self._caption = ""
        self._n_thead: int | None = None
        self._n_link_characters = 0
        self.inner: list[tuple[int, TableText]] = []

    def add_cell(self, element: Element, text: str, n_link_characters: int) -> None:
        """Add a cell with what it covers."""
        n_rows = _span(element, "rowspan", zero=_REST)
        is_head = local_name(element) == "th"
        words = " ".join(text.split()).replace(" , ", ", ").replace(" : ", ": ")
        self._row.append(Cell(words, n_rows, _span(element, "colspan", zero=1), is_head))
        self._n_link_characters += n_link_characters

    def end_row(self) -> None:
        if self._row:
            self._rows.append(_with_corner(self._row))
        self._row = []

    def end_head(self) -> None:
        """Note that the rows so far are the table's head."""
        self.end_row()
        if self._n_thead is None:
            self._n_thead = len(self._rows)

    def add_caption(self, text: str) -> None:
        self._caption = self._caption or " ".join(text.split())

    def add_inner(self, table: "TableText") -> None:
        """Keep a table in a cell; it is read below the row that it stands in."""
        self.inner.append((len(self._rows), table))

    def name_row(self, place: int) -> str:
        """Return the first words of a row."""
        cells = self._rows[place] if place < len(self._rows) else []
        return next((text for cell in cells if (text := " ".join(cell.text.split()))), "")

    def link_share(self) -> float:
        n_characters = sum(len(cell.text.strip()) for row in self._rows for cell in row)
        return min(1.0, self._n_link_characters / max(1, n_characters))

    def as_grid(self, title: str = "") -> Grid:
        """Return the cells below the caption, or below a title if there is none."""
        self.end_row()
        title = self._caption or title
        n_head = self._n_head()
        if not title or not self._rows:
            return make_grid(self._rows, n_head)
        width = min(_REST, max(sum(max(1, cell.n_columns) for cell in row) for row in self._rows))
        if width == 1:
            return make_grid([[Cell(title)], *self._rows], n_head)
        return make_grid([[Cell(title, n_columns=width)], *self._rows], n_head + 1 if n_head else None)

    def _n_head(self) -> int | None:
        n_rows = len(self._rows)
        if self._n_thead and self._n_thead < n_rows:
            return self._n_thead
        n_heads = next((i for i, row in enumerate(self._rows) if not all(cell.is_head for cell in row)), n_rows)
        return n_heads or None


def holds_data(table: Element) -> bool:
    """Say whether a table holds data, and not only the layout of a page, as in mails."""
    if (table.get("role") or "").strip().lower() in _NO_DATA_ROLES:
        return False
    names: set[str] = set()
    rows: list[list[int]] = []
    for event, element in walk(table, lambda element: local_name(element) != "table"):
        name = local_name(element)
        if event != "end" and element is not table:
            names.add(name)
            if name == "tr":
                rows.append([])
            elif name == "td" and rows:
                rows[-1].append(0)
        if rows and rows[-1]:
            words = element.text if event == "start" else element.tail if element is not table else None
            rows[-1][-1] += len((words or "").strip())
    if names & _HEADS:
        return True
    lengths = [length for row in rows for length in row]
    if names & _PAGE_PARTS or len(rows) < 2 or len(lengths) <= len(rows):
        return False
    used = {column for row in rows for column, length in enumerate(row) if length}
    n_wide = sum(sum(length > 0 for length in row) > 1 for row in rows)
    is_short = max(lengths) <= _MAX_CELL_CHARACTERS and sum(lengths) <= _MAX_MEAN_CHARACTERS * len(lengths)
    is_dense = 2 * n_wide >= sum(any(row) for row in rows)
    return len(used) > 1 and ((is_short and is_dense) or not names & _BLOCKS)


@dataclass(frozen=True, slots=True)
class Definition:
    """The terms of a group in a definition list, and its values, on one line each."""

    term: str
    value: str


def short_definitions(dl: Element, is_seen: IsSeen) -> dict[Element, Definition | None]:
    """Return the groups of a list whose value is short, by their first elements.

    The other elements of such a group have None. A group without a value, a question with its
    answer, and a long text are left out.
    """
    found: dict[Element, Definition | None] = {}
    for group in _groups(dl):
        terms = [_line(element, is_seen) for element in group if local_name(element) == "dt"]
        values = [element for element in group if local_name(element) == "dd"]
        term = ", ".join(filter(None, terms))
        if not term or len(term) > _MAX_LABEL_CHARACTERS or term.endswith("?") or len(values) > _MAX_VALUES:
            continue
        texts = [_line(element, is_seen) if _is_plain(element) else None for element in values]
        value = "; ".join(text for text in texts if text)
        if value and None not in texts and len(value) <= _MAX_VALUE_CHARACTERS:
            found[group[0]] = Definition(term, value)
            found.update(dict.fromkeys(group[1:]))
    return found


def definition_grids(definitions: Iterable[Definition]) -> Iterator[Grid]:
    """Yield grids of labels and values, none of which holds a label twice."""
    rows: dict[str, str] = {}
    for definition in definitions:
        if definition.term in rows or len(rows) >= _MAX_PAIRS:
            yield Grid(tuple(rows.items()), has_head_column=True)
            rows = {}
        rows[definition.term] = definition.value
    if rows:
        yield Grid(tuple(rows.items()), has_head_column=True)


def _groups(dl: Element) -> Iterator[list[Element]]:
    """Yield terms with the values that follow them; each group may stand in a div."""
    group: list[Element] = []
    for element in _children(dl):
        begins = local_name(element) == "dt" and any(local_name(other) == "dd" for other in group)
        if begins and group:
            yield group
            group = []
        group.append(element)
    if group:
        yield group


def _children(dl: Element) -> Iterator[Element]:
    for child in dl:
        if local_name(child) in TERMS:
            yield child
        elif local_name(child) == "div":
            yield from (inner for inner in child if local_name(inner) in TERMS)


def _is_plain(dd: Element) -> bool:
    n_paragraphs = 0
    for element in dd.iter():
        name = local_name(element)
        n_paragraphs += name == "p"
        if name in _LONG_PARTS or n_paragraphs > 1:
            return False
    return True


def _line(element: Element, is_seen: IsSeen) -> str:
    """Return the words of an element on one line, the items of a list with commas between."""
    parts: list[str] = []
    for event, inner in walk(element, is_seen):
        name = local_name(inner)
        if event == "start":
            if name == "li" and "".join(parts).strip():
                parts.append(", ")
            parts.append(inner.text or "")
        elif inner is not element:
            parts.append(inner.tail or "")
        if name in {"br", "p", "div"}:
            parts.append(" ")
    return " ".join("".join(parts).split()).replace(" , ", ", ").rstrip(":").rstrip()


def _span(element: Element, name: str, *, zero: int) -> int:
    digits = (element.get(name) or "").strip()
    if not digits.isdecimal() or len(digits) > _MAX_DIGITS:
        return 1
    return int(digits) or zero


def _with_corner(row: Sequence[Cell]) -> list[Cell]:
    """Return a row of heads whose empty first cell, where rows and columns meet, is one, too."""
    is_corner = len(row) > 1 and not row[0].text.strip() and all(cell.is_head for cell in row[1:])
    return [row[0]._replace(is_head=True), *row[1:]] if is_corner else list(row)
