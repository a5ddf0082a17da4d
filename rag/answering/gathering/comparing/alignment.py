"""Align the units of two texts that say the same thing, perhaps with other values. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, log
from typing import NamedTuple

from rag.answering.gathering.comparing.units import Unit

# Two units are the same thing from this likeness on.
MIN_LIKENESS = 0.5
# Added if the codes are equal; a code alone is enough if it has a letter.
_SAME_CODE = 0.3
_OTHER_CODE = 0.8
_UNDER_SAME_HEADING = 0.05
# Sentences under other headings say the same thing only if they are very alike.
_TEXT_UNDER_OTHER_HEADING = 0.8
_SAME_NUMBERS = 0.02
# Units are looked for by so many of their rarest stems: comparing all with all would take long.
_N_LOOKED_FOR = 5
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
    weights = _weights([*ones, *others])
    names, other_names = [_Name(unit, weights) for unit in ones], [_Name(unit, weights) for unit in others]
    by_stem: dict[str, list[int]] = {}
    for j, other in enumerate(other_names):
        for found in other.found_by:
            by_stem.setdefault(found, []).append(j)
    scored = []
    for i, one in enumerate(names):
        near = sorted({j for found in one.looks_for(by_stem) for j in by_stem[found]})
        likenesses = ((j, _likeness(one, other_names[j], weights)) for j in near)
        scored += [(-likeness, i, j) for j, likeness in likenesses if likeness >= MIN_LIKENESS]
    chosen: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for negative, i, j in sorted(scored):
        if i not in chosen and j not in taken:
            chosen[i] = (j, -negative)
            taken.add(j)
    return [Aligned(ones[i], others[j], likeness) for i, (j, likeness) in sorted(chosen.items())]


class _Name:
    """What a unit is about, ready to be compared.

    Attributes:
        found_by: The code, the stems, and the whole name.
        weight: The sum of the weights of its stems.
    """

    def __init__(self, unit: Unit, weights: Mapping[str, float]) -> None:
        self.unit = unit
        self.stems = frozenset(unit.key)
        self.weight = _sum(self.stems, weights)
        self.found_by = {*self.stems, unit.code, " ".join(unit.key)} - {""}

    def looks_for(self, others: Mapping[str, Sequence[int]]) -> list[str]:
        """Return by what it looks for its like: that which the fewest of the others have."""
        known = sorted((len(others[one]), one) for one in self.found_by if one in others)
        return [one for _, one in known[:_N_LOOKED_FOR]]


def _weights(units: Sequence[Unit]) -> dict[str, float]:
    """Return how much each stem tells units apart."""
    counts = Counter(stem for unit in units for stem in set(unit.key))
    return {stem: log(1 + len(units) / count) for stem, count in counts.items()}


def _sum(stems: Iterable[str], weights: Mapping[str, float]) -> float:
    # The exact sum, because the order of a set may differ.
    return fsum(weights[stem] for stem in stems)


def _likeness(one: _Name, other: _Name, weights: Mapping[str, float]) -> float:
    """Return how alike two units are, 0 to about 1; 0 if only one is a heading."""
    first, second = one.unit, other.unit
    if (first.kind == "heading") != (second.kind == "heading"):
        return 0.0
    likeness = _likeness_of_names(one, other, weights)
    if first.code and first.code == second.code:
        least = 0.0 if first.code.isdigit() else MIN_LIKENESS
        likeness = max(least, min(1.0, likeness + _SAME_CODE))
    elif first.code and second.code:
        likeness *= _OTHER_CODE
    is_under_same = first.headings[-1:] == second.headings[-1:]
    if {first.kind, second.kind} <= _KINDS_OF_TEXT and not is_under_same:
        likeness *= _TEXT_UNDER_OTHER_HEADING
    return likeness + _UNDER_SAME_HEADING * is_under_same + _SAME_NUMBERS * (first.numbers == second.numbers)


def _likeness_of_names(one: _Name, other: _Name, weights: Mapping[str, float]) -> float:
    fewer = min(one.weight, other.weight)
    if not fewer:
        return 0.0
    shared = _sum(one.stems & other.stems, weights)
    dice = 2 * shared / (one.weight + other.weight)
    is_longer_name = one.unit.key[0] == other.unit.key[0] and not {one.unit.kind, other.unit.kind} <= _KINDS_OF_TEXT
    if is_longer_name and dice >= _MIN_DICE_OF_LONGER_NAME:
        return max(dice, (dice + shared / fewer) / 2)
    return dice
