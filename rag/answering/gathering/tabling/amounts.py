"""Compute what a question asks of numbers in a table: sum, average, highest or lowest. Pure.

Goes in: a question, and the rows of a table that it is about. Comes out: the rows that the result
rests on, and the result as the cells write it.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from rag.answering.gathering.tabling.amount_words import ASKS_FOR_AMOUNT, PRICE_NAMES, TOTAL_NAMES
from rag.answering.gathering.tabling.tables import COMPARISON, MatchedRows, Row, Table, match_rows, share_asked
from rag.text.words import Stem, split_words, stems_of

Operation = Literal["sum", "mean", "highest", "lowest"]

_OPERATIONS: dict[str, Operation] = {
    "dearest": "highest",
    "cheapest": "lowest",
    "latest": "highest",
    "earliest": "lowest",
    "mean": "mean",
    "highest": "highest",
    "lowest": "lowest",
    "sum": "sum",
}
_OF_PRICES, _OF_DATES = {"dearest", "cheapest"}, {"latest", "earliest"}
_CURRENCY = re.compile(r"[£€$¥₽]|\b(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<before>[^\d\n]{0,6}?)(?P<sign>[-−]?)(?P<digits>\d[\d.,'’\u00a0\u202f]*(?: \d{3}(?!\d)[\d.,]*)*)"
    r"(?P<after>[^\d]{0,12})"
)
_DAY = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?|(\d{1,2})[./](\d{1,2})[./](\d{4})")
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_DECIMAL = re.compile(r"[.,](\d{1,2}|\d{4,})$")
# A column is one of numbers if this share of its filled cells hold nothing but a number and a unit.
_MIN_NUMBERS = 0.8
_ROUNDING = Decimal("0.005")
_MIN_ROWS_OF_TOTAL = 3
_MAX_WORDS_OF_TOTAL = 4
# No amount has more, and decimal numbers keep 28.
_MAX_DIGITS = 20
# An average has at least so many decimals.
_MEAN_DECIMALS = 2
# "The average fee of the courses" names the column, so the table need not name courses.
_MIN_EXPLAINED = 0.4
_MIN_NAMED = 0.5


class Amount(NamedTuple):
    """A number as a cell writes it: what stands before and after it, and how many decimals."""

    value: Decimal
    before: str
    after: str
    n_decimals: int
    mark: str


@dataclass(frozen=True, slots=True)
class Computed:
    """The result of an operation.

    Attributes:
        column: The name of the column.
        value: As the cells write their numbers.
        names: Of the highest and lowest, what the rows call themselves.
        rows: All that the result rests on; of the highest and lowest, those that have it.
        n_rows: How many rows were compared or added.
        explained: The share of the question's content words that the table explains.
    """

    operation: Operation
    column: str
    value: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    n_rows: int
    explained: float


def asks_for_amount(question: str) -> bool:
    return ASKS_FOR_AMOUNT.search(question) is not None


def compute_amount(question: str, table: Table, stem: Stem) -> Computed | None:
    """Return what the question asks of a column; None if it does not ask, or of no one column.

    Rows with totals are left out. The rest of the question selects the rows, as in a list.
    """
    own = without_totals(table)
    asked = _find_operation(question, own, stem)
    if not asked:
        return None
    way = asked.lastgroup or ""
    rest = f"{question[: asked.start()]} {question[asked.end() :]}"
    column = _choose_column(way, rest, own, stem)
    matched = match_rows(rest, own, stem, min_of_all=_MIN_EXPLAINED) if column else None
    if not column or not matched or not _is_about(matched, column, stem):
        return None
    values = [(row, value) for row in matched.rows if (value := _comparable(row.cells.get(column, ""), way))]
    if not values:
        return None
    operation = _OPERATIONS[way]
    units = {_unit_of(row.cells[column]) for row, _ in values}
    if len(units) > 1:
        return None
    if operation in {"highest", "lowest"}:
        compared = [value for _, value in values]
        best = max(compared) if operation == "highest" else min(compared)
        rows = tuple(row for row, value in values if value == best)
        names = tuple(next(iter(row.cells.values())) for row in rows)
        return Computed(operation, column, rows[0].cells[column], names, rows, len(values), matched.explained)
    amounts = [amount for row, _ in values if (amount := read_amount(row.cells[column]))]
    result = _add_up(operation, amounts) if len(amounts) == len(values) > 1 else None
    rows = tuple(row for row, _ in values)
    return Computed(operation, column, result, (), rows, len(rows), matched.explained) if result else None


def _find_operation(question: str, table: Table, stem: Stem) -> re.Match[str] | None:
    """Return the words that ask for an operation: not those of a column that the question names."""
    asked = stems_of(split_words(question, stem))
    named = [stems_of(split_words(name, stem)) for name in table.names]
    in_names = set().union(*(stems for stems in named if stems and stems <= asked))
    found = list(ASKS_FOR_AMOUNT.finditer(question))
    # "At most 90" asks for no highest.
    limits = [one.span() for one in COMPARISON.finditer(question)]
    free = (
        one
        for one in found
        if not stems_of(split_words(one[0], stem)) <= in_names
        and not any(start < one.end() and one.start() < end for start, end in limits)
    )
    return next(free, None)


def without_totals(table: Table) -> Table:
    """Return a table without rows that name themselves totals, or at its end add up the others."""
    rows = [row for row in table.rows if not _is_named_total(row)]
    while len(rows) > _MIN_ROWS_OF_TOTAL and _is_sum(rows[-1], rows[:-1], table.names):
        rows.pop()
    return Table(tuple(rows), table.names, table.above) if rows else table


def read_amount(text: str) -> Amount | None:
    """Return the number of a cell that holds one and a unit; None for other cells.

    Three digits after a single mark are a group, as in "1,234", unless zero stands before it.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found or _DAY.search(text) or len(found["digits"]) > _MAX_DIGITS:
        return None
    digits = re.sub(r"['’\u00a0\u202f ]", "", found["digits"].rstrip(".,"))
    decimal = _DECIMAL.search(digits) or re.fullmatch(r"0[.,](\d+)", digits)
    whole = digits[: len(digits) - len(decimal[1]) - 1] if decimal else digits
    mark = digits[len(whole)] if decimal else ""
    number = Decimal(f"{re.sub('[.,]', '', whole) or 0}.{decimal[1] if decimal else 0}")
    is_negative = bool(found["sign"]) or any(mark in found["before"] for mark in "-−–(") or found["after"] == "-"
    before, after = found["before"].strip(" (-−–"), found["after"].rstrip(" )-")
    return Amount(-number if is_negative else number, before, after, len(decimal[1]) if decimal else 0, mark)


