"""Take out of a page what a reader cannot see: an LLM would read it, and no footnote could show it.

Hidden is what is not displayed, has no size, is transparent, stands outside of the screen, or has
the colour of its background. `aria-hidden` hides nothing from the eye. What fades in by a
transition or an animation is seen, and so is a page whose body as a whole waits for its scripts.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.formats.markup.parse import Element, remove, walk
from rag.documents.formats.markup.styles import (
    NO_ELEMENT,
    Compound,
    StyleSheet,
    compound_of,
    has_sheet_elsewhere,
    read_sheet,
)
from rag.documents.formats.shared.colors import Color, is_same_color, is_transparent, read_color

_NUMBER = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|ch|vw|vh|%|in|cm|mm)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 38.0, "mm": 3.8, "vw": 12.8, "vh": 7.2, "ex": 8.0, "ch": 8.0}
_ROOT_PIXELS = 16.0
# Nobody reads smaller letters.
_MIN_PIXELS = 2.0
_MIN_OPACITY = 0.05
_OUTSIDE_PIXELS = -500.0
_WHITE: Color = (255, 255, 255)
_COLLAPSED = re.compile(r"scale[xy3d]*\(\s*0*\.?0*\s*[,)]|translate[xy3d]*\(\s*-\d{3,}")
_CLIPPED = re.compile(r"rect\(\s*(?:[01](?:px)?[\s,]*){4}\)|inset\(\s*(?:50|100)%|circle\(\s*0")
_NAMES_OF_ALL = {"html", "body"}
_STYLED_BY_ATTRIBUTES = {"body", "font", "table", "tbody", "thead", "tr", "td", "th"}


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks inside an element.

    Attributes:
        pixels: Height of its letters.
        background: None if it is unknown, as that of a picture is.
    """

    is_visible: bool = True
    is_opaque: bool = True
    pixels: float = _ROOT_PIXELS
    color: Color | None = (0, 0, 0)
    background: Color | None = _WHITE

    @property
    def is_seen(self) -> bool:
        color, background = self.color, self.background
        return (
            self.is_visible
            and self.is_opaque
            and self.pixels >= _MIN_PIXELS
            and (color is None or background is None or not is_same_color(color, background))
        )


def drop_hidden(root: Element) -> int:
    """Remove from a parsed page the elements and texts that are hidden; return how many."""
    # A sheet in another file may give any background.
    look = _Look(background=None if has_sheet_elsewhere(root) else _WHITE)
    page = _Page(read_sheet(root), look)
    gone, blank = page.find_hidden(root)
    for element in gone:
        remove(element)
    for element in blank:
        _blank(element)
    return len(gone) + len(blank)


class _Page:
    """Walks through a page and keeps the look of the elements around."""

    def __init__(self, sheet: StyleSheet, look: _Look) -> None:
        self._sheet = sheet
        self._above: list[Compound] = []
        self._looks = [look]
        self._next = look
        self._compound = NO_ELEMENT

    def find_hidden(self, root: Element) -> tuple[list[Element], list[Element]]:
        """Return the elements that are hidden whole, and those of which only the own text is."""
        gone, blank = [], []
        self._is_shown(root)
        for event, element in walk(root, self._is_shown):
            if event == "start":
                self._above.append(self._compound)
                self._looks.append(self._next)
                if not self._next.is_seen and _has_own_text(element):
                    blank.append(element)
            elif event == "end":
                self._above.pop()
                self._looks.pop()
            else:
                gone.append(element)
        return gone, blank

    def _is_shown(self, element: Element) -> bool:
        """Return whether an element is displayed, and keep its look in case it is entered."""
        compound = self._compound = compound_of(element)
        name = compound.name
        declared = self._sheet.declared(compound, element.get("style"), self._above)
        if not declared and name not in _STYLED_BY_ATTRIBUTES and element.get("hidden") is None:
            self._next = self._looks[-1]
            return True
        if name in _NAMES_OF_ALL:
            declared = {key: value for key, value in declared.items() if key.startswith(("background", "color"))}
        elif _is_gone(element, declared):
            return False
        self._next = self._look(element, name, declared)
        return True

    def _look(self, element: Element, name: str, declared: dict[str, str]) -> _Look:
        look = self._looks[-1]
        background = declared.get("background-color") or declared.get("background") or element.get("bgcolor")
        if background is not None and (found := _background(background, look.background)) != look.background:
            look = replace(look, background=found)
        if element.get("background") or declared.get("background-image", "none") != "none":
            look = replace(look, background=None)
        color = declared.get("color") or (element.get("color") if name == "font" else None) or element.get("text")
        if color is not None and color not in {"inherit", "currentcolor"}:
            look = replace(look, color=read_color(color), is_opaque=not is_transparent(color))
        if "visibility" in declared:
            look = replace(look, is_visible=declared["visibility"] not in {"hidden", "collapse"})
        size = _length(declared.get("font-size", ""), look.pixels)
        return look if size is None else replace(look, pixels=size)


def _is_gone(element: Element, declared: dict[str, str]) -> bool:
    """Return whether an element is hidden with all that is in it."""
    hidden = element.get("hidden")
    if declared.get("display") == "none":
        return True
    if hidden is not None and hidden.lower() != "until-found" and "display" not in declared:
        return True
    is_moving = any(name.startswith(("transition", "animation")) for name in declared)
    opacity = _length(declared.get("opacity", "1"), 1.0)
    if opacity is not None and opacity < _MIN_OPACITY and not is_moving:
        return True
    return declared.get("content-visibility") == "hidden" or _is_outside(declared) or _is_cut_off(declared)


def _is_outside(declared: dict[str, str]) -> bool:
    sides = ["text-indent", "margin-left", "margin-top"]
    if declared.get("position") in {"absolute", "fixed", "relative"}:
        sides += ["left", "top", "right", "bottom"]
    lengths = (_length(declared[side], _ROOT_PIXELS) for side in sides if side in declared)
    return any(length is not None and length <= _OUTSIDE_PIXELS for length in lengths)


def _is_cut_off(declared: dict[str, str]) -> bool:
    clips = f"{declared.get('clip', '')} {declared.get('clip-path', '')}"
    if _CLIPPED.search(clips) or _COLLAPSED.search(declared.get("transform", "")):
        return True
    sizes = (_length(declared[side], _ROOT_PIXELS) for side in ("width", "height", "max-height") if side in declared)
    return declared.get("overflow") in {"hidden", "clip"} and any(size is not None and size <= 1 for size in sizes)


def _length(value: str, of: float) -> float | None:
    """Return a length in pixels; None if it is none. Shares and em are of `of`."""
    found = _NUMBER.fullmatch(value.strip())
    if not found:
        return None
    number, unit = float(found.group(1)), found.group(2)
    if unit == "%":
        return number * of / 100
    return number * (of if unit == "em" else _ROOT_PIXELS if unit == "rem" else _PIXELS.get(unit or "px", 1.0))


def _background(value: str, around: Color | None) -> Color | None:
    """Return a background's colour: that around it if it is transparent, None for a picture."""
    if "url(" in value or "gradient" in value or "var(" in value:
        return None
    if value in {"none", "transparent", "inherit", "initial", "unset"}:
        return around
    colors = [color for word in re.split(r"\s+(?![^(]*\))", value) if (color := read_color(word))]
    return colors[0] if colors else None


def _has_own_text(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip() for text in texts)


def _blank(element: Element) -> None:
    """Remove the text of an element, but not that of the elements in it."""
    node: Any = element
    node.text = None
    for child in node:
        child.tail = None
