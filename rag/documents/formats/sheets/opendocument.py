"""Read OpenDocument spreadsheets: the cells as the sheets show them, with their comments."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml, text_of
from rag.documents.formats.shared.archives import open_archive, read_member
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_open_facts
from rag.documents.formats.sheets.comments import say_comment
from rag.documents.formats.sheets.separated import as_grid
from rag.documents.formats.tabular.grid import Grid, merge_ranges
from rag.errors import DocumentUnreadable
from rag.types import LeftOutKind, Parsed

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
# A file may say that a cell or row is repeated to the edge of the sheet.
_MAX_REPEATED = 10_000
_MAX_CELLS = 10_000_000
_GROUPS = {"table-row-group", "table-header-rows", "table-rows", "table-columns", "table-column-group"}


class _Row(NamedTuple):
    """A row of a sheet.

    Attributes:
        texts: Without the empty ones at its end.
        spans: Column, from 0, and how many rows and columns a merged cell covers.
        comments: Column and text.
    """

    texts: list[str]
    spans: list[tuple[int, int, int]]
    comments: list[tuple[int, str]]
    is_hidden: bool


def read_sheets(content: bytes, limits: Limits) -> Parsed:
    """Return the rows that the sheets show; the header of each table names its columns.

    Raises:
        DocumentUnreadable: It is damaged, encrypted, too long, or a sheet spans too many cells.
    """
    archive = open_archive(content, limits)
    body = read_member(archive, "content.xml")
    manifest = read_member(archive, "META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise DocumentUnreadable("is encrypted", next_step="save it without a password")
    if not body:
        raise DocumentUnreadable("is damaged (content.xml is missing)", next_step="open and save it again")
    root = parse_xml(body)
    builder = TextBuilder(limits)
    unshown = {
        style.get(f"{_STYLE}name")
        for style in find_all(root, "style")
        if any(part.get(f"{_TABLE}display") == "false" for part in style)
    }
    sheets = [table for parent in find_all(root, "spreadsheet") for table in parent if local_name(table) == "table"]
    shown = [sheet for sheet in sheets if sheet.get(f"{_TABLE}style-name") not in unshown]
    for sheet in sheets:
        if sheet not in shown:
            builder.leave_out("hidden-sheet", name=sheet.get(f"{_TABLE}name") or "")
    for sheet in shown:
        if len(shown) > 1:
            builder.heading(1, sheet.get(f"{_TABLE}name") or "")
        _add_sheet(sheet, builder)
    return builder.build_untitled(read_open_facts(archive))


def _add_sheet(sheet: Element, builder: TextBuilder) -> None:
    rows = list(_rows(sheet))
    hidden, n_hidden = _hidden_columns(sheet), sum(row.is_hidden for row in rows)
    shown = [row for row in rows if not row.is_hidden]
    name = sheet.get(f"{_TABLE}name") or ""
    for what, n in (("hidden-rows", n_hidden), ("hidden-columns", len(hidden))):
        if n:
            builder.leave_out(cast(LeftOutKind, what), n, name=name)
    texts = [["" if column in hidden else text for column, text in enumerate(row.texts)] for row in shown]
    ranges = [
        ((place, column), (place + n_rows - 1, column + n_columns - 1))
        for place, row in enumerate(shown)
        for column, n_rows, n_columns in row.spans
    ]
    filled, copies = merge_ranges(as_grid(texts).rows, ranges)
    builder.add_grid(Grid(filled, copies=copies))
    for place, row in enumerate(shown):
        for column, text in row.comments:
            if column not in hidden:
                builder.add("paragraph", say_comment(filled, place, column, text))


def _rows(sheet: Element) -> Iterator[_Row]:
    """Yield the rows of a sheet up to the last that holds something.

    Raises:
        DocumentUnreadable: They span too many cells.
    """
    n_empty, n_cells = 0, 0
    for element in _parts(sheet, "table-row"):
        row = _read_row(element)
        n_times = _number(element, "number-rows-repeated")
        if not row.texts and not row.comments:
            n_empty += n_times
            continue
        n_before, n_empty = min(n_empty, _MAX_REPEATED), 0
        n_cells += (n_times + n_before) * max(1, len(row.texts))
        if n_cells > _MAX_CELLS:
            raise DocumentUnreadable(
                f"has a sheet of more than {_MAX_CELLS:,} cells", next_step="delete the empty ones"
            )
        yield from [_Row([], [], [], is_hidden=False)] * n_before
        yield from [row] * min(n_times, _MAX_REPEATED)


def _read_row(element: Element) -> _Row:
    row = _Row([], [], [], is_hidden=element.get(f"{_TABLE}visibility") == "collapse")
    column = 0
    for cell in element:
        if local_name(cell) not in {"table-cell", "covered-table-cell"}:
            continue
        n_times = min(_number(cell, "number-columns-repeated"), _MAX_REPEATED)
        text, comment = _text_of(cell) if local_name(cell) == "table-cell" else ("", "")
        if comment:
            row.comments.append((column, comment))
        if text:
            row.texts.extend([""] * (column - len(row.texts)) + [text] * n_times)
            n_rows, n_columns = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            if (n_rows, n_columns) != (1, 1):
                row.spans.append((column, min(n_rows, _MAX_REPEATED), min(n_columns, _MAX_REPEATED)))
        column += n_times
    return row


def _text_of(cell: Element) -> tuple[str, str]:
    """Return what a cell shows, and its comment."""
    shown = " ".join(text_of(part) for part in cell if local_name(part) == "p")
    comment = " ".join(
        text_of(part) for note in cell if local_name(note) == "annotation" for part in note if local_name(part) == "p"
    )
    return " ".join(shown.split()), " ".join(comment.split())


def _hidden_columns(sheet: Element) -> set[int]:
    hidden: set[int] = set()
    column = 0
    for element in _parts(sheet, "table-column"):
        n_columns = min(_number(element, "number-columns-repeated"), _MAX_REPEATED)
        if element.get(f"{_TABLE}visibility") == "collapse":
            hidden |= set(range(column, column + n_columns))
        column += n_columns
    return hidden


def _parts(sheet: Element, name: str) -> Iterator[Element]:
    """Yield rows or columns in order, also those in groups, but none of tables inside cells."""
    pending = list(sheet)[::-1]
    while pending:
        element = pending.pop()
        if local_name(element) == name:
            yield element
        elif local_name(element) in _GROUPS:
            pending += list(element)[::-1]


def _number(element: Element, name: str) -> int:
    value = element.get(f"{_TABLE}{name}") or "1"
    return max(1, int(value)) if value.isdecimal() and len(value) < 9 else 1
