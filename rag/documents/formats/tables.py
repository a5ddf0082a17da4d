"""Read Excel workbooks and CSV. Each row is a block that repeats the names of its columns."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from rag.documents.formats.hidden.workbook import HiddenCells, column_number, find_hidden_cells
from rag.documents.formats.shared.archives import open_archive, repack
from rag.documents.formats.shared.building import TextBuilder, describe_row
from rag.documents.formats.shared.decoding import decode_text
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_SNIFFED_CHARACTERS = 8_192
_DELIMITERS = ",;\t|"
# Calamine allocates every cell between the first and the last; opposite corners span 17 billion
# cells.
_MAX_CELLS = 10_000_000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_OVERLAP_BYTES = 1_000
_CHUNK_BYTES = 1_000_000


def read_workbook(content: bytes, limits: Limits) -> Parsed:
    """Return the rows that the sheets show; the first row of each sheet names its columns.

    Raises:
        DocumentUnreadable: It is damaged, encrypted, too long, or a sheet spans too many cells.
    """
    archive = open_archive(content, limits)
    for member in archive.infolist():
        if _SHEET.fullmatch(member.filename):
            _check_extent(archive, member)
    try:
        hidden = find_hidden_cells(archive)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(repack(archive)))
        builder = TextBuilder(limits)
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        for name in names:
            if len(names) > 1:
                builder.heading(1, name)
            sheet = workbook.get_sheet_by_name(name)
            rows = ([_tell(cell) for cell in row] for row in sheet.iter_rows())
            seen = hidden.get(name, HiddenCells()).without(rows, sheet.start[1] if sheet.start else 0)
            _add_rows(seen, builder)
    except CalamineError as error:
        raise DocumentUnreadable("is damaged (no workbook in it)", next_step="open and save it again") from error
    facts = read_facts(archive)
    parsed = builder.build(facts)
    # A sheet's name is no title.
    return replace(parsed, facts=replace(parsed.facts, title=facts.title or None))


def read_csv(content: bytes, limits: Limits) -> Parsed:
    """Return the rows of a file; its first lines show which character separates columns.

    Raises:
        DocumentUnreadable: It is not text, in another encoding, too long, or no table.
    """
    text = decode_text(content)
    return _read_separated(text, _find_delimiter(text), limits)


def read_tsv(content: bytes, limits: Limits) -> Parsed:
    """Return the rows of a file with tabs between columns."""
    return _read_separated(decode_text(content), "\t", limits)


def _read_separated(text: str, delimiter: str, limits: Limits) -> Parsed:
    builder = TextBuilder(limits)
    try:
        _add_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), builder)
    except csv.Error as error:
        raise DocumentUnreadable(
            f"is no table ({error})", next_step="check its quotes, or rename it to .txt"
        ) from error
    return builder.build()


def _find_delimiter(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text[:_SNIFFED_CHARACTERS], _DELIMITERS).delimiter
    except csv.Error:
        return ","


def _add_rows(rows: Iterable[Sequence[str]], builder: TextBuilder) -> None:
    """Add a table row by row, because it may be long; the first row with content is the header."""
    filled: Iterator[Sequence[str]] = (row for row in rows if any(cell.strip() for cell in row))
    header = next(filled, None)
    if header is None:
        return
    builder.end_group()
    n_before = builder.n_characters
    for row in filled:
        builder.add("row", describe_row(header, row))
    if builder.n_characters == n_before:
        builder.add("row", describe_row((), header))
    builder.end_group()


def _tell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def _check_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise DocumentUnreadable if the outermost cells of a sheet span too many cells."""
    n_columns, n_rows, tail = 0, 0, b""
    with archive.open(member) as sheet:
        while chunk := sheet.read(_CHUNK_BYTES):
            for found in _CELL.finditer(tail + chunk):
                n_columns = max(n_columns, column_number(found.group(1)))
                n_rows = max(n_rows, int(found.group(2)))
            tail = chunk[-_OVERLAP_BYTES:]
    if n_columns * n_rows > _MAX_CELLS:
        raise DocumentUnreadable(
            f"has a sheet of {n_rows:,} rows by {n_columns:,} columns",
            next_step="delete the empty ones, or save it as .csv",
        )