def _add_up(operation: Operation, amounts: Sequence[Amount]) -> str | None:
    """Return a sum or an average; None if the cells have several units."""
    if len({(amount.before, amount.after.strip().casefold()) for amount in amounts}) != 1:
        return None
    total = sum((amount.value for amount in amounts), Decimal(0))
    n_decimals = max(amount.n_decimals for amount in amounts)
    if operation == "mean":
        total, n_decimals = total / len(amounts), max(n_decimals, _MEAN_DECIMALS)
    return _write(total, n_decimals, amounts)


def _write(value: Decimal, n_decimals: int, amounts: Sequence[Amount]) -> str:
    marks = Counter(amount.mark for amount in amounts if amount.mark)
    text = f"{value.quantize(Decimal(1).scaleb(-n_decimals), ROUND_HALF_UP):,f}"
    if marks and marks.most_common(1)[0][0] == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    first = amounts[0]
    return f"{first.before}{text}{first.after}".strip()


def _comparable(text: str, way: str) -> tuple[Decimal, ...]:
    """Return a cell's number or date as what can be compared; empty if it holds none."""
    day = _DAY.search(text)
    if way in _OF_DATES or (day and way in {"highest", "lowest"}):
        return _read_day(day) if day else ()
    amount = read_amount(text)
    return (amount.value,) if amount else ()


