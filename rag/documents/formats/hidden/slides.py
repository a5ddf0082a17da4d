"""Say which shapes and words of a slide a reader cannot see.

Hidden slides are read: they stand in the list of slides, and speakers keep them for questions.
"""

from collections.abc import Iterator
from typing import Any

from pptx.shapes.base import BaseShape
from pptx.text.text import TextFrame

from rag.documents.formats.markup.parse import Element, find_all, local_name, text_of
from rag.documents.formats.shared.colors import Color, is_same_color, read_color

# Hundredths of a point.
_MIN_SIZE = 200
_MIN_ALPHA = 5_000


def is_hidden(shape: BaseShape, width: int, height: int) -> bool:
    """Return whether a shape is hidden, or stands beside a slide of this size."""
    if is_marked_hidden(shape):
        return True
    place = (shape.left, shape.top, shape.width, shape.height)
    if any(value is None for value in place):
        return False
    left, top, across, down = (int(value) for value in place)
    return left + across <= 0 or top + down <= 0 or left >= width or top >= height


def is_marked_hidden(shape: BaseShape) -> bool:
    """Return whether a shape is switched off in the list of shapes."""
    element: Any = shape._element  # noqa: SLF001 -- python-pptx tells it nowhere else
    properties = next(find_all(element, "cnvpr"), None)
    return properties is not None and (properties.get("hidden") or "0") not in {"0", "false"}


def paragraphs_of(frame: TextFrame, ground: Color | None = None) -> Iterator[str]:
    """Yield the text of each paragraph without what is tiny, transparent or as its ground.

    Args:
        ground: The colour of the shape; None if it is unknown.
    """
    for paragraph in frame.paragraphs:
        element: Any = paragraph._p  # noqa: SLF001 -- it lacks fields in the text of runs
        yield "".join(_texts(element, ground))


def paragraphs_in(root: Element) -> Iterator[str]:
    """Yield the text of each paragraph in a part of a slide, without tiny and transparent words."""
    for paragraph in find_all(root, "p"):
        yield "".join(_texts(paragraph, None))


def ground_of(shape: BaseShape) -> Color | None:
    """Return the colour that a shape is filled with; None if it is not filled with one."""
    element: Any = shape._element  # noqa: SLF001 -- the fill of python-pptx changes the file
    properties = next((part for part in element if local_name(part) == "sppr"), None)
    return _fill(properties)[0] if properties is not None else None


def _texts(paragraph: Element, ground: Color | None) -> Iterator[str]:
    for part in paragraph:
        name = local_name(part)
        if name == "br":
            yield " "
        elif name in {"r", "fld", "m"} and not _is_unseen(part, ground):
            yield "".join(text_of(text) for text in find_all(part, "t"))
        elif name == "alternatecontent":
            # A formula, and its picture for programs that know no formulas.
            yield from (text_of(text) for one in part if local_name(one) == "choice" for text in find_all(one, "t"))


def _is_unseen(run: Element, ground: Color | None) -> bool:
    look = next((part for part in run if local_name(part) == "rpr"), None)
    if look is None:
        return False
    size = look.get("sz") or ""
    color, alpha = _fill(look)
    is_as_its_ground = color is not None and ground is not None and is_same_color(color, ground)
    return (size.isdigit() and int(size) < _MIN_SIZE) or alpha < _MIN_ALPHA or is_as_its_ground


def _fill(properties: Element) -> tuple[Color | None, int]:
    """Return colour and opacity, in thousandths of a percent; no colour if it is of the theme."""
    fill = next((part for part in properties if local_name(part) == "solidfill"), None)
    if fill is None:
        return None, 100_000
    color = next((read_color(one.get("val") or "") for one in find_all(fill, "srgbclr")), None)
    alpha = next((one.get("val") or "" for one in find_all(fill, "alpha")), "")
    return color, int(alpha) if alpha.isdigit() else 100_000
