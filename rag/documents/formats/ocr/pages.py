"""Read the pages of a PDF that hold no text but show a picture of it."""

from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.ocr.engine import MAX_SIDE, Ocr, PictureLine
from rag.documents.formats.ocr.layout import add_lines
from rag.documents.formats.shared.building import TextBuilder

# Letters may be drawn as shapes; a few shapes are rules and frames.
_MIN_SHAPES = 30
# Of the page; a smaller picture is an ornament.
_MIN_PICTURE_SHARE = 0.01
_MAX_DEPTH = 4


class PicturePage(NamedTuple):
    """A page without text that shows a picture.

    Attributes:
        lines: The words in it; None if they were not read.
    """

    lines: list[PictureLine] | None


def read_picture_page(page: "pypdfium2.PdfPage", ocr: Ocr) -> PicturePage | None:
    """Return what a page without text shows; None if it is blank."""
    return read_as_picture(page, ocr) if _shows_picture(page) else None


def read_as_picture(page: "pypdfium2.PdfPage", ocr: Ocr) -> PicturePage:
    """Return what a page shows, whatever it holds."""
    if ocr.is_over:
        return PicturePage(None)
    width, height = page.get_size()
    scale = MAX_SIDE / max(width, height, 1.0)
    bitmap = page.render(scale=scale, may_draw_forms=False, draw_annots=False)
    try:
        return PicturePage(ocr.read(bitmap.to_pil()))
    finally:
        bitmap.close()


def add_picture_page(builder: TextBuilder, picture: PicturePage, number: int) -> None:
    """Add the words of a page, or report that they were not read."""
    if picture.lines is None:
        builder.leave_out("picture-page", page=number)
    elif picture.lines:
        builder.mark_picture(number)
        add_lines(builder, picture.lines, number)


def _shows_picture(page: "pypdfium2.PdfPage") -> bool:
    left, bottom, right, top = page.get_bbox()
    paper = (right - left) * (top - bottom)
    n_shapes = 0
    for item in page.get_objects(max_depth=_MAX_DEPTH):
        n_shapes += item.type in {pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING}
        if n_shapes >= _MIN_SHAPES:
            return True
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            # In a form, the size is that of the form.
            left, bottom, right, top = item.get_bounds()
            if item.container is not None or (right - left) * (top - bottom) >= _MIN_PICTURE_SHARE * paper:
                return True
    return False
