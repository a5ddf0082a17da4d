"""Put newer evidence before older evidence about the same thing, and tell where they differ.

Goes in: the evidence for a question, and the dates of its documents. Comes out: the same evidence
in another order, and the conflicts in it. Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key, partial
from itertools import combinations
from typing import Literal, NamedTuple

from rag.answering.gathering.comparing.dates import find_dates, remove_dates
from rag.answering.gathering.comparing.differences import Difference, columns_of, differences_of, has_column
from rag.answering.gathering.comparing.units import Unit, numbers_of, read_sentence
from rag.answering.gathering.comparing.version_dates import VersionDate, compare_versions
from rag.answering.gathering.versions import VersionPair
from rag.text.words import Stem, negates
from rag.types import Evidence, Span

Relation = Literal["newer", "contradicts"]
"""How two pieces of evidence that differ stand to each other.

- newer: The first is of a later date.
- contradicts: They are of the same date, or their order cannot be told.
"""

# Two sentences say the same thing if they share this much of their words: in sections of one
# document, and in documents that are no versions of one another.
_SAME_IN_ONE_DOCUMENT, _SAME_IN_OTHERS = 0.6, 0.75
_SAME_NAME = 0.6
_MIN_SHARED_WORDS = 3


_Place = tuple[str, Span]
"""A span of the document with an id."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two pieces of evidence that give different values for the same thing.

    Attributes:
        first: The newer one, if `relation` is "newer".
        first_date, other_date: Their labels are what readers call them: "2025-26", "1 May 2024".
        differences: From `other` (as older) to `first` (as newer).
    """

    relation: Relation
    first: Evidence
    other: Evidence
    first_date: VersionDate
    other_date: VersionDate
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class DatedEvidence:
    """Evidence with newer before older among equals; the conflicts in the order of the evidence."""

    evidence: tuple[Evidence, ...]
    conflicts: tuple[Conflict, ...]


class _Dated(NamedTuple):
    """A piece of evidence with what it says and when; `rank` is its place in the list."""

    rank: int
    evidence: Evidence
    unit: Unit
    date: VersionDate

    @property
    def document_id(self) -> str:
        return self.evidence.hit.passage.document_id

    def is_at(self, place: "_Place") -> bool:
        return self.document_id == place[0] and self.evidence.sentence.overlaps(place[1])


def order_by_date(
    question: str,
    evidence: Sequence[Evidence],
    dates: Mapping[str, VersionDate],
    stem: Stem,
    pairs: Sequence[VersionPair] = (),
) -> DatedEvidence:
    """Return evidence in which newer stands before older if both are about the same thing.

    Evidence that differs stands together, where the best of it stood, with the odds of the best.
    If the question names a year, evidence of that year comes first. Without conflicts nothing
    moves. Of evidence that says the same nothing moves either.

    Args:
        evidence: For the question, best first.
        dates: By document id; documents without one have no date. Below a heading that is a date,
            such as "2024-25", that date counts instead.
        pairs: Versions of one another, among these documents and perhaps others. They tell which
            units are about the same thing. In other documents, names and columns must be equal.
    """
    dated = [_read(rank, one, dates, stem) for rank, one in enumerate(evidence)]
    asked = {date.day[:4] for date in find_dates(question)}
    in_versions = _aligned_spans(pairs)
    found = [
        (one, other, differences)
        for one, other in combinations(dated, 2)
        if (differences := _differences(one, other, in_versions, stem))
    ]
    newest_first = cmp_to_key(partial(_compare, asked=asked))
    ordered: list[Evidence] = []
    for group in _group(len(dated), [(one.rank, other.rank) for one, other, _ in found]):
        members = sorted((dated[rank] for rank in group), key=newest_first)
        best = max(one.evidence.odds for one in members)
        ordered += [replace(one.evidence, odds=best) for one in members]
    return DatedEvidence(tuple(ordered), tuple(_conflict(*two, stem) for two in found))


def _read(rank: int, evidence: Evidence, dates: Mapping[str, VersionDate], stem: Stem) -> _Dated:
    passage = evidence.hit.passage
    unit = read_sentence(passage, evidence.sentence, stem)
    for heading in reversed(passage.headings):
        days = find_dates(heading)
        if len(days) == 1 and not any(character.isalpha() for character in remove_dates(heading)):
            return _Dated(rank, evidence, unit, VersionDate(days[0].day, "name", label=heading))
    return _Dated(rank, evidence, unit, dates.get(passage.document_id, VersionDate()))


def _aligned_spans(pairs: Sequence[VersionPair]) -> dict[frozenset[str], list[tuple[_Place, _Place]]]:
    """Return the places that are about the same thing in versions, by the ids of both documents."""
    places: dict[frozenset[str], list[tuple[_Place, _Place]]] = {}
    for pair in pairs:
        older, newer = pair.older.entry.id, pair.newer.entry.id
        places.setdefault(frozenset((older, newer)), []).extend(
            ((older, one.span), (newer, other.span)) for one, other, _ in pair.aligned
        )
    return places


def _differences(
    one: _Dated, other: _Dated, in_versions: Mapping[frozenset[str], Sequence[tuple[_Place, _Place]]], stem: Stem
) -> tuple[Difference, ...]:
    """Return in what two pieces of evidence differ; empty if they are not about the same thing."""
    known = in_versions.get(frozenset((one.document_id, other.document_id)))
    if known is not None:
        are_aligned = any((one.is_at(a) and other.is_at(b)) or (one.is_at(b) and other.is_at(a)) for a, b in known)
        differences = differences_of(other.unit, one.unit, stem) if are_aligned else ()
        # What only one version has, such as a remark, does not contradict the other.
        return differences if any(difference.older and difference.newer for difference in differences) else ()
    is_elsewhere = one.document_id != other.document_id or one.date != other.date
    if not is_elsewhere or not _is_same_thing(one, other, stem):
        return ()
    differences = differences_of(other.unit, one.unit, stem)
    in_both = [
        difference
        for difference in differences
        if not difference.label or has_column(difference.label, columns_of([other.unit]), stem)
    ]
    return differences if any(_is_of_value(difference) for difference in in_both) else ()


def _is_same_thing(one: _Dated, other: _Dated, stem: Stem) -> bool:
    """Tell whether evidence of documents that are no versions is about the same thing.

    Rows need the same name or code, and a column in common.
    """
    first, second = one.unit, other.unit
    if first.cells and second.cells:
        is_named_alike = set(first.key) == set(second.key) or (
            bool(first.code) and first.code == second.code and _dice(first.key, second.key) >= _SAME_NAME
        )
        columns = first.cells[2 if first.code else 1 :]
        return is_named_alike and any(has_column(cell.label, columns_of([second]), stem) for cell in columns)
    is_one_document = one.document_id == other.document_id
    least = _SAME_IN_ONE_DOCUMENT if is_one_document else _SAME_IN_OTHERS
    return not (first.cells or second.cells) and _share_words(first, second, least)


def _share_words(one: Unit, other: Unit, least: float) -> bool:
    """Tell whether two units share enough words, and neither names another thing instead.

    "The basic plan" and "the pro plan" are two things, although most of their words are the same.
    """
    first, second = set(one.stems), set(other.stems)
    is_other_thing = bool(first - second) and bool(second - first)
    return len(first & second) >= _MIN_SHARED_WORDS and not is_other_thing and _dice(one.stems, other.stems) >= least


def _is_of_value(difference: Difference) -> bool:
    """Tell whether numbers differ, or only one side is negated; other words may mean the same."""
    older, newer = difference.older, difference.newer
    is_other_number = sorted(numbers_of(older, str)) != sorted(numbers_of(newer, str))
    return bool(older and newer) and (is_other_number or negates(older) != negates(newer))


def _dice(ones: Sequence[str], others: Sequence[str]) -> float:
    first, second = set(ones), set(others)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _group(n: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the ranks, those that are connected together, in the order of the best of each."""
    leader = list(range(n))
    for one, other in pairs:
        first, second = sorted((leader[one], leader[other]))
        leader = [first if current == second else current for current in leader]
    groups: dict[int, list[int]] = {}
    for rank, first in enumerate(leader):
        groups.setdefault(first, []).append(rank)
    return list(groups.values())


def _compare(one: _Dated, other: _Dated, asked: Collection[str]) -> int:
    """Return -1 if the first comes before: it is of a year asked for, or newer, or was before."""
    by_year = (other.date.year in asked) - (one.date.year in asked)
    return by_year or -(compare_versions(one.date, other.date) or 0) or one.rank - other.rank


def _conflict(one: _Dated, other: _Dated, differences: tuple[Difference, ...], stem: Stem) -> Conflict:
    order = compare_versions(one.date, other.date) or 0
    if order < 0:
        return _conflict(other, one, differences_of(one.unit, other.unit, stem), stem)
    relation: Relation = "newer" if order else "contradicts"
    return Conflict(relation, one.evidence, other.evidence, one.date, other.date, differences)
