"""Write files of known tables, each format with a real writer of that format."""

import csv
import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from random import Random

from benchmarks.known_tables.layout import full_width, lay_out
from benchmarks.known_tables.values import Cell, KnownFile, KnownTable, Line, text_value

SOFFICE_SECONDS = 300


def write_files(files: Sequence[KnownFile], folder: Path) -> list[KnownFile]:
    """Write the files, and return those written; without LibreOffice there is no ODS."""
    soffice = shutil.which("soffice")
    written = [file for file in files if file.format != "ods" or soffice]
    for file in written:
        if file.format != "ods":
            (folder / file.name).write_bytes(WRITERS[file.format](file))
    sheets = [file for file in written if file.format == "ods"]
    if sheets and soffice:
        write_ods(sheets, folder, soffice)
    return written


def write_ods(files: Sequence[KnownFile], folder: Path, soffice: str) -> None:
    with tempfile.TemporaryDirectory() as work:
        sources = [Path(work) / file.name.replace(".ods", ".xlsx") for file in files]
        for file, source in zip(files, sources, strict=True):
            source.write_bytes(write_xlsx(file))
        profile = f"-env:UserInstallation=file://{work}/profile"
        command = [soffice, profile, "--headless", "--convert-to", "ods", "--outdir", str(folder), *map(str, sources)]
        subprocess.run(command, check=True, capture_output=True, timeout=SOFFICE_SECONDS)


def chance_of(file: KnownFile) -> Random:
    return Random(file.name)  # noqa: S311 -- how a file looks, not secret


def full_grid(table: KnownTable, chance: Random) -> list[Line]:
    """Return a table with its title lines and notes as lines of its own, merged or not."""
    lines = lay_out(table)
    n_columns = len(lines[0])
    is_merged = chance.random() < 0.5

    def wide(text: str) -> Line:
        return full_width(text, n_columns) if is_merged else [Cell(text_value(text)), *[None] * (n_columns - 1)]

    above = [wide(text) for text in table.titles] if "titles" in table.features else []
    below = [wide(text) for text in table.notes]
    gap: list[Line] = [[None] * n_columns] if chance.random() < 0.5 else []
    return [*above, *(gap if above else []), *lines, *(gap if below else []), *below]


def write_xlsx(file: KnownFile) -> bytes:
    from openpyxl import Workbook

    book, chance = Workbook(), chance_of(file)
    sheet, row = book.active, 1
    sheet.title = file.tables[0].theme.title
    on_one_sheet = chance.random() < 0.5
    for number, table in enumerate(file.tables):
        if number and not on_one_sheet:
            sheet, row = book.create_sheet(table.theme.title), 1
        row = fill_sheet(sheet, row, full_grid(table, chance)) + 2
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill_sheet(sheet: object, row: int, lines: Sequence[Line]) -> int:
    """Write lines from a row on, and return the row after them."""
    for y, line in enumerate(lines, row):
        for x, cell in enumerate(line, 1):
            if cell is None or cell.value.is_empty:
                continue
            target = sheet.cell(y, x, cell.value.content)  # type: ignore[attr-defined]  # openpyxl has no types
            if cell.value.code:
                target.number_format = cell.value.code
            if cell.n_rows > 1 or cell.n_columns > 1:
                end = {"end_row": y + cell.n_rows - 1, "end_column": x + cell.n_columns - 1}
                sheet.merge_cells(start_row=y, start_column=x, **end)  # type: ignore[attr-defined]  # see above
    return row + len(lines)


def write_csv(file: KnownFile) -> bytes:
    chance, out = chance_of(file), io.StringIO()
    german = file.tables[0].theme.language == "de"
    writer = csv.writer(out, delimiter=";" if german else ",")
    for number, table in enumerate(file.tables):
        if number:
            writer.writerow([])
        for line in full_grid(table, chance):
            writer.writerow(repeat_groups(line))
    return out.getvalue().encode("utf-8-sig" if german else "utf-8")


def repeat_groups(line: Line) -> list[str]:
    """Return the texts of a line; the upper header stands over each of its columns."""
    texts, group = [], ""
    for cell in line:
        group = cell.value.text if cell and cell.is_head else group if cell is None else ""
        texts.append(group if cell is None else cell.value.text)
    return texts


