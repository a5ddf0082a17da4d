"""Words in pictures are read where OCR is installed, and reported where it is not."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.documents.formats import Limits, read_file
from rag.documents.formats.ocr import is_installed
from rag.documents.formats.ocr.engine import Ocr, PictureLine
from rag.documents.formats.ocr.layout import add_lines
from rag.documents.formats.shared.building import TextBuilder
from rag.errors import DocumentUnreadable
from rag.types import LeftOut, Parsed

WITHOUT, WITH = Limits(), Limits(ocr_seconds=600)
needs_ocr = pytest.mark.skipif(not is_installed(), reason="needs footnote-rag[ocr]")
# Pillow's own font has no umlauts.
FONT = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
LINES = ("The ferry to Bergen leaves at 9.40.", "Für Kinder unter sechs Jahren ist die Überfahrt frei.")


def draw(lines: Sequence[str] = LINES, size: int = 34) -> Image.Image:
    picture = Image.new("L", (1240, 1000), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, size)
    for number, line in enumerate(lines):
        pen.text((100, 100 + round(1.5 * size * number)), line, font=font, fill=0)
    return picture


def as_bytes(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # type: ignore[arg-type]  # passed on
    return out.getvalue()


def make_pdf(*pages: str | Image.Image | None) -> bytes:
    """Return a PDF with a text, a picture or nothing on each page."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        elif page is not None:
            canvas.drawImage(ImageReader(page), 0, 362, 595, 480)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def read(content: bytes, name: str, limits: Limits) -> Parsed:
    return read_file(content, name, limits)[1]


def line(text: str, left: float, top: float, right: float, *, height: float = 20, slope: float = 0.0) -> PictureLine:
    return PictureLine(text, left, top, right, top + height, slope)


def blocks_of(lines: Sequence[PictureLine]) -> list[tuple[str, str]]:
    builder = TextBuilder(Limits())
    add_lines(builder, lines, None)
    built = builder.build()
    return [(block.kind, built.text[block.start : block.end]) for block in built.blocks]


def test_pages_that_are_pictures_are_reported_and_blank_ones_are_not() -> None:
    parsed = read(make_pdf("Minutes of the board.", draw(), None, draw()), "m.pdf", WITHOUT)

    assert parsed.text == "Minutes of the board."
    assert (parsed.left_out, parsed.picture_pages) == ((LeftOut("picture-page", 2, (2, 4)),), ())


def test_letters_that_are_drawn_as_shapes_are_a_picture() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Minutes of the board.")
    canvas.showPage()
    for x in range(40):
        canvas.circle(72 + 8 * x, 700, 3)
    canvas.showPage()
    canvas.line(72, 700, 300, 700)
    canvas.save()

    assert read(out.getvalue(), "m.pdf", WITHOUT).left_out == (LeftOut("picture-page", 1, (2,)),)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (make_pdf(draw()), "scan.pdf"),
        (as_bytes(draw(), "PNG"), "scan.png"),
        (as_bytes(draw(), "JPEG"), "scan.jpeg"),
        (as_bytes(draw(), "TIFF"), "scan.tif"),
        (as_bytes(draw(), "WEBP"), "scan.webp"),
        (as_bytes(draw(), "PNG"), "scan.jpg"),
    ],
)
def test_a_file_of_pictures_alone_names_the_extra_that_reads_it(content: bytes, name: str) -> None:
    with pytest.raises(DocumentUnreadable, match=r"only pictures of it; install footnote-rag\[ocr\], then run"):
        read(content, name, WITHOUT)


def test_a_file_that_is_no_picture_is_not_read_as_one() -> None:
    with pytest.raises(DocumentUnreadable, match=r"is no \.png file though its name says so"):
        read(b"The ferry sails at nine.", "ferry.png", WITH)


@pytest.mark.parametrize("content", [as_bytes(draw(), kind)[:200] for kind in ("PNG", "JPEG", "TIFF", "WEBP")])
def test_a_damaged_picture_is_named_as_such(content: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match="is damaged"):
        read(content, "scan.png", WITH)


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    for width in (12_000, 30_000):
        with pytest.raises(DocumentUnreadable, match="has more than 80,000,000 pixels"):
            read(as_bytes(Image.new("1", (width, 9_000)), "PNG"), "large.png", WITH)


def test_pictures_are_read_until_the_time_of_the_file_is_over() -> None:
    times = iter([0.0, 6.0, 6.0, 12.0])
    ocr = Ocr(Limits(ocr_seconds=10), lambda _: [line("Words", 0, 0, 50)], lambda: next(times))

    readings = [ocr.read(draw()) is not None for _ in range(4)]

    assert readings == [True, True, False, False]


def test_a_picture_that_breaks_the_library_is_not_read() -> None:
    def fail(_: Image.Image) -> list[PictureLine]:
        raise RuntimeError

    assert Ocr(WITH, fail).read(draw()) is None


def test_columns_are_read_one_after_the_other_below_the_title_across_both() -> None:
    title = line("Report of the harbour board about the year 2025", 100, 50, 900)
    left = [line(f"left column line {i} runs on", 100, 100 + 30 * i, 450) for i in range(6)]
    right = [line(f"right column line {i} runs on", 550, 100 + 30 * i, 900) for i in range(6)]

    texts = [text for _, text in blocks_of([*right, title, *left])]

    assert texts == [
        title.text,
        " ".join(one.text for one in left),
        " ".join(one.text for one in right),
    ]


