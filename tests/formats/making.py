"""Small real files, made by the writers that people's programs use."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from io import BytesIO

import docx
import openpyxl
import pptx
from docx.document import Document
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.formats.checking import make_zip

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
    "<dc:title>The Ferry</dc:title><dc:language>en-GB</dc:language><dc:date>2021-05-06T00:00:00Z</dc:date>"
    "<dc:subject>Harbours</dc:subject></metadata><manifest>"
    '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '<item id="two" href="two.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="one" href="text/one%201.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>'
)
CHAPTER_ONE = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
    "<h1>Leaving</h1><p>It leaves&#160;at seven &amp; returns.</p></body></html>"
)
CHAPTER_TWO = "<html><body><h1>Arriving</h1><p>It arrives at eight.</p><ul><li>Tea</li><li>Buns</li></ul></body></html>"


def make_pdf(
    pages: Sequence[Sequence[str]], title: str = "", encryption: str | None = None, keywords: str = ""
) -> bytes:
    """Return a PDF whose pages hold these lines."""
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, encrypt=encryption, invariant=True)
    if title:
        canvas.setTitle(title)
    if keywords:
        canvas.setKeywords(keywords)
    for lines in pages:
        text = canvas.beginText(72, 770)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def save_word(document: Document) -> bytes:
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def make_word() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Ferry rules"
    document.core_properties.language = "en-US"
    document.core_properties.keywords = "ferry, rules"
    document.add_heading("Rules", 0)
    document.add_heading("Boarding", 1)
    document.add_paragraph("Passengers board at the bow.")
    document.add_heading("Bicycles", 2)
    document.add_paragraph("First", style="List Bullet")
    document.add_paragraph("Second", style="List Number")
    table = document.add_table(rows=3, cols=2)
    for row, words in zip(table.rows, [("Kind", "Fare"), ("Adult", "4"), ("Child", "")], strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    document.add_heading("Leaving", 1)
    document.add_paragraph("Leave by the stern.")
    return save_word(document)


def make_slides() -> bytes:
    presentation = pptx.Presentation()
    presentation.core_properties.title = "Ferry talk"
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Why ferries"
    slide.placeholders[1].text = "Cheap\nSlow"
    slide.notes_slide.notes_text_frame.text = "Say hello first."
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for i, word in enumerate(("Port", "Berths", "Northport", "12")):
        table.cell(i // 2, i % 2).text = word
    box = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(4), Inches(1))
    box.text_frame.text = "Source: harbour office"
    written = BytesIO()
    presentation.save(written)
    return written.getvalue()


def make_workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def make_epub(**changed: str) -> bytes:
    """Return a book of two chapters; `package`, `one`, `encryption`, `contents`, `style` replace or add parts of it."""
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": changed.get("package", PACKAGE),
        "OEBPS/nav.xhtml": "<html><body><p>Contents</p></body></html>",
        "OEBPS/text/one 1.xhtml": changed.get("one", CHAPTER_ONE),
        "OEBPS/two.xhtml": CHAPTER_TWO,
    }
    if "encryption" in changed:
        members["META-INF/encryption.xml"] = changed["encryption"]
    if "contents" in changed:
        members["OEBPS/t.ncx"] = changed["contents"]
    if "style" in changed:
        members["OEBPS/book.css"] = changed["style"]
    return make_zip(members)


def make_mail(plain: str | None = None, page: str | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Inés Moreau <ines@example.org>"
    mail["To"] = "crew@example.org"
    mail["Date"] = "Mon, 04 Mar 2024 10:00:00 +0000"
    mail["Subject"] = "Späte Fähre"
    mail["Message-ID"] = "<1@example.org>"
    if plain is not None:
        mail.set_content(plain)
    if page is not None and plain is not None:
        mail.add_alternative(page, subtype="html")
    elif page is not None:
        mail.set_content(page, subtype="html")
    return mail.as_bytes()
