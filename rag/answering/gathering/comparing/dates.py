"""Read dates in text, in a dozen languages: days, months, years, school years. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTHS = (
    "jan(?:uary|uar|vier|eiro)?|janv|ene(?:ro)?|gen(?:naio)?|januari|stycz\\w*|январ\\w*|січ\\w*",
    "feb(?:ruary|ruar|ruari|rero|braio)?|févr(?:ier)?|fev(?:ereiro)?|lut(?:y|ego)|феврал\\w*|лют\\w*",
    "mar(?:ch|s|zo|ço|ca|zec)?|märz?|maart|mrt|март\\w*|берез\\w*",
    "apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|kwie\\w*|апрел\\w*|квіт\\w*",
    "may|mai|mayo|mei|mag(?:gio)?|maio|maja?|ма[йя]|трав\\w*",
    "june?|juni|juin|junio|giu(?:gno)?|junho|czerw\\w*|июн\\w*|черв\\w*",
    "july?|juli|juil(?:let)?|julio|lug(?:lio)?|julho|lip(?:iec|ca)|июл\\w*|лип\\w*",
    "aug(?:ust|ustus)?|août|ago(?:sto)?|sierp\\w*|август\\w*|серп\\w*",
    "sept?(?:ember|embre|iembre)?|set(?:tembre|embro)?|wrze\\w*|сентябр\\w*|верес\\w*",
    "oct(?:ober|obre|ubre)?|okt(?:ober)?|ott(?:obre)?|out(?:ubro)?|paźdz\\w*|октябр\\w*|жовт\\w*",
    "nov(?:ember|embre|iembre|embro)?|listopad\\w*|ноябр\\w*|листопад\\w*",
    "dec(?:ember)?|dez(?:ember|embro)?|déc(?:embre)?|dic(?:iembre|embre)?|grud\\w*|декабр\\w*|груд\\w*",
)
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})\b\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?![^\W_]|[.,]\d)"
_OF = r"(?:de|del|of|г\.)?"
_DAY = r"(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|er|º|\.)?"
# The rest of a range: "1 January to 31 December 2025".
_RANGE = r"(?:\s*(?:-|–|to|bis|au|al|tot|до|do|a)\s*\d{1,2}\.?\s+[^\W\d]{3,10}\.?)?"
_FORMS = tuple(
    re.compile(rf"(?<![^\W_]){form}" if not form.startswith("(?<=") else form, re.IGNORECASE)
    for form in (
        r"(?P<year>(?:19|20)\d\d)[-_./](?P<number>0[1-9]|1[0-2])[-_./](?P<day>[0-3]\d)(?!\d)",
        r"(?P<year>(?:19|20)\d\d)(?P<number>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?!\d)",
        r"(?P<year>(?:19|20)\d\d)\s?年(?:度|\s?(?P<number>\d{1,2})\s?月(?:\s?(?P<day>\d{1,2})\s?日)?)?",
        r"(?P<year>(?:19|20)\d\d)\s?년(?:\s?(?P<number>\d{1,2})\s?월(?:\s?(?P<day>\d{1,2})\s?일)?)?",
        rf"(?P<day>[0-3]?\d)\.\s?(?P<number>1[0-2]|0?[1-9])\.\s?{_YEAR}",
        rf"(?P<day>[0-3]?\d)[/-](?P<number>1[0-2]|0?[1-9])[/-]{_YEAR}",
        rf"{_DAY}\s+{_OF}\s*{_MONTH}{_RANGE},?\s*{_OF}\s*{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_MONTH}[\s_-]*{_OF}\s*{_YEAR}",
        rf"(?P<number>1[0-2]|0[1-9])[/.]{_YEAR}",
        r"(?P<year>(?:19|20)\d\d)[-–/_](?P<end>\d\d|20\d\d)(?!\d|[-–/_.]\d)",
        r"(?P<short>\d\d)/(?P<end>\d\d)(?![\d/])",
        _YEAR,
        # "autumn2025", "fees2024"
        rf"(?<=[^\W\d_]{{3}}){_YEAR}",
    )
)
_LAST_MONTH, _LAST_DAY = 12, 31


class FoundDate(NamedTuple):
    """A date in a text, with its span there.

    Attributes:
        day: ISO 8601 as far as it is known: 2024, 2024-05 or 2024-05-02. A year that spans two,
            2024-25, is the one that it begins in.
    """

    start: int
    end: int
    day: str


def find_dates(text: str) -> list[FoundDate]:
    """Return the dates of a text in order, without overlap; the fullest reading of each wins."""
    found: list[FoundDate] = []
    for form in _FORMS:
        for match in form.finditer(text):
            day = _read(match)
            if day and not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(FoundDate(match.start(), match.end(), day))
    return sorted(found)


def remove_dates(text: str) -> str:
    """Return a text with a space in place of each date."""
    kept = list(_between(text, find_dates(text)))
    return " ".join(kept)


def compare_days(one: str, other: str) -> int:
    """Return -1 if one day is earlier, 1 if it is later, 0 if that cannot be told.

    Days are compared as far as both are known: 2024 and 2024-05 are alike.
    """
    n_known = min(len(one), len(other))
    a, b = one[:n_known], other[:n_known]
    return (a > b) - (a < b)


def _between(text: str, dates: list[FoundDate]) -> Iterator[str]:
    start = 0
    for date in dates:
        yield text[start : date.start]
        start = date.end
    yield text[start:]


def _read(match: re.Match[str]) -> str | None:
    said = match.groupdict()
    year = said.get("year") or f"20{said['short']}"
    if end := said.get("end"):
        if int(end[-2:]) == (int(year) + 1) % 100:
            return year
        number = end if said.get("short") is None and len(end) == 2 else ""
        return f"{year}-{number}" if number and 1 <= int(number) <= _LAST_MONTH else None
    month = int(said.get("number") or 0) or _month_of(said.get("month") or "")
    day = int(said.get("day") or 0)
    if month > _LAST_MONTH or day > _LAST_DAY:
        return None
    return "-".join([year, *([f"{month:02}"] if month else []), *([f"{day:02}"] if month and day else [])])


def _month_of(name: str) -> int:
    return next((i for i, names in enumerate(_MONTHS, 1) if re.fullmatch(names, name, re.IGNORECASE)), 0)