def test_lines_of_a_page_that_lies_askew_keep_their_order() -> None:
    # Each line sinks by 20 pixels, as much as a line is high.
    rows = [[line(f"row {i} begins here", 100, 100 + 30 * i + 4, 480, slope=0.025)] for i in range(5)] + [
        [line(f"and row {i} ends here", 482, 100 + 30 * i + 14, 900, slope=0.025)] for i in range(5)
    ]

    ((_, text),) = blocks_of([one for row in rows for one in row])

    assert text == " ".join(f"row {i} begins here and row {i} ends here" for i in range(5))


def test_rows_of_cells_are_a_table_with_its_empty_cells() -> None:
    rows = [("Dish", "Price", "Day"), ("Soup", "£4.20", "Monday"), ("Pie", "", "Tuesday"), ("Stew", "£7.90", "")]
    lines = [
        line(text, 100 + 300 * j, 100 + 40 * i, 180 + 300 * j)
        for i, row in enumerate(rows)
        for j, text in enumerate(row)
        if text
    ]

    assert blocks_of(lines) == [
        ("row", "Dish: Soup; Price: £4.20; Day: Monday"),
        ("row", "Dish: Pie; Day: Tuesday"),
        ("row", "Dish: Stew; Price: £7.90"),
    ]


def test_a_row_whose_cells_fit_no_columns_begins_another_table() -> None:
    labels = [("Invoice no.", "INV-20817"), ("Customer", "Ridgeway Bakery"), ("Order", "PO-5531")]
    items = [("Item", "Qty", "Amount"), ("Hook", "3", "144.00"), ("Belt", "10", "72.00"), ("Board", "1", "265.00")]
    lines = []
    for i, pair in enumerate(labels):
        lines += [line(text, 100 + 250 * j, 100 + 40 * i, 300 + 250 * j) for j, text in enumerate(pair)]
    for i, cells in enumerate(items):
        lines += [line(text, 100 + 150 * j, 300 + 40 * i, 180 + 150 * j) for j, text in enumerate(cells)]

    assert [text for _, text in blocks_of(lines)] == [
        *("Invoice no.: INV-20817", "Customer: Ridgeway Bakery", "Order: PO-5531"),
        "Item: Hook; Qty: 3; Amount: 144.00",
        "Item: Belt; Qty: 10; Amount: 72.00",
        "Item: Board; Qty: 1; Amount: 265.00",
    ]


def test_values_below_a_header_that_names_two_columns_at_once_are_given_no_name() -> None:
    rows = [line("Layers in out", 100, 100, 400), line("Score", 600, 100, 700)]
    for i, values in enumerate([("6", "4", "0.95"), ("2", "8", "0.91"), ("4", "4", "0.93")]):
        rows += [line(text, left, 140 + 40 * i, left + 40) for text, left in zip(values, (120, 350, 610), strict=True)]

    assert "Layers in out: 6" not in " ".join(text for _, text in blocks_of(rows))


def test_paragraphs_items_headings_and_divided_words_are_told_apart() -> None:
    lines = [
        line("Opening hours", 100, 100, 400, height=34),
        line("The museum is open from ten to five, and on every Thurs-", 100, 160, 900),
        line("day until eight.", 100, 190, 350),
        line("Groups book a week ahead.", 100, 220, 500),
        line("• Adults pay £6.", 100, 270, 400),
        line("• Children pay nothing.", 100, 300, 460),
    ]

    assert blocks_of(lines) == [
        ("heading", "Opening hours"),
        ("paragraph", "The museum is open from ten to five, and on every Thursday until eight."),
        ("paragraph", "Groups book a week ahead."),
        ("item", "• Adults pay £6."),
        ("item", "• Children pay nothing."),
    ]


@needs_ocr
def test_a_picture_page_of_a_pdf_is_read_and_marked() -> None:
    parsed = read(make_pdf("Minutes of the board.", draw()), "m.pdf", WITH)

    assert " ".join(LINES) in parsed.text.replace("\n\n", " ")
    assert (parsed.left_out, parsed.picture_pages) == ((), (2,))
    assert {block.page for block in parsed.blocks} == {1, 2}


@needs_ocr
@pytest.mark.parametrize("turn", [1, 90, 180])
def test_a_picture_that_was_turned_is_read(turn: int) -> None:
    lines = [*LINES, "The return ticket costs 42 euros and is valid for a month."]
    picture = draw(lines).rotate(turn, expand=True, fillcolor=255)

    assert read(as_bytes(picture, "PNG"), "scan.png", WITH).text.replace("\n\n", " ") == " ".join(lines)


@needs_ocr
def test_each_image_of_a_tiff_file_is_a_page() -> None:
    pages = [draw([f"Sheet {number} of the register"]) for number in (1, 2)]
    content = as_bytes(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    parsed = read(content, "register.tiff", WITH)

    assert [(block.page, parsed.text[block.start : block.end]) for block in parsed.blocks] == [
        (1, "Sheet 1 of the register"),
        (2, "Sheet 2 of the register"),
    ]
    assert parsed.picture_pages == (1, 2)


@needs_ocr
def test_a_picture_without_words_is_named_as_such() -> None:
    with pytest.raises(DocumentUnreadable, match="is a picture that shows no words; remove it"):
        read(as_bytes(Image.linear_gradient("L"), "PNG"), "sky.png", WITH)


@needs_ocr
def test_a_page_in_a_script_that_the_models_do_not_know_is_reported_and_not_guessed() -> None:
    lines = ["ԲԱՐԵՒ ՁԵԶ ԲՈԼՈՐԻՆ ԱՅՍՕՐ", "გამარჯობა ყველას დღეს"]

    parsed = read(make_pdf("Minutes of the board.", draw(lines)), "m.pdf", WITH)

    assert (parsed.text, parsed.left_out) == ("Minutes of the board.", (LeftOut("picture-page", 1, (2,)),))
