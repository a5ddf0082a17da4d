"""Read OpenDocument texts and presentations (ODT, ODP; ODF 1.3, part 3)."""

import re
import zipfile

from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml, text_of
from rag.documents.formats.office.opendocument.objects import Objects
from rag.documents.formats.office.opendocument.styles import PRESENTATION, OpenStyles, page_color
from rag.documents.formats.office.opendocument.text import is_shape
from rag.documents.formats.office.opendocument.walker import OpenWalker
from rag.documents.formats.shared.archives import open_archive, read_member
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_open_facts
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt)")
_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72}
_REPEATED = {"date-time", "footer", "header", "page-number"}


def read_open_text(content: bytes, limits: Limits) -> Parsed:
    """Return the text of the body with notes, comments, text boxes and the values of charts.

    Headers, footers, indexes, and hidden and deleted text are left out.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    builder = TextBuilder(limits)
    body, styles = _read_parts(archive, "text")
    named = _part(archive, "styles.xml")
    OpenWalker(styles, Objects(archive), builder).add_blocks(body, page_color(named))
    n_filled = sum(local_name(one) in {"header", "footer"} and bool(text_of(one).strip()) for one in named.iter())
    if n_filled:
        builder.leave_out("header-footer", n_filled)
    return builder.build(read_open_facts(archive))


def read_open_slides(content: bytes, limits: Limits) -> Parsed:
    """Return the text that the slides show, in order, with tables, charts, notes and comments.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    builder = TextBuilder(limits)
    body, styles = _read_parts(archive, "presentation")
    pages = [one for one in body if local_name(one) == "page"]
    if len(pages) > limits.max_pages:
        raise DocumentUnreadable(f"holds more than {limits.max_pages:,} slides", next_step="split it")
    walker = OpenWalker(styles, Objects(archive), builder)
    size = _size_of_pages(_part(archive, "styles.xml"))
    for number, page in enumerate(pages, start=1):
        _add_page(page, walker, builder, number, size)
    return builder.build(read_open_facts(archive))


def _add_page(page: Element, walker: OpenWalker, builder: TextBuilder, number: int, size: tuple[float, float]) -> None:
    builder.leave_sections()
    builder.end_group()
    shapes = [one for one in page if is_shape(one) and not _is_beside(one, size)]
    title = next((one for one in shapes if one.get(f"{PRESENTATION}class") == "title"), None)
    if title is not None:
        builder.heading(1, walker.text_of_shape(title), number)
    for shape in shapes:
        role = shape.get(f"{PRESENTATION}class")
        if shape is not title and role not in _REPEATED:
            walker.add_shape(shape, number, is_listed=role == "outline")
    for part in page:
        if local_name(part) == "notes":
            for shape in part:
                if is_shape(shape) and shape.get(f"{PRESENTATION}class") == "notes":
                    walker.add_notes(shape, number)
    for part in page:
        if local_name(part) == "annotation":
            walker.add_comment(part, number)


def _is_beside(shape: Element, size: tuple[float, float]) -> bool:
    """Say whether a shape stands beside the slide."""
    left, top, across, down = (_centimetres(shape.get(f"{_SVG}{name}")) for name in ("x", "y", "width", "height"))
    if left is None or top is None:
        return False
    return left >= size[0] or top >= size[1] or left + (across or 0) < 0 or top + (down or 0) < 0


def _size_of_pages(styles: Element) -> tuple[float, float]:
    """Return the width and height of the largest kind of page in centimetres."""
    sizes = [
        tuple(_centimetres(one.get(f"{_FO}page-{name}")) or 0.0 for name in ("width", "height"))
        for one in find_all(styles, "page-layout-properties")
    ]
    known = [size for size in sizes if all(size)]
    return (max(size[0] for size in known), max(size[1] for size in known)) if known else (1e9, 1e9)


def _centimetres(length: str | None) -> float | None:
    found = _LENGTH.fullmatch(length or "")
    return float(found.group(1)) * _CENTIMETRES[found.group(2)] if found else None


def _read_parts(archive: zipfile.ZipFile, kind: str) -> tuple[Element, OpenStyles]:
    """Return the body of a kind and the styles.

    Raises:
        DocumentUnreadable: It is encrypted or has no such body.
    """
    manifest = read_member(archive, "META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise DocumentUnreadable("is encrypted", next_step="save it without a password")
    root = _part(archive, "content.xml")
    body = next((one for part in find_all(root, "body") for one in part if local_name(one) == kind), None)
    if body is None:
        raise DocumentUnreadable("is damaged (no OpenDocument text in it)", next_step="open and save it again")
    return body, OpenStyles(root, _part(archive, "styles.xml"))


def _part(archive: zipfile.ZipFile, name: str) -> Element:
    content = read_member(archive, name)
    return parse_xml(content) if content and content.strip() else parse_xml(b"<none/>")
