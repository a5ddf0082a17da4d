"""Find the rows of a table that a question asks for. Pure.

Goes in: a question, and the rows of a table as readers of tables write them ("Name: value; Name:
value"). Comes out: the rows that match, or None if the question does not ask about the table.
"""

import operator
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.answering.gathering.tabling.asking import ASKING
from rag.documents.formats.tabular.values import value_kind
from rag.text.words import Stem, Word, is_found, negates, split_words, stems_of
from rag.types import Span

_SEGMENTS = re.compile(r";\s+")
_CELL = re.compile(r"([^:;]{1,60}):\s+(?=\S)")
# The name of a column stands in this share of the rows; "Note: see below" in one row is a value.
_SHARE_OF_NAME = 0.2
# A table whose names and matching values explain less of the question is about something else.
_MIN_EXPLAINED = 0.5
# A table with records in its columns has several, and as many rows as a record has attributes.
_MIN_RECORDS = 2
_MAX_ATTRIBUTES = 60
# One row may be chosen by its name alone: "What colour is Aurora?" asks for what no row says.
_MIN_EXPLAINED_OF_ONE = 0.6
_ABOVE = r"more than|over|above|mehr als|über|plus de|más de|più di|mais de|более|больше"
_LEAST = r"at least|mindestens|au moins|al menos|almeno|не менее"
_BELOW = r"less than|fewer than|under|below|weniger als|unter|moins de|menos de|meno di|менее|меньше"
_MOST = r"at most|up to|höchstens|bis zu|au plus|jusqu['’]à|como máximo|fino a|не более"
COMPARISON = re.compile(
    rf"\b(?:(?P<above>{_ABOVE})|(?P<least>{_LEAST})|(?P<below>{_BELOW})|(?P<most>{_MOST}))\b"
    r"\s*(?P<unit>[£€$¥%])?\s*(?P<limit>\d[\d.,]*)",
    re.IGNORECASE,
)
_EXCEPTS = re.compile(
    r"\b(?:except|excluding|without|other than|apart from|besides|außer|ohne|sauf|hormis|sans|excepto|salvo|sin"
    r"|tranne|senza|кроме|без)\b",
    re.IGNORECASE,
)
_TESTS = {"above": operator.gt, "least": operator.ge, "below": operator.lt, "most": operator.le}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DECIMALS = re.compile(r"[.,](\d{1,2}|\d{4,})$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        parts: Span and text of the row; a wide one stands in several, each with its first cell.
        cells: The values by the names of their columns; "" holds what has no name, and the section.
        stems: All stems in it.
    """

    parts: tuple[tuple[Span, str], ...]
    cells: dict[str, str]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that stand together.

    Attributes:
        names: Of the columns, as they first appear.
        above: The title of the document and the headings above the rows.
    """

    rows: tuple[Row, ...]
    names: tuple[str, ...]
    above: str


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The rows that a question asks for.

    Attributes:
        explained: The share of the question's content words that the table explains, 0 to 1.
        named: The stems of the question that the names of columns and the words above explain.
        unexplained: Those that nothing explains.
    """

    rows: tuple[Row, ...]
    explained: float
    named: frozenset[str] = frozenset()
    unexplained: frozenset[str] = frozenset()


def read_table(parts: Sequence[tuple[Span, str]], above: str, stem: Stem, sections: Sequence[str] = ()) -> Table:
    """Return a table from the spans and texts of its rows, or of the parts of wide rows.

    Args:
        sections: The heading above each part, if the table has sections.
    """
    places = _rows_of([text for _, text in parts])
    rows = [tuple(parts[i] for i in row) for row in places]
    counts = Counter(name for row in rows for name in dict.fromkeys(name for _, text in row for name in names_in(text)))
    names = tuple(name for name, n in counts.items() if n >= _SHARE_OF_NAME * len(rows))
    read = [
        _read_row(row, names, stem, sections[first] if sections else "")
        for row, (first, *_) in zip(rows, places, strict=True)
    ]
    return turn(Table(tuple(read), (*names, *[""] * any(sections)), above), stem)


def turn(table: Table, stem: Stem) -> Table:
    """Return a table whose columns are the records with a row for each of them; others as they are.

    The values of a row are then of one kind, and those of a column of several.
    """
    key, *records = [name for name in table.names if name] or [""]
    if len(records) < _MIN_RECORDS or not 1 < len(table.rows) <= _MAX_ATTRIBUTES:
        return table
    kinds = [[value_kind(row.cells.get(name, "")) for name in records] for row in table.rows]
    are_rows_alike = all(len(set(row) - {"empty"}) <= 1 for row in kinds)
    are_columns_alike = any(len(set(column) - {"empty"}) <= 1 for column in zip(*kinds, strict=True))
    if not are_rows_alike or are_columns_alike:
        return table
    names = (key, *(row.cells.get(key, "") for row in table.rows))
    parts = tuple(part for row in table.rows for part in row.parts)
    rows = []
    for record in records:
        cells = {key: record} | {row.cells.get(key, ""): row.cells.get(record, "") for row in table.rows}
        stems = frozenset(stems_of(split_words(" ".join(cells.values()), stem)))
        rows.append(Row(parts, {name: value for name, value in cells.items() if value}, stems))
    return Table(tuple(rows), names, table.above)


def _rows_of(texts: Sequence[str]) -> list[list[int]]:
    """Return the places of each row's parts: they begin alike, and go on with other columns."""
    rows: list[list[int]] = []
    for place, text in enumerate(texts):
        if rows and _is_next_part([texts[i] for i in rows[-1]], text):
            rows[-1].append(place)
        else:
            rows.append([place])
    return rows


def _is_next_part(before: Sequence[str], text: str) -> bool:
    segments, others = _SEGMENTS.split(before[0]), _SEGMENTS.split(text)
    n_key = next((i for i, (a, b) in enumerate(zip(segments, others, strict=False)) if a != b), 0)
    if not n_key or ": " not in segments[0]:
        return False
    names = {name for one in before for name in names_in("; ".join(_SEGMENTS.split(one)[n_key:]))}
    own = names_in("; ".join(others[n_key:]))
    return bool(own) and names.isdisjoint(own)


def _read_row(parts: tuple[tuple[Span, str], ...], names: Collection[str], stem: Stem, section: str) -> Row:
    cells: dict[str, str] = {}
    for _, text in parts:
        cells |= _cells(text, names)
    if section:
        cells[""] = "; ".join(filter(None, (cells.get(""), section)))
    stems = frozenset(stems_of(split_words("\n".join((section, *(text for _, text in parts))), stem)))
    return Row(parts, cells, stems)


def match_rows(question: str, table: Table, stem: Stem, *, min_of_all: float = 1.0) -> MatchedRows | None:
    """Return the rows that the question asks for, in order; None if it asks about something else.

    A value of a column whose words stand in the question selects its rows: "out of service". So
    does a comparison with a number, and the further words that most nearly are a value: "Technical
    Service" in "Technical Service ext. 330". The names of columns and the words above the table
    select nothing: a question in these words asks for all rows. "Not in Bergen" is not read.

    Args:
        min_of_all: The share of its content words that a question about all rows must explain.
    """
    if negates(question) or _EXCEPTS.search(question):
        return None
    comparison = COMPARISON.search(question)
    # "More than 250" does not ask for the value 250.
    asked = split_words(COMPARISON.sub(" ", question, count=1), stem)
    wanted = list(dict.fromkeys(word.stem for word in asked if word.is_content and word.text.casefold() not in ASKING))
    known = stems_of(split_words("\n".join((table.above, *table.names)), stem))
    chosen = list(range(len(table.rows)))
    used: set[str] = set()
    # "Garden waste on Monday": the day of the column that the question names.
    for name in sorted(table.names, key=lambda name: -share_asked(name, stems_of(asked), stem)):
        values = [_stems_in_order(row.cells.get(name, ""), stem) for row in table.rows]
        selected = {value for value in _selected(values, asked) if not set(value) <= used}
        kept = [i for i in chosen if values[i] in selected]
        if kept:
            chosen = kept
            used |= {one for value in selected for one in value}
    if comparison:
        chosen = _compare(comparison, table, chosen, stems_of(asked), stem)
    further = _largest_group(set(wanted) - used - known, table, chosen, stem)
    if further:
        chosen = [i for i in chosen if further <= table.rows[i].stems]
        used |= further
    telling = {word.stem for word in asked if (word.is_name or word.number) and word.stem in wanted}
    said = known.union(*(row.stems for row in table.rows))
    if any(not is_found(one, said) for one in telling - used):
        # "In Oslo", and no row is.
        return None
    named = frozenset(one for one in wanted if one not in used and is_found(one, known))
    unexplained = frozenset(wanted) - used - named
    explained = 1 - len(unexplained) / len(wanted) if wanted else 0.0
    least = _MIN_EXPLAINED if len(chosen) > 1 or comparison else _MIN_EXPLAINED_OF_ONE
    if not chosen or explained < (least if len(chosen) < len(table.rows) else min_of_all):
        return None
    return MatchedRows(tuple(table.rows[i] for i in chosen), explained, named, unexplained)


def names_in(text: str) -> list[str]:
    return [match[1].strip() for segment in _SEGMENTS.split(text) if (match := _CELL.match(segment))]


def _cells(text: str, names: Collection[str]) -> dict[str, str]:
    """Return the values of a row by their names; a "; " inside a value does not end it."""
    cells: dict[str, str] = {}
    name = ""
    for segment in _SEGMENTS.split(text):
        match = _CELL.match(segment)
        if match and match[1].strip() in names:
            name, segment = match[1].strip(), segment[match.end() :]  # noqa: PLW2901
        cells[name] = f"{cells[name]}; {segment}" if name in cells else segment
    return cells


def _stems_in_order(value: str, stem: Stem) -> tuple[str, ...]:
    return tuple(word.stem for word in split_words(value, stem))


def _selected(values: Sequence[tuple[str, ...]], asked: Sequence[Word]) -> set[tuple[str, ...]]:
    """Return the values of a column whose words all stand in the question.

    Of two values, one of which holds the other's words, only the longer is selected. A column with
    one value in all rows selects nothing. "A" is a value in "week A" and none in "a week".
    """
    telling = {word.stem for word in asked if word.is_content or word.text.isupper()}
    distinct = {value for value in values if value}
    # "In service" is not asked for by "in Bergen, out of service": its words must stand together.
    text = f" {' '.join(word.stem for word in asked)} "
    full = {
        value
        for value in distinct
        if set(value) <= telling or (set(value) & telling and f" {' '.join(value)} " in text)
    }
    longest = {one for one in full if not any(set(one) < set(other) for other in full)}
    return longest if len(distinct) > 1 or len(values) > sum(bool(value) for value in values) else set()


def _largest_group(words: set[str], table: Table, chosen: Sequence[int], stem: Stem) -> set[str]:
    """Return the most of the words that stand in one cell; of equal groups, that of most rows."""
    counts = Counter(
        frozenset(words & stems_of(split_words(value, stem))) for i in chosen for value in table.rows[i].cells.values()
    )
    del counts[frozenset()]
    best = max(
        sorted(counts.items(), key=lambda one: sorted(one[0])), key=lambda one: (len(one[0]), one[1]), default=None
    )
    return set(best[0]) if best else set()


def share_asked(name: str, asked: Collection[str], stem: Stem) -> float:
    """Return the share of a column's name that stands in the question, 0 to 1."""
    stems = stems_of(split_words(name, stem))
    return len(stems & set(asked)) / max(1, len(stems))


def _compare(
    comparison: re.Match[str], table: Table, chosen: Sequence[int], asked: Collection[str], stem: Stem
) -> list[int]:
    """Return the rows whose number passes the comparison; none if no column of numbers is named.

    The column is the one with the largest share of its name in the question. A row without a number
    in it does not pass. If no name stands in the question, the only column with the unit of the
    limit is meant, as in "more than £50".
    """
    columns = [name for name in table.names if _holds_numbers(name, table, chosen)]
    named = [name for name in columns if share_asked(name, asked, stem)]
    unit = comparison["unit"]
    meant = named or [name for name in columns if unit and _holds_unit(name, unit, table, chosen)]
    if not meant or (not named and len(meant) > 1):
        return []
    column, limit = max(meant, key=lambda name: share_asked(name, asked, stem)), read_number(comparison["limit"])
    passes = next(test for name, test in _TESTS.items() if comparison[name])
    numbers = {i: _first_number(table.rows[i].cells.get(column, "")) for i in chosen}
    return [i for i, number in numbers.items() if number is not None and passes(number, limit)]


def _holds_numbers(name: str, table: Table, chosen: Sequence[int]) -> bool:
    """Tell whether most of a column's cells hold a number."""
    n_numbers = sum(bool(_NUMBER.search(table.rows[i].cells.get(name, ""))) for i in chosen)
    return n_numbers * 2 > len(chosen)


def _holds_unit(name: str, unit: str, table: Table, chosen: Sequence[int]) -> bool:
    """Tell whether a column has a unit in its name or in most of its cells."""
    n_with_unit = sum(unit in table.rows[i].cells.get(name, "") for i in chosen)
    return unit in name or n_with_unit * 2 > len(chosen)


def _first_number(value: str) -> float | None:
    match = _NUMBER.search(value)
    return read_number(match[0]) if match else None


def read_number(digits: str) -> float:
    """Return the value of "1,234.50", "1.234,50" or "8,5"; three digits after a mark group."""
    text = digits.rstrip(".,")
    decimal = _DECIMALS.search(text)
    whole = text[: decimal.start()] if decimal else text
    return float(f"{re.sub('[.,]', '', whole)}.{decimal[1] if decimal else 0}")
