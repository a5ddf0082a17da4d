"""Read PDF files: the text of each page as paragraphs, without repeated headers and footers.

PDFium is not thread-safe: only one thread may read PDF files at a time.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.hidden.pdf import drop_hidden
from rag.documents.formats.plain import ends_sentence, is_list_item
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.facts import find_author, find_day, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

# PDFium writes one of these instead of a line end within a word.
_HYPHEN = re.compile("[\ufffe\x02]\\s*(?=(.?))", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAMES_OF_NOTHING = {"(anonymous)", "(unspecified)", "untitled", "unknown"}
# The writer, not the margin, ended a line that is below this share of the page's usual width.
_SHORT_LINE_SHARE = 0.7
_MIN_PAGES_TO_REPEAT = 3
_MAX_REPEATED_LINES = 3
# Numbers of a header line that may count the pages: "Page 3 of 12, printed 2026-02-01" has five.
_MAX_NUMBERS = 5


def read_pdf(content: bytes, limits: Limits) -> Parsed:
    """Return the text that the pages show; no block crosses pages.

    Raises:
        DocumentUnreadable: It is encrypted, damaged, too long, or holds no text.
    """
    pdf = _open(content)
    try:
        if len(pdf) > limits.max_pages:
            raise DocumentUnreadable(f"holds more than {limits.max_pages:,} pages", next_step="split it")
        pages = list(_pages(pdf, limits))
        metadata = pdf.get_metadata_dict(skip_empty=True)
    finally:
        pdf.close()
    if not any(character.isalnum() for lines in pages for line in lines for character in line):
        raise DocumentUnreadable("holds no text, only pictures of it", next_step="run OCR on it first")
    builder = TextBuilder(limits)
    for number, lines in enumerate(_without_repeated(pages), start=1):
        for paragraph in _paragraphs(lines):
            builder.add("item" if is_list_item(paragraph) else "paragraph", paragraph, number)
    return builder.build(_facts(metadata))


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


def _pages(pdf: "pypdfium2.PdfDocument", limits: Limits) -> Iterator[list[str]]:
    n_characters = 0
    for i in range(len(pdf)):
        try:
            page = pdf[i]
        except pypdfium2.PdfiumError as error:
            raise DocumentUnreadable(
                f"is damaged (page {i + 1}: {_reason(error)})", next_step="open and save it again"
            ) from error
        drop_hidden(page)
        text_page = page.get_textpage()
        # Files hold soft hyphens for hyphens that are seen.
        text = _HYPHEN.sub(_join_hyphen, text_page.get_text_range()).replace("\u00ad", "-")
        text_page.close()
        page.close()
        n_characters += len(text)
        if n_characters > limits.max_characters:
            raise DocumentUnreadable(f"holds more than {limits.max_characters:,} characters", next_step="split it")
        yield [line.strip() for line in text.splitlines()]


def _join_hyphen(found: re.Match[str]) -> str:
    return "" if found.group(1).islower() else "-"


def _without_repeated(pages: Sequence[list[str]]) -> list[list[str]]:
    """Remove first and last lines that more than half of the pages share, apart from numbers."""
    kept = [_trimmed(lines) for lines in pages]
    if len(kept) < _MIN_PAGES_TO_REPEAT:
        return kept
    for edge in (0, -1):
        for _ in range(_MAX_REPEATED_LINES):
            repeated = _repeated([lines[edge] if lines else "" for lines in kept])
            if not repeated:
                break
            for place in repeated:
                kept[place].pop(edge)
            kept = [_trimmed(lines) for lines in kept]
    # If nothing is left, the pages are forms that differ only in a word or number.
    return kept if any(kept) else [_trimmed(lines) for lines in pages]


def _repeated(lines: Sequence[str]) -> list[int]:
    """Return the pages whose line is the same on more than half of them.

    Numbers must be equal as well, or grow with the page: "Meter 1 reads 4512" and
    "Meter 2 reads 881" are no headers.
    """
    shapes: dict[tuple[str, ...], list[int]] = {}
    for page, line in enumerate(lines):
        words, numbers = _NUMBER.split(line), [int(found) for found in _NUMBER.findall(line)]
        for is_counted in product((False, True), repeat=min(len(numbers), _MAX_NUMBERS)):
            counted = [*is_counted, *[False] * (len(numbers) - len(is_counted))]
            shape = (
                f"+{number - page}" if grows else str(number) for number, grows in zip(numbers, counted, strict=True)
            )
            shapes.setdefault((*words, *shape), []).append(page)
    shapes.pop(("",), None)
    pages = max(shapes.values(), key=len, default=[])
    return pages if 2 * len(pages) > len(lines) else []


def _trimmed(lines: list[str]) -> list[str]:
    filled = [i for i, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Join the lines that were broken only at the margin."""
    widths = sorted(len(line) for line in lines if line)
    # Even with headings, lists and short last lines most lines are full, so the third quartile is a
    # full one.
    usual_width = widths[3 * len(widths) // 4] if widths else 0
    paragraph = ""
    for line, following in pairwise([*lines, ""]):
        paragraph = _join(paragraph, line)
        if _ends_paragraph(line, following, usual_width) and paragraph:
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _join(paragraph: str, line: str) -> str:
    if paragraph.endswith("-") and paragraph[-2:-1].isalpha() and line[:1].islower():
        return paragraph[:-1] + line
    return f"{paragraph} {line}".strip()


def _ends_paragraph(line: str, following: str, usual_width: int) -> bool:
    is_short = len(line) < _SHORT_LINE_SHARE * usual_width
    starts_anew = following[:1].isupper() or following[:1].isdigit()
    return not following or is_list_item(following) or (is_short and (ends_sentence(line) or starts_anew))
