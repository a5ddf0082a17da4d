"""Say which runs of a Word document a reader cannot see."""

from collections.abc import Iterator, Mapping
from typing import Any

from rag.documents.formats.markup.parse import Element, local_name
from rag.documents.formats.shared.colors import Color, is_same_color, read_color

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WHITE: Color = (255, 255, 255)
_OFF = {"0", "false", "off"}
# Half points.
_MIN_SIZE = 4
_MAX_STYLE_DEPTH = 20
_Look = Mapping[str, str]


class WordVisibility:
    """Resolves the styles of a document."""

    def __init__(self, styles: Element, document: Element) -> None:
        """Read the styles.

        Args:
            styles: The root of the part with the styles.
            document: The root of the document.
        """
        self._styles = {one.get(f"{_WORD}styleId"): one for one in styles if local_name(one) == "style"}
        page = next((one for one in document if local_name(one) == "background"), None)
        self._page = _WHITE if page is None else read_color(page.get(f"{_WORD}color") or "")

    def is_hidden(self, run: Element) -> bool:
        """Return whether a run is hidden, tiny, or in the colour of its ground."""
        paragraph = next((one for one in _ancestors(run) if local_name(one) == "p"), None)
        own, around = _properties(run, "rpr"), _properties(paragraph, "ppr")
        look: dict[str, str] = {}
        for style in (_value(around, "pStyle"), _value(own, "rStyle")):
            look |= self._look_of_style(style)
        look |= _look(own)
        if look.get("vanish", "0") not in _OFF or (look.get("sz", "").isdigit() and int(look["sz"]) < _MIN_SIZE):
            return True
        color = read_color(look.get("color", ""))
        if color is None:
            return False
        ground = self._ground(run, look, _look(around))
        return ground is not None and is_same_color(color, ground)

    def _look_of_style(self, name: str | None) -> dict[str, str]:
        parts = [
            part for style in reversed(self._lineage(name)) for part in style if local_name(part) in {"rpr", "ppr"}
        ]
        return {key: value for part in parts for key, value in _look(part).items()}

    def _ground(self, run: Element, look: _Look, around: _Look) -> Color | None:
        """Return the colour behind a run; None if it is unknown, as in a text box."""
        for one in (look, around):
            if fill := one.get("fill"):
                return read_color(fill)
        for outer in _ancestors(run):
            name = local_name(outer)
            if name == "txbxcontent":
                return None
            if name == "tc" and (fill := _look(_properties(outer, "tcpr")).get("fill")):
                return read_color(fill)
            if name == "tbl" and self._has_shades(_value(_properties(outer, "tblpr"), "tblStyle")):
                return None
        return self._page

    def _has_shades(self, name: str | None) -> bool:
        return any(local_name(part) == "shd" for style in self._lineage(name) for part in style.iter())

    def _lineage(self, name: str | None) -> list[Element]:
        """Return a style and those that it is based on, the most general one last."""
        styles: list[Element] = []
        while len(styles) < _MAX_STYLE_DEPTH and name and (style := self._styles.get(name)) is not None:
            styles.append(style)
            name = _value(style, "basedOn")
        return styles


def _ancestors(element: Element) -> Iterator[Element]:
    node: Any = element
    yield from node.iterancestors()


def _properties(element: Element | None, name: str) -> Element | None:
    return next((part for part in element if local_name(part) == name), None) if element is not None else None


def _value(properties: Element | None, name: str) -> str | None:
    found = (
        (part.get(f"{_WORD}val") for part in properties if part.tag == f"{_WORD}{name}")
        if properties is not None
        else iter(())
    )
    return next(found, None)


def _look(properties: Element | None) -> dict[str, str]:
    """Return what properties say of vanishing, colour, size and ground."""
    look: dict[str, str] = {}
    for part in properties if properties is not None else ():
        name, value = local_name(part), part.get(f"{_WORD}val")
        if name == "vanish":
            look["vanish"] = value or "1"
        elif name in {"color", "sz"} and value is not None:
            look[name] = "FFFFFF" if part.get(f"{_WORD}themeColor") in {"background1", "light1"} else value
        elif name == "highlight" and value not in {None, "none"}:
            look["fill"] = value or ""
        elif name == "shd" and part.get(f"{_WORD}fill") not in {None, "auto"}:
            # A colour of the theme is unknown.
            look["fill"] = "theme" if part.get(f"{_WORD}themeFill") else part.get(f"{_WORD}fill") or ""
    return look
