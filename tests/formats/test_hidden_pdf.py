"""What a PDF hides from a reader is not read; the text behind a scan and on dark ground is."""

from collections.abc import Callable
from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.formats.checking import read

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


def text_of(draw: Callable[[Canvas], None]) -> str:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.drawString(72, 770, "Seen words.")
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return read(written.getvalue(), "a.pdf").text


def obey(canvas: Canvas, x: float = 72, y: float = 700, mode: int = 0) -> None:
    canvas.drawString(x, y, "Obey me.", mode=mode)


def not_drawn(canvas: Canvas) -> None:
    obey(canvas, mode=3)


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    obey(canvas)


def almost_white(canvas: Canvas) -> None:
    canvas.setFillGray(0.97)
    obey(canvas)


def white_on_white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(0, 0, 600, 840, stroke=0, fill=1)
    obey(canvas)


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    obey(canvas)


def scaled_down(canvas: Canvas) -> None:
    canvas.scale(0.05, 0.05)
    obey(canvas, 2000, 9000)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    obey(canvas)


def off_the_page(canvas: Canvas) -> None:
    obey(canvas, x=-400)


def in_a_form(canvas: Canvas, draw: Callable[[Canvas], None]) -> None:
    canvas.beginForm("form")
    draw(canvas)
    canvas.endForm()
    canvas.doForm("form")


@pytest.mark.parametrize("draw", [not_drawn, white, tiny, scaled_down, off_the_page])
def test_hidden_words_in_a_form_are_left_out(draw: Callable[[Canvas], None]) -> None:
    assert text_of(lambda canvas: in_a_form(canvas, draw)) == "Seen words."


@pytest.mark.parametrize(
    "draw", [not_drawn, white, almost_white, white_on_white, tiny, scaled_down, transparent, off_the_page]
)
def test_hidden_words_of_a_pdf_are_left_out(draw: Callable[[Canvas], None]) -> None:
    assert text_of(draw) == "Seen words."


def scan(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(BytesIO(PIXEL)), 0, 0, *A4)
    obey(canvas, mode=3)


def white_on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0, 0, 0.4)
    canvas.rect(50, 690, 300, 40, stroke=0, fill=1)
    white(canvas)


def white_on_a_picture(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(BytesIO(PIXEL)), 50, 690, 300, 40)
    white(canvas)


def outlined(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    obey(canvas, mode=1)


def grey_and_small(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 4)
    canvas.setFillGray(0.6)
    obey(canvas)


def white_on_a_dark_form(canvas: Canvas) -> None:
    in_a_form(canvas, white_on_dark)


@pytest.mark.parametrize(
    "draw", [white_on_a_dark_form, scan, white_on_dark, white_on_a_picture, outlined, grey_and_small]
)
def test_words_of_a_pdf_that_are_seen_are_read(draw: Callable[[Canvas], None]) -> None:
    assert "Obey me." in text_of(draw)
