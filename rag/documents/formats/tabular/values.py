"""Tell what kind of value the text of a cell is: a number, a date, or words."""

import re
from typing import Literal

ValueKind = Literal["empty", "number", "date", "text"]

_EMPTY = re.compile(r"[\s\-–—.]*|n/?a|#n/a", re.IGNORECASE)
_CURRENCY = r"(?:[€£$¥₽]|[A-Z]{3}(?=\s))"
_UNIT = r"(?:[%‰°€£$¥₽]|°?[A-Za-zµ²³€£$¥]{1,7}\.?|[A-Za-zµ]{1,4}/[A-Za-z²³]{1,4})"
_NUMBER = re.compile(
    rf"[(+\-−±~<>≤≥]*\s*{_CURRENCY}?\s*[+\-−]?\d[\d.,'’\u00a0\u202f ]*(?:[eE][+-]?\d+)?\s*{_UNIT}?\s*\)?[*†‡¹²³]?"
)
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATE = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})|\d{4}[./]\d{1,2}[./]\d{1,2}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\s+{_MONTH}(?:\s+\d{{4}})?|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|\d{1,2}[:.]\d{2}(?:\s*(?:[ap]m|h|uhr))?(?:\s*[-–]\s*\d{1,2}[:.]\d{2}(?:\s*(?:[ap]m|h|uhr))?)?",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"\d{1,4}")
_YEAR = re.compile(r"(?:19|20)\d\d")
# "2025 actual" names a column.
_NAMED_YEAR = re.compile(r"(?:19|20)\d\d\s+[^\W\d_].*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+")
_AMOUNT = re.compile(r"[\d.,'’\u00a0\u202f+\-−]+")
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
# A longer text is words, whatever it holds.
_MAX_CHARACTERS = 40


def value_kind(text: str) -> ValueKind:
    """Return what kind of value a cell holds; a number may have a sign, a currency or a unit."""
    words = text.strip()
    if _EMPTY.fullmatch(words):
        return "empty"
    if len(words) > _MAX_CHARACTERS or _NAMED_YEAR.fullmatch(words):
        return "text"
    found = _DATE.fullmatch(words)
    # "12 March" has the form of "12 months" and "14 days", which are counted by their unit.
    if found and not (words[0].isdigit() and _NUMBER.fullmatch(words) and words[-1].isalpha()):
        return "date"
    return "number" if _NUMBER.fullmatch(words) else "text"


def value_shape(text: str) -> str:
    """Return the kind of a value, and of a number also its unit: "number £", "number kg"."""
    kind = value_kind(text)
    return f"number {_AMOUNT.sub('', text).strip()}" if kind == "number" else kind


def is_value(text: str) -> bool:
    """Return whether a text is a number, a date or an address, which no column is named after."""
    return value_kind(text) in {"number", "date"} or _ADDRESS.fullmatch(text.strip()) is not None


def is_year(text: str) -> bool:
    return _YEAR.fullmatch(text.strip()) is not None


def as_small_number(text: str) -> int | None:
    """Return a whole number of up to four digits, as names of columns are: 1, 12 or 2025."""
    return int(text) if _PLAIN_NUMBER.fullmatch(text.strip()) else None


def code_shape(text: str) -> str | None:
    """Return the shape of a text with digits: "A-17" and "B-204" have one. None without digits."""
    if not any(character.isdigit() for character in text):
        return None
    return _LETTERS.sub("a", _DIGITS.sub("9", text.strip()))
