"""Compute the numbers that Word writes before headings and list items (ECMA-376, 17.9)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element, local_name
from rag.documents.formats.office.numbers import format_number

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_N_LEVELS = 9
_MAX_TEXT_CHARACTERS = 60


class _Level(NamedTuple):
    """A level of a list.

    Attributes:
        restart: The counter begins anew after a number of a level below this, from 1; None: of any.
    """

    form: str = "decimal"
    text: str = ""
    start: int = 1
    is_legal: bool = False
    restart: int | None = None
    style: str | None = None


class _List(NamedTuple):
    abstract: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]


class Numbering:
    """The lists of a document and how far they have been counted."""

    def __init__(self, root: Element | None, list_by_style: Mapping[str, str]) -> None:
        """Read the lists.

        Args:
            root: Of the part with the lists; None if there is none.
            list_by_style: The list that a style names, for lists defined by a style.
        """
        parts = list(root) if root is not None else []
        self._abstracts = {_id(part, "abstractNumId"): part for part in parts if local_name(part) == "abstractnum"}
        self._numbers = {_id(part, "numId"): part for part in parts if local_name(part) == "num"}
        self._list_by_style = list_by_style
        self._lists: dict[str, _List | None] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def level_of_style(self, number: str, style: str) -> int:
        """Return the level of a list that a style stands for; 0 if it names none."""
        found = self._find(number)
        levels = found.levels.items() if found else ()
        return next((level for level, one in levels if one.style == style), 0)

    def next_number(self, number: str, level: int) -> str:
        """Count a paragraph and return its number; empty for bullets and unknown lists."""
        found = self._find(number)
        if found is None or not 0 <= level < _N_LEVELS:
            return ""
        counts = self._counts.setdefault(found.abstract, [None] * _N_LEVELS)
        self._count(found, number, level, counts)
        own = found.levels.get(level, _Level())
        if own.form in {"bullet", "none"}:
            return ""

        def write(place: re.Match[str]) -> str:
            other = int(place.group(1)) - 1
            settings = found.levels.get(other, _Level())
            count = counts[other] if counts[other] is not None else settings.start
            return format_number(count or 0, "decimal" if own.is_legal else settings.form)

        return _PLACE.sub(write, own.text).strip()

    def _count(self, found: _List, number: str, level: int, counts: list[int | None]) -> None:
        own = found.levels.get(level, _Level())
        before = counts[level]
        if level in found.starts and (number, level) not in self._begun:
            counts[level] = found.starts[level]
        else:
            counts[level] = own.start if before is None else before + 1
        self._begun.add((number, level))
        for other in range(level):
            if counts[other] is None:
                counts[other] = found.levels.get(other, _Level()).start
        for other in range(level + 1, _N_LEVELS):
            restart = found.levels.get(other, _Level()).restart
            if restart is None or level < restart:
                counts[other] = None

    def _find(self, number: str) -> _List | None:
        if number not in self._lists:
            self._lists[number] = self._read(number)
        return self._lists[number]

    def _read(self, number: str) -> _List | None:
        part = self._numbers.get(number)
        abstract = _value(part, "abstractNumId") if part is not None else None
        root = self._abstracts.get(abstract or "")
        if part is None or abstract is None or root is None:
            return None
        if link := _value(root, "numStyleLink"):
            linked = self._numbers.get(self._list_by_style.get(link, ""))
            abstract = (_value(linked, "abstractNumId") if linked is not None else None) or abstract
            root = self._abstracts.get(abstract, root)
        levels = dict(_read_level(one) for one in root if local_name(one) == "lvl")
        starts = {}
        for change in (one for one in part if local_name(one) == "lvloverride"):
            place = _whole(change.get(f"{_WORD}ilvl"))
            levels |= dict(_read_level(one) for one in change if local_name(one) == "lvl")
            if (start := _value(change, "startOverride")) is not None:
                starts[place] = _whole(start)
        return _List(abstract, levels, starts)


def _read_level(part: Element) -> tuple[int, _Level]:
    restart = _value(part, "lvlRestart")
    legal = _value(part, "isLgl")
    level = _Level(
        form=_value(part, "numFmt") or "decimal",
        text=(_value(part, "lvlText") or "")[:_MAX_TEXT_CHARACTERS],
        start=_whole(_value(part, "start"), default=0),
        is_legal=legal is not None and legal not in {"0", "false", "off"},
        restart=None if restart is None else _whole(restart),
        style=_value(part, "pStyle"),
    )
    return _whole(part.get(f"{_WORD}ilvl")), level


def _id(part: Element, name: str) -> str:
    return part.get(f"{_WORD}{name}") or ""


def _value(part: Element, name: str) -> str | None:
    """Return the value of a child; empty if the child has none, None if there is no child."""
    return next((one.get(f"{_WORD}val") or "" for one in part if local_name(one) == name.lower()), None)


def _whole(text: str | None, default: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default
