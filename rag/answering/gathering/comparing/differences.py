"""Tell in what two units about the same thing differ: cell by cell, number by number. Pure."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.answering.gathering.comparing.dates import remove_dates
from rag.answering.gathering.comparing.units import Cell, Unit, numbers_of
from rag.answering.gathering.comparing.words import compared_words
from rag.text.words import Stem, content_stems, negates

_NO_CELL = Cell("", "")
# Texts with less in common differ; others are the same in other words.
_SAME_WORDS = 0.6
_MIN_WORDS_OF_NOTE = 2
# Column names with this share of equal words are the same column.
_SAME_LABEL = 0.5


class Difference(NamedTuple):
    """A value that differs; both are the documents' own words, one may be empty.

    Attributes:
        label: The name of the column in the newer version; empty for sentences.
    """

    label: str
    older: str
    newer: str


def differences_of(older: Unit, newer: Unit, stem: Stem) -> tuple[Difference, ...]:
    """Return what differs, in the order of the newer unit; empty if both say the same.

    Cells are compared by the names of their columns, without years. Renamed columns are compared in
    their order if as many are left on both sides. 46.00 and 46 are the same, so are "max 6" and
    "Max. 6".
    """
    if older.cells and newer.cells:
        found = [
            Difference(new.label or old.label, old.value, new.value)
            for old, new in _pair_cells(older.cells, newer.cells, stem)
            if _differ(old.value, new.value, stem)
        ]
        # The name of the thing is the least of what changed in it.
        return tuple(sorted(found, key=lambda one: not one.older or not one.newer or one.older in _names_of(older)))
    if older.cells or newer.cells:
        fewer, more = sorted((set(older.numbers), set(newer.numbers)), key=len)
        return () if fewer <= more else (Difference("", older.text, newer.text),)
    return (Difference("", older.text, newer.text),) if _differ_as_texts(older, newer) else ()


def columns_of(units: Iterable[Unit]) -> frozenset[str]:
    """Return the names of the columns of all rows among the units."""
    return frozenset(cell.label for unit in units for cell in unit.cells)


def has_column(label: str, columns: Iterable[str], stem: Stem) -> bool:
    """Tell whether one of the columns has this name, apart from years."""
    return any(_likeness_of_labels(label, other, stem) >= _SAME_LABEL for other in columns)


def _names_of(unit: Unit) -> set[str]:
    return {cell.value for cell in unit.cells[: 2 if unit.code else 1]}


def _pair_cells(olders: Sequence[Cell], newers: Sequence[Cell], stem: Stem) -> list[tuple[Cell, Cell]]:
    """Return cells of the same column in the order of the newer row, then those left of the older.

    A column that the other row lacks is paired with an empty cell.
    """
    left, found = list(olders), dict.fromkeys(newers, _NO_CELL)
    for newer in newers:
        likest = max(left, key=lambda older: _likeness_of_labels(older.label, newer.label, stem), default=_NO_CELL)
        if _likeness_of_labels(likest.label, newer.label, stem) >= _SAME_LABEL:
            left.remove(likest)
            found[newer] = likest
    _pair_renamed([newer for newer in newers if found[newer] is _NO_CELL], left, found, stem)
    return [*((older, newer) for newer, older in found.items()), *((cell, _NO_CELL) for cell in left)]


def _pair_renamed(newers: Sequence[Cell], left: list[Cell], found: dict[Cell, Cell], stem: Stem) -> None:
    """Move cells of renamed columns from `left` to `found`: equal ones, numbers, then texts."""
    for newer in newers:
        equal = next((older for older in left if not _differ(older.value, newer.value, stem)), None)
        if equal:
            left.remove(equal)
            found[newer] = equal
    for is_number in (True, False):
        ones = [cell for cell in left if _is_number(cell.value, stem) == is_number]
        others = [cell for cell in newers if found[cell] is _NO_CELL and _is_number(cell.value, stem) == is_number]
        if len(ones) == len(others):
            for older, newer in zip(ones, others, strict=True):
                left.remove(older)
                found[newer] = older


def _is_number(value: str, stem: Stem) -> bool:
    words = compared_words(value, stem)
    return bool(words) and bool(words[0].number or words[-1].number)


def _likeness_of_labels(one: str, other: str, stem: Stem) -> float:
    if one == other:
        return float(bool(one))
    ones, others = _label_stems(one, stem), _label_stems(other, stem)
    return 2 * len(ones & others) / (len(ones) + len(others)) if ones and others else 0.0


@lru_cache(maxsize=1024)
def _label_stems(label: str, stem: Stem) -> frozenset[str]:
    return frozenset(_stems(remove_dates(label), stem))


def _stems(text: str, stem: Stem) -> set[str]:
    return {word.stem for word in compared_words(text, stem) if word.is_content and not word.number}


def _differ(older: str, newer: str, stem: Stem) -> bool:
    if older == newer:
        return False
    if not (older and newer):
        return len(content_stems(compared_words(older or newer, stem))) >= _MIN_WORDS_OF_NOTE
    numbers, other_numbers = numbers_of(older, stem), numbers_of(newer, stem)
    if numbers != other_numbers or negates(older) != negates(newer):
        return True
    return not _are_same_words(_stems(older, stem), _stems(newer, stem))


def _differ_as_texts(older: Unit, newer: Unit) -> bool:
    if sorted(older.numbers) != sorted(newer.numbers) or negates(older.text) != negates(newer.text):
        return True
    return set(older.stems) != set(newer.stems)


def _are_same_words(ones: set[str], others: set[str]) -> bool:
    return not (ones or others) or 2 * len(ones & others) >= _SAME_WORDS * (len(ones) + len(others))