def write_md(file: KnownFile) -> bytes:
    parts = []
    for table in file.tables:
        parts.append(f"## {table.titles[0]}")
        parts += table.titles[1:]
        lines = [["" if cell is None else cell.value.text for cell in line] for line in lay_out(table)]
        if table.structure in {"form", "no-header"}:
            lines.insert(0, [""] * len(lines[0]))
        lines.insert(1, ["---"] * len(lines[0]))
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        parts += table.notes
    return ("\n\n".join(parts) + "\n").encode()


def write_html(file: KnownFile) -> bytes:
    title = escape(file.tables[0].theme.title)
    body = f"<body>\n<h1>{title}</h1>\n{html_body(file)}\n</body>"
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}</title></head>\n{body}</html>\n'.encode()


def html_body(file: KnownFile) -> str:
    return "\n".join(part for table in file.tables for part in html_table(table, chance_of(file)))


def html_table(table: KnownTable, chance: Random) -> Iterator[str]:
    style = chance.choice(("heading", "caption", "grid"))
    if style == "grid" and table.structure != "form":
        yield f"<table>{html_lines(full_grid(table, chance), chance)}</table>"
        return
    above, caption = table.titles, ""
    if style == "caption":
        above, caption = table.titles[1:], f"<caption>{escape(table.titles[0])}</caption>"
    yield from (f"<{tag}>{escape(text)}</{tag}>" for tag, text in zip(("h2", "p", "p"), above, strict=False))
    if table.structure == "form" and style == "heading":
        pairs = zip(table.columns, table.rows[0], strict=True)
        yield "<dl>" + "".join(f"<dt>{escape(c.name)}</dt><dd>{escape(v.text)}</dd>" for c, v in pairs) + "</dl>"
    else:
        yield f"<table>{caption}{html_lines(lay_out(table), chance)}</table>"
    yield from (f"<p>{escape(text)}</p>" for text in table.notes)


def html_lines(lines: Sequence[Line], chance: Random) -> str:
    """Return rows; half of the tables mark their header by th, the others do not."""
    has_heads = chance.random() < 0.6
    return "\n".join(f"<tr>{''.join(html_cell(cell, has_heads) for cell in line if cell)}</tr>" for line in lines)


def html_cell(cell: Cell, has_heads: bool) -> str:  # noqa: FBT001 -- read once
    tag = "th" if cell.is_head and has_heads else "td"
    spans = (f' rowspan="{cell.n_rows}"' if cell.n_rows > 1 else "") + (
        f' colspan="{cell.n_columns}"' if cell.n_columns > 1 else ""
    )
    return f"<{tag}{spans}>{escape(cell.value.text)}</{tag}>"


def write_epub(file: KnownFile) -> bytes:
    title = escape(file.tables[0].theme.title)
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head><body>{html_body(file)}</body></html>'
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">{file.name}</dc:identifier>'
        f"<dc:title>{title}</dc:title><dc:language>{file.tables[0].theme.language}</dc:language></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("content.opf", package)
        archive.writestr("a.xhtml", page)
    return out.getvalue()


