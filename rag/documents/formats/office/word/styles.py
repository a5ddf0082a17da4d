"""Say what the styles of a Word document make of a paragraph: a heading, an item, a number."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element, local_name

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"toc (\d|heading)|contents (\d|heading)")
_N_OUTLINE_LEVELS = 9
_MAX_STYLE_DEPTH = 20
_OFF = {"0", "false", "off"}


class Look(NamedTuple):
    """What a style, or a paragraph with its style, says.

    Attributes:
        heading: Level, 0 for the title of the document; None for other paragraphs.
        outline: Level of an outline, from 1, which long paragraphs may have too.
        number, level: The list that numbers it; "0" is none, and no level leaves it to the style.
        is_contents: It is a line of the table of contents.
    """

    heading: int | None = None
    outline: int | None = None
    is_item: bool = False
    number: str | None = None
    level: int | None = None
    is_contents: bool = False


class Styles:
    """The paragraph styles of a document."""

    def __init__(self, root: Element | None) -> None:
        parts = list(root) if root is not None else []
        self._styles = {part.get(f"{WORD}styleId") or "": part for part in parts if local_name(part) == "style"}
        self._looks: dict[str, Look] = {}

    def look_of(self, style: str) -> Look:
        """Return what a style says; nothing if it is unknown."""
        if style not in self._looks:
            self._looks[style] = self._read(style)
        return self._looks[style]

    def list_by_style(self) -> dict[str, str]:
        """Return the list that each numbering style stands for."""
        return {name: look.number for name in self._styles if (look := self.look_of(name)).number}

    def is_bold(self, style: str) -> bool:
        """Return whether a paragraph style is bold."""
        looks = (child_of(part, "rPr") for part in self._lineage(style))
        return next((is_on(look, "b") for look in looks if child_of(look, "b") is not None), False)

    def sets_first_row_apart(self, style: str) -> bool:
        """Return whether a table style gives the first row a look of its own."""
        parts = (one for part in self._lineage(style) for one in part if local_name(one) == "tblstylepr")
        return any(one.get(f"{WORD}type") == "firstRow" for one in parts)

    def _read(self, style: str) -> Look:
        look = Look()
        for part in self._lineage(style):
            look = _add(look, part)
        return look

    def _lineage(self, style: str) -> Iterator[Element]:
        """Yield a style and those that it is based on."""
        for _ in range(_MAX_STYLE_DEPTH):
            part = self._styles.get(style)
            if part is None:
                return
            yield part
            style = value_of(part, "basedOn") or ""


def _add(look: Look, style: Element) -> Look:
    """Add what a style says that those based on it leave open."""
    name = (value_of(style, "name") or "").lower()
    found = _HEADING.fullmatch(name)
    heading = int(found.group(1)) if found else 0 if name == "title" else None
    properties = child_of(style, "pPr")
    number, level = number_of(properties)
    return Look(
        heading=look.heading if look.heading is not None else heading,
        outline=look.outline if look.outline is not None else outline_of(properties),
        is_item=look.is_item or name.startswith("list "),
        number=look.number if look.number is not None else number,
        level=look.level if look.level is not None else level,
        is_contents=look.is_contents or bool(_CONTENTS.fullmatch(name)),
    )


def outline_of(properties: Element | None) -> int | None:
    """Return the level of an outline from 1; 10 for text; None if it is not said."""
    value = value_of(properties, "outlineLvl")
    return int(value) + 1 if value and value.isascii() and value.isdigit() and len(value) < 3 else None


def number_of(properties: Element | None) -> tuple[str | None, int | None]:
    """Return the list and level that the properties of a paragraph name."""
    numbers = child_of(properties, "numPr")
    level = value_of(numbers, "ilvl") or ""
    return value_of(numbers, "numId"), int(level) if level.isascii() and level.isdigit() and len(level) < 3 else None


def child_of(element: Element | None, name: str) -> Element | None:
    """Return the first child of a name of Word."""
    tag = f"{WORD}{name}"
    return next((one for one in element if one.tag == tag), None) if element is not None else None


def value_of(element: Element | None, name: str) -> str | None:
    """Return the value of a child; empty if the child has none, None if there is no child."""
    child = child_of(element, name)
    return None if child is None else child.get(f"{WORD}val") or ""


def is_on(element: Element | None, name: str) -> bool:
    """Say whether a property is there and not switched off."""
    value = value_of(element, name)
    return value is not None and value not in _OFF
