"""Take out of a page of a PDF what a reader cannot see.

Text that is not drawn, as the text behind a scan, stays where a picture covers most of the page: it
is what the picture shows. White text stays where something dark or a picture may lie behind it.
"""

import ctypes
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.shared.pdfium import NUMBER, POINTER, address_of, quick

# Points. Nobody reads smaller letters.
_MIN_POINTS = 1.5
# Letters that are so high are of a larger font.
_SURE_POINTS = 2.5
# Points by which a long line may stand over the edge of the page.
_OVERRUN = 36.0
_MIN_ALPHA = 13
# Lightest of 255 that is taken for the white of the paper.
_MIN_WHITE = 240
# Of a page, so that it counts as a scan.
_SCAN_SHARE = 0.5
_NOT_DRAWN = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
_FILLED = {pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP}
_MAX_DEPTH = 4


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "_Box") -> bool:
        is_beside = self.right <= other.left or other.right <= self.left
        return not (is_beside or self.top <= other.bottom or other.top <= self.bottom)

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)


def drop_hidden(page: "pypdfium2.PdfPage") -> int:
    """Remove the hidden texts of a page, which is not saved; return how many."""
    if _is_all_seen(page):
        return 0
    hidden = list(_hidden(page))
    for text in hidden:
        page.remove_obj(text)
    return len(hidden)


def _is_all_seen(page: "pypdfium2.PdfPage") -> bool:
    """Say whether all texts of a page are dark, large and on it, as almost everywhere.

    On a page with forms in it this is not certain.
    """
    left, bottom, right, top = page.get_bbox()
    around = _Box(left - _OVERRUN, bottom - _OVERRUN, right + _OVERRUN, top + _OVERRUN)
    color, sides = (ctypes.c_uint * 4)(), (ctypes.c_float * 4)()
    red, left_side = ctypes.addressof(color), ctypes.addressof(sides)
    colors, places = (red, red + 4, red + 8, red + 12), (left_side, left_side + 4, left_side + 8, left_side + 12)
    get_object = quick(pdfium.FPDFPage_GetObject, POINTER, NUMBER, returns=POINTER)
    get_kind = quick(pdfium.FPDFPageObj_GetType, POINTER)
    get_mode = quick(pdfium.FPDFTextObj_GetTextRenderMode, POINTER)
    get_color = quick(pdfium.FPDFPageObj_GetFillColor, *[POINTER] * 5)
    get_bounds = quick(pdfium.FPDFPageObj_GetBounds, *[POINTER] * 5)
    address = address_of(page.raw)
    for i in range(pdfium.FPDFPage_CountObjects(page.raw)):
        raw = get_object(address, i)
        kind = get_kind(raw)
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            return False
        if kind != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        if get_mode(raw) != pdfium.FPDF_TEXTRENDERMODE_FILL:
            return False
        if get_color(raw, *colors) and (color[3] < _MIN_ALPHA or min(color[:3]) >= _MIN_WHITE):
            return False
        get_bounds(raw, *places)
        box = _Box(*sides)
        if not box.overlaps(around) or (box.top - box.bottom < _SURE_POINTS and not _is_large(raw)):
            return False
    return True


def _is_large(raw: int) -> bool:
    size, matrix, text = ctypes.c_float(), pdfium.FS_MATRIX(), ctypes.cast(raw, pdfium.FPDF_PAGEOBJECT)
    pdfium.FPDFTextObj_GetFontSize(text, size)
    pdfium.FPDFPageObj_GetMatrix(text, matrix)
    return bool(size.value * abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5 >= _MIN_POINTS)


class _Text(NamedTuple):
    """A text of a page and how it is painted: red, green, blue and opacity."""

    item: "pypdfium2.PdfObject"
    mode: int
    color: tuple[int, int, int, int]

    @property
    def is_drawn(self) -> bool:
        is_clear = self.mode in _FILLED and self.color[3] < _MIN_ALPHA
        return self.mode not in _NOT_DRAWN and not is_clear

    @property
    def is_white(self) -> bool:
        return self.mode in _FILLED and min(self.color[:3]) >= _MIN_WHITE


def _hidden(page: "pypdfium2.PdfPage") -> Iterator["pypdfium2.PdfObject"]:
    left, bottom, right, top = page.get_bbox()
    paper = _Box(left, bottom, right, top)
    around = _Box(left - _OVERRUN, bottom - _OVERRUN, right + _OVERRUN, top + _OVERRUN)
    items = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_MAX_DEPTH)
    texts = [_Text(one, pdfium.FPDFTextObj_GetTextRenderMode(one.raw), _color(one)) for one in items]
    is_scan = not all(text.is_drawn for text in texts) and _is_scan(page, paper)
    grounds = list(_grounds(page)) if any(text.is_white for text in texts) else []
    for text in texts:
        if not text.is_drawn:
            is_hidden = not is_scan
        else:
            is_hidden = _points(text.item) < _MIN_POINTS or not _bounds(text.item).overlaps(around)
            is_hidden |= text.is_white and not any(_bounds(text.item).overlaps(ground) for ground in grounds)
        if is_hidden:
            yield text.item


def _points(text: "pypdfium2.PdfObject") -> float:
    """Return the height of the letters on the page."""
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(text.raw, size)
    points = float(size.value)
    for one in (text, *_forms_around(text)):
        matrix = one.get_matrix()
        points *= abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
    return points


def _bounds(item: "pypdfium2.PdfObject") -> _Box:
    """Return where an object stands on the page."""
    box = item.get_bounds()
    for form in _forms_around(item):
        box = form.get_matrix().on_rect(*box)
    return _Box(*box)


def _forms_around(item: "pypdfium2.PdfObject") -> Iterator["pypdfium2.PdfObject"]:
    """Yield the forms that hold an object, innermost first; each has coordinates of its own."""
    form = item.container
    while form is not None:
        yield form
        form = form.container


def _color(item: "pypdfium2.PdfObject") -> tuple[int, int, int, int]:
    """Return red, green, blue and opacity of what fills an object; black if it is unknown."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(item.raw, *parts):
        return 0, 0, 0, 255
    red, green, blue, alpha = (part.value for part in parts)
    return red, green, blue, alpha


def _is_scan(page: "pypdfium2.PdfPage", paper: _Box) -> bool:
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_MAX_DEPTH)
    return any(_bounds(one).area >= _SCAN_SHARE * paper.area for one in pictures)


def _grounds(page: "pypdfium2.PdfPage") -> Iterator[_Box]:
    """Yield where pictures, shades and surfaces that are not white may lie behind text."""
    for one in page.get_objects(max_depth=_MAX_DEPTH):
        if one.type in {pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM}:
            continue
        if one.type != pdfium.FPDF_PAGEOBJ_PATH or min(_color(one)[:3]) < _MIN_WHITE:
            yield _bounds(one)
