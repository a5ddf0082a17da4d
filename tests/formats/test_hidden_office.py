"""What Office files hide from a reader is not read; what only looks like it is."""

import zipfile
from io import BytesIO

import docx
import openpyxl
import pptx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.shared import Pt, RGBColor
from openpyxl.styles import Font, PatternFill
from pptx.dml.color import RGBColor as SlideColor
from pptx.util import Inches
from pptx.util import Pt as SlidePt

from tests.formats.checking import read
from tests.formats.making import save_word

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WHITE = '<w:color w:val="FFFFFF"/>'


def word_of(properties: str, *, paragraph: str = "", document: Document | None = None) -> str:
    document = document or docx.Document()
    document.add_paragraph("Seen words.")
    run = f"<w:r><w:rPr>{properties}</w:rPr><w:t>Obey me.</w:t></w:r>"
    document.element.body.insert(0, parse_xml(f"<w:p {NAMESPACE}><w:pPr>{paragraph}</w:pPr>{run}</w:p>"))
    return read(save_word(document), "a.docx").text


@pytest.mark.parametrize(
    "properties",
    [
        "<w:vanish/>",
        WHITE,
        '<w:color w:val="FEFEFE"/>',
        '<w:color w:val="000000" w:themeColor="background1"/>',
        '<w:sz w:val="2"/>',
        '<w:color w:val="123456"/><w:shd w:val="clear" w:fill="123456"/>',
    ],
)
def test_hidden_words_of_a_word_document_are_left_out(properties: str) -> None:
    assert word_of(properties) == "Seen words."


@pytest.mark.parametrize(
    ("properties", "paragraph"),
    [
        ('<w:vanish w:val="0"/>', ""),
        ('<w:color w:val="auto"/><w:sz w:val="14"/>', ""),
        (f'{WHITE}<w:shd w:val="clear" w:fill="003366"/>', ""),
        (f'{WHITE}<w:highlight w:val="black"/>', ""),
        (WHITE, '<w:shd w:val="clear" w:fill="003366"/>'),
        (f'{WHITE}<w:shd w:val="clear" w:fill="FFFFFF" w:themeFill="accent1"/>', ""),
    ],
)
def test_words_that_are_seen_are_read(properties: str, paragraph: str) -> None:
    assert "Obey me." in word_of(properties, paragraph=paragraph)


def test_words_that_a_style_hides_are_left_out() -> None:
    document = docx.Document()
    style = document.styles.add_style("Quiet", 1)
    style.font.hidden = True
    document.styles.add_style("Calm", 1).base_style = style
    small = document.styles.add_style("Small", 2)
    small.font.size = Pt(1)

    assert word_of("", paragraph='<w:pStyle w:val="Calm"/>', document=document) == "Seen words."
    assert word_of('<w:rStyle w:val="Small"/>', document=document) == "Seen words.\n\nSeen words."


def test_white_words_are_read_on_the_dark_rows_of_a_table_only() -> None:
    def text_of(style: str) -> str:
        document = docx.Document()
        table = document.add_table(rows=2, cols=2, style=style)
        for cell, words in zip(table.rows[0].cells, ("Port", "Berths"), strict=True):
            cell.paragraphs[0].add_run(words).font.color.rgb = RGBColor(255, 255, 255)
        table.rows[1].cells[0].text, table.rows[1].cells[1].text = "Northport", "12"
        return read(save_word(document), "a.docx").text

    assert text_of("Medium Shading 1 Accent 1") == "Port: Northport; Berths: 12"
    assert text_of("Table Grid") == "Northport: 12"


def slides_of(change: str) -> str:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    for words, left in (("Seen words.", 1), ("Obey me.", -9 if change == "beside" else 1)):
        shape = slide.shapes.add_textbox(Inches(left), Inches(1), Inches(2), Inches(1))
        run = shape.text_frame.paragraphs[0].add_run()
        run.text = words
    if change == "hidden":
        shape._element.nvSpPr.cNvPr.set("hidden", "1")
    elif change == "tiny":
        run.font.size = SlidePt(1)
    elif change in {"as its ground", "on another ground"}:
        run.font.color.rgb = SlideColor(255, 255, 255)
        shape.fill.solid()
        shape.fill.fore_color.rgb = SlideColor(255, 255, 255) if change == "as its ground" else SlideColor(0, 0, 99)
    elif change == "hidden slide":
        slide._element.set("show", "0")
    written = BytesIO()
    presentation.save(written)
    return read(written.getvalue(), "a.pptx").text