def write_docx(file: KnownFile) -> bytes:
    from docx import Document
    from docx.oxml import parse_xml

    document, chance = Document(), chance_of(file)
    for table in file.tables:
        has_lines_inside = chance.random() < 0.3 and "titles" in table.features
        if not has_lines_inside:
            document.add_heading(table.titles[0], 1)
            for text in table.titles[1:]:
                document.add_paragraph(text)
        lines = full_grid(table, chance) if has_lines_inside else lay_out(table)
        # Setting cell by cell takes time that grows with the square of their number.
        document.element.body.insert(len(document.element.body) - 1, parse_xml(docx_table(lines)))
        for text in () if has_lines_inside else table.notes:
            document.add_paragraph(text)
        document.add_paragraph("")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_table(lines: Sequence[Line]) -> str:
    rows, open_spans = [], {}
    for line in lines:
        cells, x = [], 0
        while x < len(line):
            cell, merge = line[x], ""
            if cell is None and open_spans.get(x):
                open_spans[x] -= 1
                merge, text, width = "<w:vMerge/>", "", 1
            elif cell is None:
                text, width = "", 1
            else:
                text, width = cell.value.text, cell.n_columns
                if cell.n_rows > 1:
                    open_spans[x], merge = cell.n_rows - 1, '<w:vMerge w:val="restart"/>'
            span = f'<w:gridSpan w:val="{width}"/>' if width > 1 else ""
            run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
            cells.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr><w:p>{run}</w:p></w:tc>")
            x += width
        is_head = all(cell is None or cell.is_head for cell in line) and any(line)
        head = "<w:trPr><w:tblHeader/></w:trPr>" if is_head and len(lines) % 2 else ""
        rows.append(f"<w:tr>{head}{''.join(cells)}</w:tr>")
    grid = "<w:gridCol/>" * len(lines[0])
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return f"<w:tbl {names}><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def write_pptx(file: KnownFile) -> bytes:
    from pptx import Presentation
    from pptx.util import Cm

    show = Presentation()
    for table in file.tables:
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = table.titles[0]
        lines = lay_out(table)
        grid = slide.shapes.add_table(len(lines), len(lines[0]), Cm(1), Cm(4), Cm(23), Cm(12)).table
        grid.first_row = table.structure != "no-header"
        for y, line in enumerate(lines):
            for x, cell in enumerate(line):
                if cell is None:
                    continue
                grid.cell(y, x).text = cell.value.text
                if cell.n_rows > 1 or cell.n_columns > 1:
                    grid.cell(y, x).merge(grid.cell(y + cell.n_rows - 1, x + cell.n_columns - 1))
        for place, text in enumerate((*table.titles[1:], *table.notes)):
            slide.shapes.add_textbox(Cm(1), Cm(16.5 + 0.7 * place), Cm(20), Cm(0.7)).text_frame.text = text
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def write_pdf(file: KnownFile) -> bytes:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles, parts = getSampleStyleSheet(), []
    for table in file.tables:
        names = ("Heading1", "Normal", "Normal")
        parts += [Paragraph(escape(text), styles[name]) for text, name in zip(table.titles, names, strict=False)]
        parts += [Spacer(1, 8), pdf_table(table, is_ruled=file.format == "pdf ruled"), Spacer(1, 8)]
        parts += [Paragraph(escape(text), styles["Normal"]) for text in table.notes]
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=landscape(A4), title=file.tables[0].theme.title, invariant=1).build(parts)
    return out.getvalue()


def pdf_table(table: KnownTable, *, is_ruled: bool) -> object:
    from reportlab.lib.colors import grey
    from reportlab.platypus import Table

    lines = lay_out(table)
    n_heads = {"form": 0, "no-header": 0, "two-headers": 2}.get(table.structure, 1)
    style: list[tuple[object, ...]] = [("FONTSIZE", (0, 0), (-1, -1), 8), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [("GRID", (0, 0), (-1, -1), 0.5, grey)] if is_ruled else []
    style += [("FONTNAME", (0, 0), (-1, n_heads - 1), "Helvetica-Bold")] if n_heads else []
    for place, column in enumerate(table.columns if table.structure not in {"form", "transposed"} else ()):
        if column.kind in {"count", "number", "percent", "money"}:
            style.append(("ALIGN", (place, 0), (place, -1), "RIGHT"))
    for y, line in enumerate(lines):
        style += [
            ("SPAN", (x, y), (x + cell.n_columns - 1, y + cell.n_rows - 1))
            for x, cell in enumerate(line)
            if cell and (cell.n_rows > 1 or cell.n_columns > 1)
        ]
    # Without lines, a right-aligned name of a group would stand over its last column alone.
    style += [
        ("ALIGN", (x, y), (x, y), "CENTER")
        for y, line in enumerate(lines[:n_heads])
        for x, cell in enumerate(line)
        if cell and cell.n_columns > 1
    ]
    texts = [["" if cell is None else cell.value.text for cell in line] for line in lines]
    return Table(texts, style=style, repeatRows=n_heads)


WRITERS: dict[str, Callable[[KnownFile], bytes]] = {
    "xlsx": write_xlsx,
    "csv": write_csv,
    "docx": write_docx,
    "pptx": write_pptx,
    "html": write_html,
    "md": write_md,
    "epub": write_epub,
    "pdf ruled": write_pdf,
    "pdf aligned": write_pdf,
}
