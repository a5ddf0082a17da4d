"""Read Excel workbooks. Each row is a block that repeats the names of its columns."""

import io
import re
import zipfile
from collections.abc import Collection
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from rag.documents.formats.hidden.workbook import HiddenCells, find_hidden_cells
from rag.documents.formats.shared.archives import open_archive, repack
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.documents.formats.sheets.cell_formats import CellFormats, read_cell_formats, read_codes
from rag.documents.formats.sheets.comments import read_comments, say_comment
from rag.documents.formats.sheets.package import column_number, sheet_paths
from rag.documents.formats.sheets.separated import as_grid
from rag.documents.formats.tabular.grid import Grid, merge_ranges
from rag.errors import DocumentUnreadable
from rag.types import Parsed

# Calamine allocates every cell between the first and the last; opposite corners span 17 billion
# cells.
_MAX_CELLS = 10_000_000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_OVERLAP_BYTES = 1_000
_CHUNK_BYTES = 1_000_000


def read_workbook(content: bytes, limits: Limits) -> Parsed:
    """Return the rows that the sheets show; the header of each table names its columns.

    Raises:
        DocumentUnreadable: It is damaged, encrypted, too long, or a sheet spans too many cells.
    """
    archive = open_archive(content, limits)
    for member in archive.infolist():
        if _SHEET.fullmatch(member.filename):
            _check_extent(archive, member)
    builder = TextBuilder(limits)
    try:
        _add_sheets(archive, CalamineWorkbook.from_filelike(io.BytesIO(repack(archive))), builder)
    except CalamineError as error:
        raise DocumentUnreadable("is damaged (no workbook in it)", next_step="open and save it again") from error
    return builder.build_untitled(read_facts(archive))


def _add_sheets(archive: zipfile.ZipFile, workbook: CalamineWorkbook, builder: TextBuilder) -> None:
    hidden, paths, codes = find_hidden_cells(archive), dict(sheet_paths(archive)), read_codes(archive)
    names = [one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    for other in workbook.sheets_metadata:
        if other.name not in names:
            builder.leave_out("hidden-sheet", name=other.name)
    for name in names:
        if len(names) > 1:
            builder.heading(1, name)
        path = paths.get(name)
        formats = read_cell_formats(archive, path, codes) if path else CellFormats()
        unseen = hidden.get(name, HiddenCells())
        _report(unseen, formats, name, builder)
        sheet = workbook.get_sheet_by_name(name)
        rows, copies = merge_ranges(_shown(sheet, formats, unseen), sheet.merged_cell_ranges or ())
        builder.add_grid(_without_rows(as_grid(rows), copies, unseen.rows))
        for row, column, text in read_comments(archive, path) if path else ():
            if unseen.shows(row, column):
                builder.add("paragraph", say_comment(rows, row, column, text))


def _report(hidden: HiddenCells, formats: CellFormats, name: str, builder: TextBuilder) -> None:
    if hidden.rows:
        builder.leave_out("hidden-rows", len(hidden.rows), name=name)
    if hidden.columns:
        builder.leave_out("hidden-columns", len(hidden.columns), name=name)
    if formats.n_formulas_without_value:
        builder.leave_out("formula-without-value", formats.n_formulas_without_value, name=name)


def _shown(sheet: CalamineSheet, formats: CellFormats, hidden: HiddenCells) -> list[list[str]]:
    """Return the texts of a sheet from its first cell on, empty where it shows nothing."""
    n_before = sheet.start[1] if sheet.start else 0
    rows = []
    for row, values in enumerate(sheet.iter_rows()):
        texts = [*[""] * n_before, *map(_tell, values)]
        formats.show(row, texts, values, n_before)
        rows.append([text if hidden.shows(row, i) else "" for i, text in enumerate(texts)] if hidden else texts)
    return rows


def _without_rows(grid: Grid, copies: frozenset[tuple[int, int]], hidden: Collection[int]) -> Grid:
    """Return a grid without its hidden rows, which separate nothing."""
    kept = [row for row in range(len(grid.rows)) if row not in hidden]
    place_of = {row: place for place, row in enumerate(kept)}
    moved = frozenset((place_of[row], column) for row, column in copies if row in place_of)
    return Grid(tuple(grid.rows[row] for row in kept), copies=moved)


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
