"""Tell which date or number a version of a document has, and which of two is newer. Pure."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.answering.gathering.comparing.dates import FoundDate, compare_days, find_dates
from rag.answering.gathering.comparing.stated_dates import find_stated_date
from rag.answering.gathering.comparing.words import compared_words
from rag.text.words import Stem
from rag.types import Document, FileEntry

Basis = Literal["name", "stated", "saved"]

# How much of a document is its beginning.
_BEGINNING = 900
_LINES_WITH_NUMBER = 4
# Their files carry the day on which a program saved them, which may be long after it was valid.
_SAVED = re.compile(r"application/(?:pdf|vnd\.openxmlformats|vnd\.ms-|msword)")
_STANDARD = re.compile(r"\b(?:ISO|DIN|EN|IEC|IEEE|BS|RFC|NF|UNE|NEN)\b[\s\d:/_-]*$", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![^\W_])(?:v|ver|vers|version|versión|versione|versão|versie|wersja|версия|версія|rev|revision|révision"
    r"|revisión|edition|édition|edición|edizione|edição|editie|wydanie|ed|issue|ausgabe|auflage|fassung|редакция|release)"
    r"[\s._-]{0,2}(\d{1,3}(?:\.\d{1,3})*)(?![\d.]*\d|[^\W_])"
    r"|第\s?(\d{1,3})\s?版",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class VersionDate:
    """What tells how new a version of a document is.

    Attributes:
        day: ISO 8601 as far as it is known: 2024, 2024-05 or 2024-05-02; None if there is none.
        basis: Where the day comes from: title or file name; what the text, a mail, a web page or
            a text file says; or when a program saved the file. None without a day.
        number: The version number, (3,) for v3 and (2, 1) for 2.1; empty if there is none.
        label: The day as the document writes it, such as 2024-25 or "1 April 2025", else as ISO
            8601; empty without a day.
    """

    day: str | None = None
    basis: Basis | None = None
    number: tuple[int, ...] = ()
    label: str = ""

    @property
    def year(self) -> str:
        """The year of the day; empty without one."""
        return (self.day or "")[:4]


class _Dated(NamedTuple):
    """A day and how it is written."""

    day: str
    label: str


def date_version(document: Document, stem: Stem) -> VersionDate:
    """Return the date and number of a document, with at least its first 900 characters of text.

    A date in the name comes first, because people put it there to tell versions apart. A stated
    date of the same year may be finer. If they are more than a year apart, the stated one counts:
    "Agenda 2030" is not of 2030. The date of a mail, a web page or a text file counts as stated.
    That of an Office or PDF file is only when it was saved, so it comes last.
    """
    beginning = document.text[:_BEGINNING]
    title_stems = {word.stem for word in compared_words(document.title, stem) if word.is_content}
    found = find_stated_date(beginning, title_stems)
    named, stated = _date_in_name(document), _dated(beginning, found) if found else None
    number = _number_in([*_names_of(document), *beginning.splitlines()[:_LINES_WITH_NUMBER]])
    is_saved = bool(_SAVED.match(document.media_type))
    given = _Dated(document.date, document.date) if document.date else None
    said = stated or (None if is_saved else given)
    if named and not (said and _corrects(named.day, said.day)):
        return VersionDate(named.day, "name", number, named.label)
    if said:
        return VersionDate(said.day, "stated", number, said.label)
    return VersionDate(given.day, "saved", number, given.label) if given else VersionDate(number=number)


def _corrects(named: str, said: str) -> bool:
    """Tell whether a stated date is finer than that of the name, or contradicts it."""
    if named[:4] == said[:4]:
        return len(said) > len(named)
    return abs(int(named[:4]) - int(said[:4])) > 1


def _date_in_name(entry: FileEntry) -> _Dated | None:
    """Return the date in a document's file name, else in its title: the fullest, then the last."""
    for name in _names_of(entry):
        dates = [date for date in find_dates(name) if not _STANDARD.search(name[: date.start])]
        if dates:
            best = max(dates, key=lambda date: (len(date.day), date.start))
            return _dated(name, best)
    return None


def file_stem(uri: str) -> str:
    """Return a document's file name without folder and suffix, with spaces for underscores."""
    name = uri.rpartition("/")[2]
    return (name.rpartition(".")[0] or name).replace("_", " ")


def compare_versions(one: VersionDate, other: VersionDate) -> int | None:
    """Return 1 if one version is newer than the other, -1 if it is older, 0 if they are as new.

    None means that the order cannot be told. The day on which a program saved a file is compared
    only with another such day.
    """
    is_comparable = bool(one.day and other.day) and (one.basis == "saved") == (other.basis == "saved")
    by_day = compare_days(one.day or "", other.day or "") if is_comparable else 0
    if by_day:
        return by_day
    if one.number and other.number and one.number != other.number:
        return 1 if one.number > other.number else -1
    is_as_new = is_comparable and one.day == other.day and one.basis != "saved"
    return 0 if is_as_new else None


def _names_of(entry: FileEntry) -> list[str]:
    return [file_stem(entry.uri), entry.title]


def _number_in(names: list[str]) -> tuple[int, ...]:
    found = (match for name in names for match in _NUMBER.finditer(name))
    return next((tuple(int(part) for part in (match[1] or match[2]).split(".")) for match in found), ())


def _dated(text: str, date: FoundDate) -> _Dated:
    return _Dated(date.day, text[date.start : date.end])
