"""Find the media type of a file from its content first and its name second."""

import re
import zipfile
from pathlib import PurePosixPath

from rag.documents.formats.shared.archives import open_archive, read_member
from rag.documents.formats.shared.encodings import find_unicode
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable

TEXT, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
CSV, TSV, MAIL = "text/csv", "text/tab-separated-values", "message/rfc822"
PDF, EPUB = "application/pdf", "application/epub+zip"
_OFFICE = "application/vnd.openxmlformats-officedocument."
PNG, JPEG, TIFF, WEBP = "image/png", "image/jpeg", "image/tiff", "image/webp"
WORD = f"{_OFFICE}wordprocessingml.document"
SLIDES = f"{_OFFICE}presentationml.presentation"
WORKBOOK = f"{_OFFICE}spreadsheetml.sheet"
OLD_WORD, OLD_SLIDES, RTF = "application/msword", "application/vnd.ms-powerpoint", "application/rtf"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"
OPEN_SLIDES = "application/vnd.oasis.opendocument.presentation"
OPEN_SHEETS = "application/vnd.oasis.opendocument.spreadsheet"

MEDIA_TYPE_BY_SUFFIX = {
    **dict.fromkeys((".txt", ".text"), TEXT),
    **dict.fromkeys((".md", ".markdown"), MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    ".csv": CSV,
    ".tsv": TSV,
    ".eml": MAIL,
    ".pdf": PDF,
    ".png": PNG,
    **dict.fromkeys((".jpg", ".jpeg"), JPEG),
    **dict.fromkeys((".tif", ".tiff"), TIFF),
    ".webp": WEBP,
    ".epub": EPUB,
    **dict.fromkeys((".docx", ".docm"), WORD),
    **dict.fromkeys((".pptx", ".pptm"), SLIDES),
    ".xlsx": WORKBOOK,
    ".doc": OLD_WORD,
    ".rtf": RTF,
    ".ppt": OLD_SLIDES,
    ".odt": OPEN_TEXT,
    ".odp": OPEN_SLIDES,
    ".ods": OPEN_SHEETS,
}

PICTURES = frozenset({PNG, JPEG, TIFF, WEBP})
_PICTURE = re.compile(rb"(\x89PNG\r\n\x1a\n)|(\xff\xd8\xff)|(II\*\0|MM\0\*)|(RIFF.{4}WEBP)", re.DOTALL)
_HEAD_BYTES = 4_096
_PDF_HEAD_BYTES = 1_024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_OLD_STREAMS = {
    OLD_WORD: "WordDocument".encode("utf-16-le"),
    OLD_SLIDES: "PowerPoint Document".encode("utf-16-le"),
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PAGE = re.compile(r"(?>\s+|<!--.*?-->|<\?xml.*?\?>)*+(?:<!doctype\s+html\b|<html[\s>])", re.IGNORECASE | re.DOTALL)
_HEADER_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]|[ \t]+\S")
# A note may begin with From, To and Subject, but only programs write these.
_MACHINE_HEADERS = {"message-id", "received", "mime-version", "return-path", "delivered-to", "dkim-signature"}


def find_media_type(content: bytes, name: str, limits: Limits) -> str:
    """Return the media type, for which a reader exists.

    Raises:
        DocumentUnreadable: No reader exists for it, or its name says another kind.
    """
    suffix = PurePosixPath(name).suffix.lower()
    named = MEDIA_TYPE_BY_SUFFIX.get(suffix, TEXT)
    binary = _find_binary(content, named, limits)
    if binary is not None:
        return binary
    unicode = find_unicode(content)
    if named in {HTML, MAIL} and unicode is None and b"\0" in content[:_HEAD_BYTES]:
        raise DocumentUnreadable(
            "holds control characters, as pictures and programs do, so it is no text", next_step="save it as UTF-8"
        )
    head = content[:_HEAD_BYTES].decode(unicode or "utf-8-sig", "replace")
    if _PAGE.match(head):
        return HTML
    if named == MAIL or _is_mail(head):
        return MAIL
    if named in {*PICTURES, PDF, EPUB, WORD, SLIDES, WORKBOOK, OLD_WORD, OLD_SLIDES, RTF, OPEN_TEXT, OPEN_SLIDES}:
        raise DocumentUnreadable(
            f"is no {suffix} file though its name says so", next_step="save it again, or rename it if it is text"
        )
    return named


def _find_binary(content: bytes, named: str, limits: Limits) -> str | None:
    """Return the media type of what is no plain text; None if it may be one."""
    if content.startswith(_OLD_OFFICE):
        return _in_old_office(content, named)
    if content.startswith(_ZIP):
        with open_archive(content, limits) as archive:
            return _in_archive(archive)
    if drawn := _find_drawn(content, named):
        return drawn
    return RTF if content.startswith(rb"{\rtf") else None


def _in_old_office(content: bytes, named: str) -> str:
    """Return the media type of a file of before 2007, by the names of the streams in it.

    A file may hold others: its name decides then, or what comes first.
    """
    if _ENCRYPTED_PACKAGE in content:
        raise DocumentUnreadable("is encrypted", next_step="save it without a password")
    places = {kind: content.find(stream) for kind, stream in _OLD_STREAMS.items()}
    found = sorted(
        (kind for kind, place in places.items() if place >= 0), key=lambda kind: (kind != named, places[kind])
    )
    if not found:
        raise DocumentUnreadable("is in the Office format of before 2007", next_step="save it as .docx, .pptx or .xlsx")
    return found[0]


def _find_drawn(content: bytes, named: str) -> str | None:
    """Return the media type of a PDF or a picture; None for any other file."""
    if content.lstrip()[:5] == b"%PDF-" or (named == PDF and b"%PDF-" in content[:_PDF_HEAD_BYTES]):
        return PDF
    picture = _PICTURE.match(content)
    return (PNG, JPEG, TIFF, WEBP)[(picture.lastindex or 1) - 1] if picture else None


def _in_archive(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        return EPUB
    if "[Content_Types].xml" in names:
        for folder, media_type in (("word/", WORD), ("ppt/", SLIDES), ("xl/", WORKBOOK)):
            if any(name.startswith(folder) for name in names):
                return media_type
    if "content.xml" in names:
        return _in_open_document(archive)
    raise DocumentUnreadable("is a zip archive and no document", next_step="unpack it")


def _in_open_document(archive: zipfile.ZipFile) -> str:
    """Return the media type that an OpenDocument file names; it may be that of a template."""
    named = (read_member(archive, "mimetype") or b"").decode("ascii", "replace").strip()
    named = re.sub(r"-(template|web|master)$", "", named)
    if named not in {OPEN_TEXT, OPEN_SLIDES, OPEN_SHEETS}:
        raise DocumentUnreadable("is an OpenDocument file of another kind", next_step="save it as .odt, .odp or .ods")
    return named


def _is_mail(head: str) -> bool:
    """Say whether the text begins with header lines, one of which only programs write."""
    names = set()
    for line in head.splitlines():
        found = _HEADER_LINE.match(line)
        if not line.strip() or not found:
            break
        names.add((found.group(1) or "").lower())
    return bool(names & _MACHINE_HEADERS) and bool(names & {"from", "subject", "date"})