def _read_day(day: re.Match[str]) -> tuple[Decimal, ...]:
    year, month, date, date2, month2, year2 = day.groups()
    return tuple(Decimal(part or 0) for part in ((year, month, date) if year else (year2, month2, date2)))


def _choose_column(way: str, rest: str, table: Table, stem: Stem) -> str | None:
    """Return the column that is meant: the one of whose name most stands in the question.

    A superlative of price or time that names none means the only column of that kind. Columns that
    are named alike are none.
    """
    fitting = [name for name in table.names if _holds(name, table, way)]
    asked = stems_of(split_words(rest, stem))
    shares = {name: share_asked(name, asked, stem) for name in fitting if _ends_in(name, asked, stem)}
    best = max(shares.values(), default=0.0)
    if best >= _MIN_NAMED:
        named = [name for name, share in shares.items() if share == best]
        words = {name: stems_of(split_words(name, stem)) for name in named}
        fullest = max(named, key=lambda name: len(words[name]))
        # "Price 2024" is meant, and not "Price"; of "seats or price" neither is.
        return fullest if all(words[name] < words[fullest] or name == fullest for name in named) else None
    if way in _OF_PRICES:
        fitting = [name for name in fitting if _is_price(name, table, stem)]
        return fitting[0] if len(fitting) == 1 else None
    return fitting[0] if way in _OF_DATES and len(fitting) == 1 else None


def _ends_in(name: str, asked: Collection[str], stem: Stem) -> bool:
    """Say whether the last word of a name is asked for: "price" of "2025 Price (net)"."""
    words = split_words(_IN_BRACKETS.sub("", name), stem)
    return bool(words) and words[-1].stem in asked


def _holds(name: str, table: Table, way: str) -> bool:
    """Say whether a column holds what can be compared or added."""
    filled = [text for row in table.rows if (text := row.cells.get(name, ""))]
    n_values = sum(bool(_comparable(text, way)) for text in filled)
    return bool(filled) and n_values >= _MIN_NUMBERS * len(filled)


def _is_price(name: str, table: Table, stem: Stem) -> bool:
    words = {word.stem for word in split_words(name, stem)} | {word.casefold() for word in name.split()}
    is_named = any(word.startswith(PRICE_NAMES) for word in words)
    return (
        is_named or bool(_CURRENCY.search(name)) or any(_CURRENCY.search(row.cells.get(name, "")) for row in table.rows)
    )


def _is_about(matched: MatchedRows, column: str, stem: Stem) -> bool:
    """Say whether the words that the table does not explain only call its records something.

    "The oldest employee" of a table of names is one of its rows. "The fee of the evening courses"
    asks for some rows of a table of courses, and none is said to be in the evening.
    """
    others = matched.named - stems_of(split_words(column, stem))
    return not matched.unexplained or (len(matched.unexplained) == 1 and not others)


def _unit_of(text: str) -> tuple[str, str]:
    amount = None if _DAY.search(text) else read_amount(text)
    return (amount.before, amount.after.strip().casefold()) if amount else ("", "")


def _is_named_total(row: Row) -> bool:
    words = next(iter(row.cells.values()), "").casefold().strip(" :").split()
    return 0 < len(words) <= _MAX_WORDS_OF_TOTAL and not TOTAL_NAMES.isdisjoint(words)


def _is_sum(row: Row, above: Sequence[Row], names: Collection[str]) -> bool:
    """Say whether the numbers of a row are the sums of those above it.

    One column may be so by chance, unless the row calls itself nothing.
    """
    n_sums = 0
    for name in names:
        amount = read_amount(row.cells.get(name, ""))
        others = [read_amount(one.cells.get(name, "")) for one in above]
        numbers = [other.value for other in others if other]
        if not amount or len(numbers) < _MIN_ROWS_OF_TOTAL:
            continue
        if abs(sum(numbers, Decimal(0)) - amount.value) > _ROUNDING * max(abs(amount.value), Decimal(1)):
            return False
        n_sums += amount.value != 0
    key = row.cells.get(next(iter(names), ""), "")
    return n_sums > (1 if key else 0)
