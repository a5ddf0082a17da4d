"""Align the units of two texts that say the same thing, perhaps with other values. Pure."""

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import NamedTuple

from rag.answering.gathering.units import Unit

# Two units are the same thing from this likeness on.
MIN_LIKENESS = 0.5
# Added if the codes are equal; a code alone is enough if it has a letter.
_SAME_CODE = 0.3
_UNDER_SAME_HEADING = 0.05
_SAME_NUMBERS = 0.02
# A name that goes on: "Family" and "Family (two adults and their children)".
_MIN_DICE_OF_LONGER_NAME = 0.15
_KINDS_OF_TEXT = {"item", "sentence"}


class Aligned(NamedTuple):
    """Two units that are about the same thing; `likeness` is 0 to about 1."""

    one: Unit
    other: Unit
    likeness: float


def align(ones: Sequence[Unit], others: Sequence[Unit]) -> list[Aligned]:
    """Return pairs of units that are about the same thing, in the order of `ones`.

    Rows and lines are aligned by code and name, sentences and items by their words. A word counts
    by how rare it is in both texts. Each unit is in one pair at most; the likest pairs are chosen
    first, ties in text order.
    """
    weigh = _Weights([*ones, *others])
    by_stem: dict[str, list[int]] = {}
    for j, other in enumerate(others):
        for name in {*other.key, other.code} - {""}:
            by_stem.setdefault(name, []).append(j)
    scored = []
    for i, one in enumerate(ones):
        near = sorted({j for name in {*one.key, one.code} - {""} for j in by_stem.get(name, ())})
        scored += [(-likeness, i, j) for j in near if (likeness := weigh.likeness(one, others[j])) >= MIN_LIKENESS]
    chosen: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for negative, i, j in sorted(scored):
        if i not in chosen and j not in taken:
            chosen[i] = (j, -negative)
            taken.add(j)
    return [Aligned(ones[i], others[j], likeness) for i, (j, likeness) in sorted(chosen.items())]


class _Weights:
    """How much each stem tells units apart."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._n = len(units)
        self._counts = Counter(name for unit in units for name in set(unit.key))

    def likeness(self, one: Unit, other: Unit) -> float:
        """Return how alike two units are, 0 to about 1; 0 if only one is a heading."""
        if (one.kind == "heading") != (other.kind == "heading"):
            return 0.0
        likeness = self._likeness_of_names(one, other)
        if one.code and one.code == other.code:
            least = 0.0 if one.code.isdigit() else MIN_LIKENESS
            likeness = max(least, min(1.0, likeness + _SAME_CODE))
        elif one.code and other.code:
            likeness *= 0.8
        likeness += _UNDER_SAME_HEADING * (one.headings[-1:] == other.headings[-1:])
        return likeness + _SAME_NUMBERS * (one.numbers == other.numbers)

    def _likeness_of_names(self, one: Unit, other: Unit) -> float:
        names, other_names = set(one.key), set(other.key)
        shared, fewer = self._sum(names & other_names), min(self._sum(names), self._sum(other_names))
        if not fewer:
            return 0.0
        dice = 2 * shared / (self._sum(names) + self._sum(other_names))
        is_longer_name = one.key[0] == other.key[0] and not {one.kind, other.kind} <= _KINDS_OF_TEXT
        if is_longer_name and dice >= _MIN_DICE_OF_LONGER_NAME:
            return max(dice, (dice + shared / fewer) / 2)
        return dice

    def _sum(self, stems: set[str]) -> float:
        # Sorted, because the sum of floats depends on their order.
        return sum(log(1 + self._n / self._counts[name]) for name in sorted(stems))
