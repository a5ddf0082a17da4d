"""Read release notes: which entries a question about a release or a date asks for. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.gathering.comparing.dates import compare_days, find_dates, remove_dates
from rag.answering.gathering.comparing.units import Unit

_MIN_RELEASES = 2
_RELEASE = re.compile(r"^\W*(?:[^\W\d]+\W{1,3})?v?(\d+(?:\.\d+)+)\b", re.IGNORECASE)
_ASKED_NUMBER = re.compile(
    r"(?<![\w.])(?:(?:version|release|fassung|v)\s?(\d+(?:\.\d+)*)|(\d+(?:\.\d+)+))(?![\w.]*\d)", re.IGNORECASE
)


class _Release(NamedTuple):
    heading: str
    number: tuple[int, ...]
    day: str


def is_change_log(units: Sequence[Unit]) -> bool:
    """Tell whether at least two headings begin with a version number or are dates."""
    return len(_releases(units)) >= _MIN_RELEASES


def entries_asked_for(question: str, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the units below the headings of the releases asked for; empty in other documents.

    A question that names neither a version number nor a date asks for the newest.
    """
    if not is_change_log(units):
        return ()
    releases = _releases(units)
    asked_numbers = [
        tuple(int(part) for part in (match[1] or match[2]).split(".")) for match in _ASKED_NUMBER.finditer(question)
    ]
    asked_days = [date.day for date in find_dates(question)]
    chosen = [one for one in releases if _is_asked_for(one, asked_numbers, asked_days)]
    if not (asked_numbers or asked_days):
        chosen = [max(releases, key=lambda one: (one.number, one.day))]
    names = {one.heading for one in chosen}
    return tuple(unit for unit in units if unit.kind != "heading" and names & set(unit.headings))


def _releases(units: Sequence[Unit]) -> list[_Release]:
    found = []
    for unit in units:
        if unit.kind == "heading":
            dates = find_dates(unit.text)
            without = remove_dates(unit.text)
            match = _RELEASE.match(without)
            is_date_alone = bool(dates) and not any(character.isalpha() for character in without)
            if match or is_date_alone:
                number = tuple(int(part) for part in match[1].split(".")) if match else ()
                found.append(_Release(unit.text, number, dates[0].day if dates else ""))
    return found


def _is_asked_for(release: _Release, numbers: Sequence[tuple[int, ...]], days: Sequence[str]) -> bool:
    """Tell whether a release has a number asked for, or a part of it: 3 means 3.0 and 3.1."""
    if numbers:
        return any(release.number[: len(number)] == number for number in numbers)
    return any(release.day and compare_days(release.day, day) == 0 for day in days)
