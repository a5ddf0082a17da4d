"""Read image files: the words that a picture shows; each image of a TIFF file is a page."""

import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps

from rag.documents.formats.ocr import INSTALL_OCR
from rag.documents.formats.ocr.engine import MAX_SIDE, Ocr
from rag.documents.formats.ocr.layout import add_lines
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
_MAX_PIXELS = 80_000_000


def read_picture(content: bytes, limits: Limits) -> Parsed:
    """Return the words of a picture.

    Raises:
        DocumentUnreadable: OCR is not installed, or the picture is damaged, too large or shows no
            words.
    """
    if limits.ocr_seconds <= 0:
        raise DocumentUnreadable("holds no text, only pictures of it", next_step=INSTALL_OCR)
    builder, ocr = TextBuilder(limits), Ocr(limits)
    with _open(content) as image:
        is_single = getattr(image, "n_frames", 1) == 1
        for number, frame in enumerate(_frames(image, limits), start=1):
            page = None if is_single else number
            lines = ocr.read(frame)
            if lines is None:
                builder.leave_out("picture-page", page=number)
            else:
                add_lines(builder, lines, page)
                if page is not None:
                    builder.mark_picture(page)
    parsed = builder.build()
    if not parsed.text:
        raise _no_words(parsed)
    return parsed


def _no_words(parsed: Parsed) -> DocumentUnreadable:
    if parsed.left_out:
        return DocumentUnreadable("is a picture whose words cannot be read", next_step="save its text as a document")
    return DocumentUnreadable("is a picture that shows no words", next_step="remove it")


def _open(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(content), formats=_FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large() from error


def _frames(image: Image.Image, limits: Limits) -> Iterator[Image.Image]:
    for number in range(limits.max_pages):
        try:
            image.seek(number)
        except EOFError:
            return
        if image.width * image.height > _MAX_PIXELS:
            raise _too_large()
        # A photograph is made smaller while it is decoded.
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        yield ImageOps.exif_transpose(image)
    raise DocumentUnreadable(f"holds more than {limits.max_pages:,} pages", next_step="split it")


def _too_large() -> DocumentUnreadable:
    return DocumentUnreadable(f"has more than {_MAX_PIXELS:,} pixels", next_step="save it smaller")
