"""Say what the styles of an OpenDocument file do to text: hide it, colour it, number it."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element, find_all, local_name
from rag.documents.formats.shared.colors import Color, is_same_color, read_color

STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_LIBREOFFICE = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_POINTS = re.compile(r"(\d+(?:\.\d+)?)pt")
_HEADING = re.compile(r"Heading_20_([1-9])")
_WHITE: Color = (255, 255, 255)
_MIN_POINTS = 2.0
_MAX_STYLE_DEPTH = 20
N_LEVELS = 10
_MAX_COUNT = 1_000_000


class ListLevel(NamedTuple):
    """A level of a list.

    Attributes:
        form: As "1" or "a"; empty for bullets.
        pattern: The number with "%1%" for the count of a level; None builds it from the rest.
    """

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    n_shown: int = 1
    start: int = 1
    pattern: str | None = None


class OpenStyles:
    """The styles of a file, its own and those that it made on the way."""

    def __init__(self, *roots: Element) -> None:
        """Read the styles of content.xml and styles.xml; the first wins."""
        self._styles: dict[tuple[str, str], Element] = {}
        self._lists: dict[str, dict[int, ListLevel]] = {}
        self._looks: dict[tuple[str, str], Mapping[str, str]] = {}
        for root in roots:
            for element in root.iter():
                name = local_name(element)
                if name == "style":
                    key = element.get(f"{STYLE}family") or "", element.get(f"{STYLE}name") or ""
                    self._styles.setdefault(key, element)
                elif name == "list-style":
                    self._lists.setdefault(element.get(f"{STYLE}name") or "", _levels(element))
                elif name == "outline-style":
                    self._lists.setdefault("", _levels(element))

    def look_of(self, family: str, name: str | None) -> Mapping[str, str]:
        """Return the properties of a style by their local names; nearer ones win."""
        key = family, name or ""
        if key not in self._looks:
            look: dict[str, str] = {}
            for style in reversed(list(self._lineage(*key))):
                look |= _properties(style)
            self._looks[key] = look
        return self._looks[key]

    def levels_of(self, style: str) -> Mapping[int, ListLevel]:
        """Return the levels of a list style, from 1; of the outline if the name is empty."""
        return self._lists.get(style, {})

    def heading_of(self, name: str | None) -> int | None:
        """Return the level of a style that is, or is based on, a heading; 0 is the title."""
        for style in self._lineage("paragraph", name or ""):
            own = style.get(f"{STYLE}name") or ""
            if own == "Title":
                return 0
            if found := _HEADING.fullmatch(own):
                return int(found.group(1))
        return None

    def is_hidden(self, look: Mapping[str, str], ground: Color | None) -> bool:
        """Return whether such text is switched off, tiny, or in the colour of its ground."""
        if look.get("display") == "none":
            return True
        size = _POINTS.fullmatch(look.get("font-size", ""))
        if size and float(size.group(1)) < _MIN_POINTS:
            return True
        color = read_color(look.get("color", ""))
        own = read_color(look.get("background-color", ""))
        behind = own or ground
        return color is not None and behind is not None and is_same_color(color, behind)

    def ground_of_shape(self, family: str, name: str | None) -> Color | None:
        """Return the colour that a shape is filled with; None if it is unknown."""
        look = self.look_of(family, name)
        return read_color(look.get("fill-color", "")) if look.get("fill") == "solid" else None

    def ground_of_cell(self, name: str | None, outer: Color | None) -> Color | None:
        """Return the colour of a cell; that of the page or frame around it if it has none."""
        return read_color(self.look_of("table-cell", name).get("background-color", "")) or outer

    def _lineage(self, family: str, name: str) -> Iterator[Element]:
        for _ in range(_MAX_STYLE_DEPTH):
            style = self._styles.get((family, name))
            if style is None:
                return
            yield style
            name = style.get(f"{STYLE}parent-style-name") or ""


def whole_of(text: str | None, default: int) -> int:
    """Return a number that a file gives, at most a million."""
    return min(_MAX_COUNT, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _properties(style: Element) -> dict[str, str]:
    """Return what a style says of text, ground and lists."""
    look: dict[str, str] = {}
    for part in style:
        if local_name(part).endswith("-properties"):
            for prefix, names in (
                (_FO, ("color", "font-size", "background-color")),
                (TEXT, ("display",)),
                (DRAW, ("fill", "fill-color")),
            ):
                look |= {name: value for name in names if (value := part.get(f"{prefix}{name}")) is not None}
    for name in ("list-style-name", "default-outline-level"):
        if (value := style.get(f"{STYLE}{name}")) is not None:
            look[name] = value
    return look


def _levels(style: Element) -> dict[int, ListLevel]:
    levels = {}
    for element in style:
        place = whole_of(element.get(f"{TEXT}level"), 0)
        form = element.get(f"{STYLE}num-format") or ""
        if local_name(element) == "list-level-style-bullet":
            form = ""
        pattern = element.get(f"{_LIBREOFFICE}num-list-format")
        levels[place] = ListLevel(
            form,
            (element.get(f"{STYLE}num-prefix") or "")[:20],
            (element.get(f"{STYLE}num-suffix") or "")[:20],
            min(N_LEVELS, whole_of(element.get(f"{TEXT}display-levels"), 1)),
            whole_of(element.get(f"{TEXT}start-value"), 1),
            pattern[:60] if pattern else None,
        )
    return levels


def page_color(styles: Element) -> Color:
    """Return the colour of the first kind of page; white if it is not said."""
    for layout in find_all(styles, "page-layout-properties"):
        if color := read_color(layout.get(f"{_FO}background-color") or ""):
            return color
    return _WHITE
