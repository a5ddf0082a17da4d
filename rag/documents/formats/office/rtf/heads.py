"""Keep what stands at the head of a rich text file: fonts, colours, styles and facts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.documents.formats.office.rtf.tokens import CODE_PAGES, code_page
from rag.documents.formats.shared.colors import Color
from rag.documents.formats.shared.facts import find_author, find_day, find_tags
from rag.documents.formats.shared.office import TEMPLATE_AUTHORS
from rag.types import Facts

_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"toc \d|contents \d")
_SYMBOLS = 2
_MAX_ENTRIES = 10_000
_MAX_STYLE_DEPTH = 20


@dataclass(slots=True)
class Heads:
    """The tables of a file.

    Attributes:
        colors: By number; None is the colour that the program chooses.
    """

    encoding: str = "cp1252"
    encodings: dict[int, str] = field(default_factory=dict)
    symbol_fonts: set[int] = field(default_factory=set)
    colors: list[Color | None] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    outlines: dict[int, int] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    _parts: dict[str, int] = field(default_factory=dict)

    def set_code_page(self, number: int) -> None:
        self.encoding = code_page(number)

    def set_character_set(self, font: int, number: int) -> None:
        if len(self.encodings) < _MAX_ENTRIES:
            self.encodings[font] = CODE_PAGES.get(number, self.encoding)
            if number == _SYMBOLS:
                self.symbol_fonts.add(font)

    def set_part(self, name: str, number: int) -> None:
        """Keep red, green or blue of a colour, or year, month or day of a date."""
        self._parts[name] = number

    def end_color(self) -> None:
        parts = [self._parts.pop(name, None) for name in ("red", "green", "blue")]
        known = [min(255, max(0, part)) for part in parts if part is not None]
        if len(self.colors) < _MAX_ENTRIES:
            self.colors.append((known[0], known[1], known[2]) if len(known) == len(parts) else None)

    def end_day(self, name: str) -> None:
        parts = [self._parts.pop(part, 0) for part in ("yr", "mo", "dy")]
        self.facts[name] = f"{parts[0]:04d}-{parts[1]:02d}-{parts[2]:02d}"

    def color_of(self, number: int | None) -> Color | None:
        return self.colors[number] if number is not None and 0 < number < len(self.colors) else None

    def is_contents(self, style: int) -> bool:
        """Return whether a style is that of a line in the table of contents."""
        return bool(_CONTENTS.fullmatch(self._name_of(style)))

    def _name_of(self, style: int) -> str:
        """Return the name of a style without its other names."""
        return self.names.get(style, "").partition(",")[0].strip().lower()

    def heading_of(self, style: int) -> int | None:
        """Return the level of a style that is, or is based on, a heading; 0 is the title."""
        for _ in range(_MAX_STYLE_DEPTH):
            name = self._name_of(style)
            found = _HEADING.fullmatch(name)
            if found or name == "title":
                return int(found.group(1)) if found else 0
            if style in self.outlines:
                return self.outlines[style]
            if style not in self.bases:
                return None
            style = self.bases[style]
        return None


def facts_of(facts: Mapping[str, str]) -> Facts:
    """Return what the file says of itself."""
    is_of_template = facts.get("author", "").strip().lower() in TEMPLATE_AUTHORS
    return Facts(
        title=facts.get("title"),
        date=None if is_of_template else find_day(facts.get("revtim")) or find_day(facts.get("creatim")),
        tags=find_tags(facts.get("keywords")),
        author=find_author(facts.get("author")),
    )
