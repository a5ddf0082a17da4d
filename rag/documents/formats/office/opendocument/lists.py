"""Count the lists of an OpenDocument file and write their numbers (ODF 1.3, part 3, 16.30)."""

import re

from rag.documents.formats.markup.parse import Element
from rag.documents.formats.office.numbers import format_number
from rag.documents.formats.office.opendocument.styles import N_LEVELS, TEXT, ListLevel, OpenStyles

_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_PLACE = re.compile(r"%(\d{1,2})%")


class ListCounts:
    """How far the lists of a file have been counted."""

    def __init__(self, styles: OpenStyles) -> None:
        self._styles = styles
        self._counts: dict[str, list[int | None]] = {}
        self._last_by_style: dict[str, list[int | None]] = {}

    def begin(self, style: str, element: Element) -> list[int | None]:
        """Return the counts of a list: new ones, or those of the list that it continues."""
        other = self._counts.get(element.get(f"{TEXT}continue-list") or "")
        if other is None and (element.get(f"{TEXT}continue-numbering") or "") == "true":
            other = self._last_by_style.get(style)
        counts: list[int | None] = other if other is not None else [None] * N_LEVELS
        self._last_by_style[style] = counts
        name = element.get("{http://www.w3.org/XML/1998/namespace}id") or ""
        if name:
            self._counts[name] = counts
        return counts

    def outline(self) -> list[int | None]:
        """Return the counts of the headings that are in no list."""
        return self._last_by_style.setdefault("", [None] * N_LEVELS)

    def next_number(self, style: str, level: int, counts: list[int | None], start: int | None = None) -> str:
        """Count a paragraph on a level, from 1, and return its number; empty for bullets."""
        levels = self._styles.levels_of(style)
        own = levels.get(level, ListLevel())
        if not 1 <= level <= N_LEVELS:
            return ""
        before = counts[level - 1]
        first = own.start if start is None else start
        counts[level - 1] = first if before is None or start is not None else before + 1
        counts[level:] = [None] * (N_LEVELS - level)
        for other in range(level - 1):
            if counts[other] is None:
                counts[other] = levels.get(other + 1, ListLevel()).start
        if not own.form:
            return ""

        def write(place: int) -> str:
            form = levels.get(place, ListLevel()).form
            return format_number(counts[place - 1] or 0, _FORMS.get(form, "decimal")) if form else ""

        if own.pattern:
            places = _PLACE.sub(lambda found: write(min(N_LEVELS, max(1, int(found.group(1))))), own.pattern)
            return places.strip()
        shown = [write(place) for place in range(max(1, level - own.n_shown + 1), level + 1)]
        return f"{own.prefix}{'.'.join(number for number in shown if number)}{own.suffix}".strip()
