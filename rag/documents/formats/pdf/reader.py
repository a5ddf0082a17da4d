"""Read PDF files: paragraphs, tables, labels and form fields of each page in reading order.

PDFium is not thread-safe: only one thread may read PDF files at a time.
"""

from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.hidden.pdf import drop_hidden
from rag.documents.formats.ocr import INSTALL_OCR
from rag.documents.formats.ocr.engine import Ocr
from rag.documents.formats.ocr.pages import PicturePage, add_picture_page, read_as_picture, read_picture_page
from rag.documents.formats.pdf.forms import Marks, read_marks
from rag.documents.formats.pdf.layout import arrange
from rag.documents.formats.pdf.paragraphs import join_lines
from rag.documents.formats.pdf.repeated import count_repeated, without_contents
from rag.documents.formats.pdf.segments import find_rows, mirrored, row_text, runs_left, without_spaces
from rag.documents.formats.pdf.tables.aligned import Piece
from rag.documents.formats.pdf.tables.continuing import go_on
from rag.documents.formats.pdf.tables.frames import find_frames
from rag.documents.formats.pdf.tables.rules import Rules, find_rules, mirror_rules
from rag.documents.formats.pdf.words import PageWords, read_words
from rag.documents.formats.plain import is_list_item
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.facts import find_author, find_day, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

_NAMES_OF_NOTHING = {"(anonymous)", "(unspecified)", "untitled", "unknown"}
# Lines at the top and at the bottom of a page that may be a header or footer.
_EDGE_LINES = 4


def read_pdf(content: bytes, limits: Limits) -> Parsed:
    """Return the text that the pages show; no block crosses pages.

    Raises:
        DocumentUnreadable: It is encrypted, damaged, too long, or holds no text.
    """
    pdf = _open(content)
    try:
        if len(pdf) > limits.max_pages:
            raise DocumentUnreadable(f"holds more than {limits.max_pages:,} pages", next_step="split it")
        if pdf.get_formtype() != pdfium.FORMTYPE_NONE:
            pdf.init_forms()
        pages = list(_pages(pdf, limits))
        metadata = pdf.get_metadata_dict(skip_empty=True)
    finally:
        pdf.close()
    if not any(page.holds_text for page in pages) and any(page.is_unread for page in pages):
        is_gibberish = any(page.is_gibberish for page in pages)
        what = "text in a font whose letters are unknown" if is_gibberish else "no text, only pictures of it"
        raise DocumentUnreadable(f"holds {what}", next_step=INSTALL_OCR)
    builder = TextBuilder(limits)
    repeated = count_repeated([page.edges for page in pages])
    last: Piece | None = None
    for number, (page, counts) in enumerate(zip(pages, repeated, strict=True), start=1):
        if page.is_gibberish and page.is_unread:
            builder.leave_out("gibberish-page", page=number)
        elif page.picture:
            add_picture_page(builder, page.picture, number)
        pieces = go_on(last, page.pieces(*counts))
        for piece in pieces:
            _add_piece(builder, piece, number)
        for text in page.aside:
            builder.add("paragraph", text, number)
        _add_marks(builder, page.marks, number)
        last = pieces[-1] if pieces else None
    return builder.build_untitled(_facts(metadata))


class _Page:
    """What a page shows.

    Attributes:
        edges: The first and last lines.
        is_gibberish: Its text has a font whose letters are unknown.
        picture: What it shows if no text is printed on it, or gibberish.
        aside: Lines that run in another direction than most, and those written onto the page.
    """

    def __init__(self, words: PageWords, rules: Rules, marks: Marks) -> None:
        self._rows = rows = find_rows(words.segments)
        self._rules = rules
        self.marks = marks
        self.aside = (*words.aside, *marks.texts)
        edges = rows if len(rows) <= 2 * _EDGE_LINES else [*rows[:_EDGE_LINES], *rows[-_EDGE_LINES:]]
        self.edges = [row_text(row) for row in edges]
        printed = (*(segment.text for segment in words.segments), *words.aside)
        self.is_printed = any(character.isalnum() for text in printed for character in text)
        added = (*marks.texts, *(value for _, value in marks.fields))
        self.holds_text = self.is_printed or any(character.isalnum() for text in added for character in text)
        self.is_gibberish = words.is_gibberish
        self.picture: PicturePage | None = None

    @property
    def is_unread(self) -> bool:
        return self.picture is not None and self.picture.lines is None

    def pieces(self, n_first: int, n_last: int) -> list[Piece]:
        """Return the text and tables of the page without its first and last lines."""
        rows, rules = without_contents(self._rows[n_first : len(self._rows) - n_last]), self._rules
        n_left = sum(runs_left(segment.text) for row in rows for segment in row)
        if 2 * n_left > sum(map(len, rows)):
            rows, rules = mirrored(rows), mirror_rules(rules)
        return arrange(rows, find_frames(rules), rules.across)


def _add_marks(builder: TextBuilder, marks: Marks, number: int) -> None:
    builder.end_group()
    for label, value in marks.fields:
        builder.add("row", f"{label}: {value}" if label else value, number)
    builder.end_group()
    if marks.fields:
        builder.count("field", len(marks.fields))
    if marks.n_comments:
        builder.leave_out("comment", marks.n_comments, number)


def _add_piece(builder: TextBuilder, piece: Piece, number: int) -> None:
    if piece.grid is not None:
        builder.add_grid(piece.grid, number)
        return
    texts = (line.text for line in piece.lines) if piece.is_loose else join_lines(piece.lines)
    for text in texts:
        builder.add("item" if is_list_item(text) else "paragraph", without_spaces(text), number)


def _facts(metadata: dict[str, str]) -> Facts:
    title = metadata.get("Title", "").strip()
    return Facts(
        title=title if title.lower() not in _NAMES_OF_NOTHING else None,
        date=find_day(metadata.get("CreationDate")) or find_day(metadata.get("ModDate")),
        tags=find_tags(metadata.get("Keywords")),
        author=find_author(metadata.get("Author")),
    )


def _open(content: bytes) -> "pypdfium2.PdfDocument":
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentUnreadable("is encrypted", next_step="save it without a password") from error
        raise DocumentUnreadable(f"is damaged ({_reason(error)})", next_step="open and save it again") from error


def _reason(error: Exception) -> str:
    return str(error).removeprefix("Failed to load document (PDFium: ").rstrip(").")


def _pages(pdf: "pypdfium2.PdfDocument", limits: Limits) -> Iterator[_Page]:
    n_characters = 0
    ocr = Ocr(limits)
    for i in range(len(pdf)):
        try:
            page = pdf[i]
        except pypdfium2.PdfiumError as error:
            raise DocumentUnreadable(
                f"is damaged (page {i + 1}: {_reason(error)})", next_step="open and save it again"
            ) from error
        drop_hidden(page)
        words = read_words(page, limits.max_characters)
        rules = find_rules(page, words.turn)
        marks = read_marks(page, words.turn, words.segments)
        shown = _Page(words, rules, marks)
        if not shown.is_printed:
            shown.picture = read_as_picture(page, ocr) if shown.is_gibberish else read_picture_page(page, ocr)
        page.close()
        n_characters += words.n_characters
        if n_characters > limits.max_characters:
            raise DocumentUnreadable(f"holds more than {limits.max_characters:,} characters", next_step="split it")
        yield shown