@pytest.mark.parametrize("change", ["beside", "hidden", "tiny", "as its ground"])
def test_hidden_words_of_a_slide_are_left_out(change: str) -> None:
    assert slides_of(change) == "Seen words."


@pytest.mark.parametrize("change", ["none", "on another ground", "hidden slide"])
def test_words_of_slides_that_are_seen_in_the_file_are_read(change: str) -> None:
    assert slides_of(change) == "Seen words.\n\nObey me."


@pytest.fixture
def workbook() -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    for row in (["Port", "Berths", "Note"], ["Northport", 12, "Obey"], ["Southport", 7, "fine"]):
        made.active.append(row)
    return made


def text_of(workbook: openpyxl.Workbook) -> str:
    written = BytesIO()
    workbook.save(written)
    return read(written.getvalue(), "a.xlsx").text


ALL = "Port: Northport; Berths: 12; Note: Obey\nPort: Southport; Berths: 7; Note: fine"
WITHOUT_ROW = "Port: Southport; Berths: 7; Note: fine"
WITHOUT_COLUMN = "Port: Northport; Berths: 12\nPort: Southport; Berths: 7"
WITHOUT_CELL = "Port: Northport; Berths: 12\nPort: Southport; Berths: 7; Note: fine"


def test_hidden_sheets_are_left_out(workbook: openpyxl.Workbook) -> None:
    for state in ("hidden", "veryHidden"):
        sheet = workbook.create_sheet(state)
        sheet["A1"] = "Obey"
        sheet.sheet_state = state

    assert text_of(workbook) == ALL


def test_hidden_rows_and_columns_are_left_out(workbook: openpyxl.Workbook) -> None:
    workbook.active.row_dimensions[2].hidden = True
    assert text_of(workbook) == WITHOUT_ROW

    workbook.active.row_dimensions[2].hidden = False
    workbook.active.column_dimensions["C"].hidden = True
    assert text_of(workbook) == WITHOUT_COLUMN


def test_what_a_filter_or_a_closed_group_hides_is_read(workbook: openpyxl.Workbook) -> None:
    workbook.active.row_dimensions.group(2, 2, hidden=True)
    workbook.active.column_dimensions.group("C", "C", hidden=True)
    assert text_of(workbook) == ALL

    workbook.active.row_dimensions.group(2, 2, outline_level=0, hidden=True)
    workbook.active.auto_filter.ref = "A1:C3"
    assert text_of(workbook) == ALL


@pytest.mark.parametrize("hidden", ["white", "tiny", "format", "as its ground"])
def test_hidden_cells_are_left_out(workbook: openpyxl.Workbook, hidden: str) -> None:
    cell = workbook.active["C2"]
    if hidden == "format":
        cell.number_format = ";;;"
    else:
        cell.font = Font(size=1) if hidden == "tiny" else Font(color="FFFFFFFF" if hidden == "white" else "FF123456")
    if hidden == "as its ground":
        cell.fill = PatternFill("solid", fgColor="FF123456")

    assert text_of(workbook) == WITHOUT_CELL


def test_white_words_on_a_dark_cell_are_read(workbook: openpyxl.Workbook) -> None:
    cell = workbook.active["C2"]
    cell.font, cell.fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FF003366")

    assert text_of(workbook) == ALL


def test_the_quotes_around_an_attribute_do_not_matter(workbook: openpyxl.Workbook) -> None:
    workbook.active.row_dimensions[2].hidden = True
    written, changed = BytesIO(), BytesIO()
    workbook.save(written)
    with zipfile.ZipFile(written) as archive, zipfile.ZipFile(changed, "w") as copy:
        for member in archive.namelist():
            content = archive.read(member)
            copy.writestr(member, content.replace(b'"', b"'") if "worksheets/sheet" in member else content)

    assert read(changed.getvalue(), "a.xlsx").text == WITHOUT_ROW
