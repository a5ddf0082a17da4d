"""The text of a PDF comes in the order in which it is read, however it was drawn."""

import re
from collections.abc import Sequence
from io import BytesIO

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from rag.documents.formats.pdf.layout import arrange
from rag.documents.formats.pdf.segments import Segment, find_rows, mirrored
from rag.types import LeftOut
from tests.formats.checking import read, told

LEFT = [
    "The cooperative delivered 8,240 tonnes",
    "of barley this year. Early frost dam-",
    "aged the plots near the river, where",
    "the loss came to eleven percent of all",
    "that was sown there in the spring.",
]
RIGHT = [
    "The combine bought in spring ran for",
    "612 hours. Its fuel consumption was",
    "lower than that of the old machine by",
    "eighteen percent. The workshop in town",
    "keeps the spare parts for it.",
]


def draw(lines: Sequence[tuple[float, float, str]], turn: int = 0) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 10)
    if turn:
        canvas.translate(300, 420)
        canvas.rotate(turn)
        canvas.translate(-300, -420)
    for x, y, text in lines:
        canvas.drawString(x, 780 - y, text)
    canvas.save()
    return written.getvalue()


def column(x: float, lines: Sequence[str], shift: float = 0) -> list[tuple[float, float, str]]:
    return [(x, 12 * i + shift, line) for i, line in enumerate(lines)]


def text_of(lines: Sequence[str]) -> str:
    return " ".join(lines).replace("dam- aged", "damaged")


@pytest.mark.parametrize("shift", [0, 5])
@pytest.mark.parametrize("is_by_row", [False, True])
def test_columns_are_read_one_after_the_other(shift: float, *, is_by_row: bool) -> None:
    lines = [*column(60, LEFT), *column(310, RIGHT, shift)]

    parsed = read(draw(sorted(lines, key=lambda line: line[1]) if is_by_row else lines), "a.pdf")

    assert told(parsed) == [("paragraph", text_of(LEFT)), ("paragraph", text_of(RIGHT))]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_meant(turn: int) -> None:
    assert told(read(draw(column(200, LEFT, 340), turn), "a.pdf")) == [("paragraph", text_of(LEFT))]


def make_pages(pages: Sequence[Sequence[tuple[float, float, str]]]) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    for page in pages:
        for x, y, text in page:
            canvas.drawString(x, 780 - y, text)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def test_two_pages_lose_their_page_numbers_and_the_second_its_header() -> None:
    pages = [
        [(60, 0, "Valley Bulletin"), (60, 60, words), (60, 700, f"Confidential - page {i} of 2")]
        for i, words in ((1, "The harvest was good."), (2, "The meeting is in May."))
    ]

    texts = [words for _, words in told(read(make_pages(pages), "a.pdf"))]

    assert texts == ["Valley Bulletin", "The harvest was good.", "The meeting is in May."]


def test_a_page_number_alone_is_left_out() -> None:
    assert read(make_pages([[(60, 0, "Words."), (300, 700, "- 1 -")]]), "a.pdf").text == "Words."


def test_contents_with_dots_are_left_out() -> None:
    entries = [("Boats", 3), ("Harbours", 8), ("Lights", 21)]
    contents = [(60.0, 20.0 + 14 * i, f"{name} {'. ' * 30} {page}") for i, (name, page) in enumerate(entries)]

    assert read(make_pages([[(60, 0, "Contents"), *contents]]), "a.pdf").text == "Contents"


def test_a_page_that_is_a_picture_is_reported() -> None:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.drawString(60, 700, "Minutes of May.")
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (200, 300))), 60, 60, 400, 600)
    canvas.showPage()
    canvas.showPage()
    canvas.save()

    assert read(written.getvalue(), "a.pdf").left_out == (LeftOut("picture-page", 1, (2,)),)


def test_rows_in_hebrew_begin_on_the_right() -> None:
    cells = [("מוצר", "מחיר", "כמות"), ("לחם", "12.50", "4"), ("חלב", "6.20", "17"), ("גבינה", "9.90", "3")]
    segments = [
        Segment(text, left, 16.0 * row, left + 30, 16.0 * row + 11, 3 * row + i, (left,), (left + 30,))
        for row, texts in enumerate(cells)
        for i, (text, left) in enumerate(zip(texts, (400.0, 250.0, 100.0), strict=True))
    ]

    pieces = arrange(mirrored(find_rows(segments)), [], [])

    assert [piece.grid.rows for piece in pieces if piece.grid] == [tuple(cells)]


@pytest.mark.parametrize("name", ["Østergård", "Åsta (who asks)", "Çelik, Anna", "Ñandú; Ångström", "Quay, Jo[g]"])
def test_a_letter_that_reaches_out_of_its_line_parts_no_paragraph(name: str) -> None:
    registerFont(TTFont("Vera", "Vera.ttf"))
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True, pageCompression=0)
    canvas.setFont("Vera", 10)
    lines = ["Visitors must book a seat in the room three days ahead with our", f"{name}. Pencils are allowed."]
    for x, y, text in column(60, lines):
        canvas.drawString(x, 780 - y, text)
    canvas.save()
    # Some writers give no descent, and PDFium then takes the box of each letter.
    content = re.sub(rb"/Descent -[\d.]+", lambda found: b"/Descent 0".ljust(len(found[0])), written.getvalue())

    assert told(read(content, "a.pdf")) == [("paragraph", " ".join(lines))]
