"""Read files of every format as text with structure.

The readers use neither disk nor network, but for a temporary folder in which LibreOffice converts
files of before 2007. Nothing in a file is run, fetched or expanded.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from rag.documents.formats import sniffing
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Parsed

__all__ = ["SUFFIXES", "Limits", "read_file"]

SUFFIXES = frozenset(sniffing.MEDIA_TYPE_BY_SUFFIX)
# Errors of the libraries on damaged files that they did not foresee.
_LIBRARY_ERRORS = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RuntimeError),
    *(EOFError, OSError, SyntaxError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error),
)


def read_file(content: bytes, name: str, limits: Limits) -> tuple[str, Parsed]:
    """Return the file's media type and what it holds.

    Args:
        name: Its suffix decides between kinds of text, which the content does not show.

    Raises:
        DocumentUnreadable: What is wrong and what to do, without the name of the file.
    """
    if not content.strip():
        raise DocumentUnreadable("holds no text", next_step="remove it")
    try:
        media_type = sniffing.find_media_type(content, name, limits)
        parsed = _find_reader(media_type)(content, limits)
    except DocumentUnreadable:
        raise
    except _LIBRARY_ERRORS as error:
        raise DocumentUnreadable(f"is damaged ({type(error).__name__})", next_step="open and save it again") from error
    if not any(character.isalnum() for character in parsed.text):
        raise DocumentUnreadable("holds no text", next_step="remove it")
    return media_type, parsed


# A reader is imported with the first file of its kind: all libraries together take a second.
def _find_reader(media_type: str) -> Callable[[bytes, Limits], Parsed]:
    match media_type:
        case sniffing.PDF:
            from rag.documents.formats.pdf import read_pdf as read
        case sniffing.WORKBOOK:
            from rag.documents.formats.sheets.workbook import read_workbook as read
        case sniffing.OPEN_SHEETS:
            from rag.documents.formats.sheets.opendocument import read_sheets as read
        case sniffing.PNG | sniffing.JPEG | sniffing.TIFF | sniffing.WEBP:
            from rag.documents.formats.ocr.pictures import read_picture as read
        case sniffing.EPUB:
            from rag.documents.formats.epub import read_epub as read
        case _:
            return _find_office_reader(media_type)
    return read


def _find_office_reader(media_type: str) -> Callable[[bytes, Limits], Parsed]:
    match media_type:
        case sniffing.WORD:
            from rag.documents.formats.office.word.reader import read_word as read
        case sniffing.SLIDES:
            from rag.documents.formats.office.slides.reader import read_slides as read
        case sniffing.RTF:
            from rag.documents.formats.office.rtf.reader import read_rtf as read
        case sniffing.OLD_WORD:
            from rag.documents.formats.office.converted import read_old_word as read
        case sniffing.OLD_SLIDES:
            from rag.documents.formats.office.converted import read_old_slides as read
        case sniffing.OPEN_TEXT:
            from rag.documents.formats.office.opendocument.reader import read_open_text as read
        case sniffing.OPEN_SLIDES:
            from rag.documents.formats.office.opendocument.reader import read_open_slides as read
        case _:
            return _find_text_reader(media_type)
    return read


def _find_text_reader(media_type: str) -> Callable[[bytes, Limits], Parsed]:
    match media_type:
        case sniffing.MARKDOWN:
            from rag.documents.formats.markdown import read_markdown as read
        case sniffing.HTML:
            from rag.documents.formats.html import read_html as read
        case sniffing.CSV:
            from rag.documents.formats.sheets.separated import read_csv as read
        case sniffing.TSV:
            from rag.documents.formats.sheets.separated import read_tsv as read
        case sniffing.MAIL:
            from rag.documents.formats.mail import read_mail

            return partial(read_mail, read_file=read_file)
        case _:
            from rag.documents.formats.plain import read_plain as read
    return read
