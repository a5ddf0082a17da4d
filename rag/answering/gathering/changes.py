"""Gather what changed between two versions, or what one document says that changed.

Goes in: a question, the hits found for it, and versions. Comes out: pairs of units whose values
differ, units that only one version has, each with its document and span. Pure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.answering.gathering.comparing.change_log import entries_asked_for, is_change_log
from rag.answering.gathering.comparing.change_words import says_change
from rag.answering.gathering.comparing.dates import find_dates
from rag.answering.gathering.comparing.differences import Difference, columns_of, differences_of, has_column
from rag.answering.gathering.comparing.topics import NO_TOPIC, Share, Topic
from rag.answering.gathering.comparing.units import Unit
from rag.answering.gathering.comparing.version_dates import VersionDate
from rag.answering.gathering.versions import Version, VersionPair, find_pairs
from rag.text.words import Stem
from rag.types import FileEntry, Hit, Passage, Span

SearchIn = Callable[[tuple[str, ...]], Sequence[Hit]]
ChangeKind = Literal["changed", "same", "added", "removed", "said"]
"""What a change is.

- changed: both versions have it, with other values.
- same: both versions have it, with the same values; only if the question is about it.
- added, removed: only the newer, only the older version has it.
- said: one document says itself that it changed.
"""

# The best thing must hold this share of the topic, or the question is a general one.
_MIN_TOPIC = 0.35
# A sentence that says what changed needs less: it may be near by its vector alone.
_MIN_TOPIC_OF_SAID = 0.24
# Things that come this near to the best one are asked about too. Those that hold all the words are
# too, unless the best one is clearly meant.
_NEAR_BEST = 0.75
_ALL_WORDS = 0.85
_CLEAR = 0.8
# What each version says in its own words is put together if the other is this near.
_JOINED = 0.6
# What only one version has is asked about only if it clearly holds more of the topic.
_ONE_SIDED = 0.75
_ORDER: dict[ChangeKind, int] = {"changed": 0, "same": 0, "said": 0, "added": 1, "removed": 2}


@dataclass(frozen=True, slots=True)
class Side:
    """What one version says.

    Attributes:
        entry: The document; with `unit.span`, `unit.page` and `unit.headings` it can be cited.
        date: Of the version; its label is what readers call it.
    """

    entry: FileEntry
    unit: Unit
    date: VersionDate


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one thing.

    Attributes:
        older, newer: None if that version does not have it.
        differences: The values that differ; empty unless `kind` is "changed".
        topic: How much of the question's topic it holds; 0 for a general question.
    """

    kind: ChangeKind
    older: Side | None
    newer: Side | None
    differences: tuple[Difference, ...] = ()
    topic: Share = NO_TOPIC


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer to a question about a change.

    Attributes:
        pair: The versions compared; None if one document says what changed.
        changes: Those about the question's topic first.
        is_specific: The question is about one thing, or few, and only those are here.
    """

    pair: VersionPair | None
    changes: tuple[Change, ...]
    is_specific: bool


def gather_changes(
    question: str, hits: Sequence[Hit], versions: Sequence[Version], search_in: SearchIn, stem: Stem
) -> Changes | None:
    """Return what changed in what a question asks about; None if nothing tells.

    Args:
        question: Asks what changed, what is new, or what was and what is now.
        hits: Found for the question, best first.
        versions: The hits' documents, and others with a similar title.
        search_in: Returns the passages of some documents with their cosines to the question.
        stem: The one that the versions were read with.
    """
    ranks = _ranks(hits)
    pair = choose_pair(question, hits, find_pairs(versions, ranks.keys()))
    near = sorted((one for one in versions if one.entry.id in ranks), key=lambda one: ranks[one.entry.id])
    if pair is None:
        return said_changes(question, hits, near, stem)
    ids = tuple(dict.fromkeys((pair.older.entry.id, pair.newer.entry.id)))
    better = [one for one in near if ranks[one.entry.id] < min(ranks.get(id_, len(hits) + 1) for id_ in ids)]
    found = choose_changes(question, search_in(ids), pair, list_changes(pair, stem), stem)
    if (
        found
        and any(one.older and one.newer for one in found.changes)
        and not any(is_change_log(one.units) for one in better)
    ):
        return found
    return said_changes(question, hits, better, stem) or found


def hit_of(side: Side) -> Hit:
    """Return what a version says as a hit; with `side.unit.span` it can be cited."""
    entry, unit = side.entry, side.unit
    passage = Passage(
        id=f"{entry.id}:{unit.span.start}",
        document_id=entry.id,
        ordinal=0,
        start=unit.span.start,
        end=unit.span.end,
        text=unit.text,
        sentences=(unit.span,),
        page=unit.page,
        headings=unit.headings,
        title=entry.title,
    )
    return Hit(passage, score=1.0, rank=1, stage="fused")


def choose_pair(question: str, hits: Sequence[Hit], pairs: Sequence[VersionPair]) -> VersionPair | None:
    """Return the pair of versions that a question is about.

    One of its documents must be among the hits. The pair with most of the years that the question
    names is chosen, then that of the best hit's document or its versions, then the newest.
    """
    ranks = _ranks(hits)
    asked = {date.day[:4] for date in find_dates(question)}
    rank_of_family = _ranks_of_families(ranks, pairs)

    def order(pair: VersionPair) -> tuple[int, int]:
        named = {pair.older.date.year, pair.newer.date.year} & asked
        return -len(named), rank_of_family[pair.older.entry.id]

    near = [pair for pair in pairs if {pair.older.entry.id, pair.newer.entry.id} & ranks.keys()]
    newest_first = sorted(near, key=lambda one: (one.newer.date.day or "", one.older.date.day or ""), reverse=True)
    return min(newest_first, key=order, default=None)


def _ranks_of_families(ranks: Mapping[str, int], pairs: Sequence[VersionPair]) -> dict[str, int]:
    """Return for each document the rank of the best hit in it or in one of its versions."""
    worst = max(ranks.values(), default=0) + 1
    best = {one.entry.id: ranks.get(one.entry.id, worst) for pair in pairs for one in (pair.older, pair.newer)}
    for _ in pairs:
        for pair in pairs:
            ids = (pair.older.entry.id, pair.newer.entry.id)
            best |= dict.fromkeys(ids, min(best[id_] for id_ in ids))
    return best


def list_changes(pair: VersionPair, stem: Stem) -> list[Change]:
    """Return all things of two versions: those that both have, the added ones, the removed ones.

    Within each kind they keep the order of the newer version, removed ones that of the older.
    """
    both = []
    columns = (columns_of(pair.older.units), columns_of(pair.newer.units))
    for older, newer, _ in sorted(pair.aligned, key=lambda one: one.other.span):
        if older.kind != "heading":
            differences = tuple(
                one for one in differences_of(older, newer, stem) if not _is_of_new_column(one, *columns, stem)
            )
            sides = (_side(pair.older, older), _side(pair.newer, newer))
            both.append(Change("changed" if differences else "same", *sides, differences))
    aligned_older = {one.one.span for one in pair.aligned}
    aligned_newer = {one.other.span for one in pair.aligned}
    added = [Change("added", None, _side(pair.newer, unit)) for unit in _rest(pair.newer, aligned_newer)]
    removed = [Change("removed", _side(pair.older, unit), None) for unit in _rest(pair.older, aligned_older)]
    return [*both, *added, *removed]


def choose_changes(
    question: str, hits: Sequence[Hit], pair: VersionPair, changes: Sequence[Change], stem: Stem
) -> Changes | None:
    """Return the changes that a question asks for; None if its topic is in neither version.

    If it is about one thing, only that thing comes, also if nothing changed in it. What each
    version says in its own words is then put together. Else all that changed comes: first what
    both versions have, then what was added, then what was removed.

    Args:
        hits: Passages of both documents with the cosines of their sentences to the question.
    """
    topic = _topic_of(question, hits, (pair.older, pair.newer), stem)
    scored = _with_topics(topic, changes)
    best = max((one.topic.whole for one in scored), default=0.0)
    if best < _MIN_TOPIC:
        rest = [replace(one, topic=NO_TOPIC) for one in scored if one.kind != "same"]
        found = tuple(sorted(rest, key=lambda one: _ORDER[one.kind]))
        return Changes(pair, found, is_specific=False) if topic.may_be_whole else None
    near = _near_best(_joined(scored, best), best)
    in_both = max((one.topic.whole for one in near if one.older and one.newer), default=0.0)
    kept = [one for one in near if (one.older and one.newer) or one.topic.whole * _ONE_SIDED > in_both]
    return Changes(pair, tuple(kept), is_specific=True)


def said_changes(question: str, hits: Sequence[Hit], documents: Sequence[Version], stem: Stem) -> Changes | None:
    """Return the sentences in which a document says what changed; None if there are none.

    In release notes these are the entries below the heading of the release asked for, else the
    newest. Elsewhere they say "has been shortened" or "no longer", and are about the question's
    topic.

    Args:
        documents: Best first; only the first one with such sentences counts.
    """
    for document in documents:
        entries = entries_asked_for(question, document.units)
        units = entries or tuple(unit for unit in document.units if says_change(unit.text) and unit.kind != "heading")
        said = [Change("said", None, _side(document, unit)) for unit in units]
        topic = _topic_of(question, hits, (document,), stem)
        if said and topic.is_whole and not entries:
            return Changes(None, tuple(said), is_specific=False)
        scored = _with_topics(topic, said)
        best = max((one.topic.whole for one in scored), default=0.0)
        if best >= (_MIN_TOPIC if entries else _MIN_TOPIC_OF_SAID):
            return Changes(None, tuple(_near_best(scored, best)), is_specific=True)
        if entries:
            return Changes(None, tuple(said), is_specific=False)
    return None


def _topic_of(question: str, hits: Sequence[Hit], versions: Sequence[Version], stem: Stem) -> Topic:
    title_stems = {term for version in versions for terms in version.terms for term in terms}
    return Topic(question, hits, title_stems, stem, versions[-1].entry.language)


def _with_topics(topic: Topic, changes: Sequence[Change]) -> list[Change]:
    """Return the changes with the share of the topic that each holds."""
    things = [[(side.entry.id, side.unit) for side in (one.older, one.newer) if side] for one in changes]
    return [replace(one, topic=share) for one, share in zip(changes, topic.shares(things), strict=True)]


def _near_best(changes: Sequence[Change], best: float) -> list[Change]:
    """Return the changes that are about the topic, best first."""
    all_words = 2.0 if best >= _CLEAR else _ALL_WORDS
    near = [one for one in changes if one.topic.whole >= _NEAR_BEST * best or one.topic.of_words >= all_words]
    return sorted(near, key=lambda one: (-one.topic.whole, _ORDER[one.kind]))


def _joined(changes: Sequence[Change], best: float) -> list[Change]:
    """Return the changes; the removed and the added one nearest to the topic are one if near it."""
    by_kind = {
        kind: max((one for one in changes if one.kind == kind), key=lambda one: one.topic.whole, default=None)
        for kind in ("removed", "added")
    }
    removed, added = by_kind["removed"], by_kind["added"]
    if not (removed and added) or min(removed.topic.whole, added.topic.whole) < _JOINED * best:
        return list(changes)
    assert removed.older, "what was removed stands in the older version"
    assert added.newer, "what was added stands in the newer version"
    values = Difference("", removed.older.unit.text, added.newer.unit.text)
    joined = Change("changed", removed.older, added.newer, (values,), max(removed.topic, added.topic))
    return [joined, *(one for one in changes if one is not removed and one is not added)]


def _is_of_new_column(difference: Difference, older: Iterable[str], newer: Iterable[str], stem: Stem) -> bool:
    """Tell whether a value is missing on one side because no row there has its column.

    Args:
        older, newer: The columns of the two versions.
    """
    if difference.older and difference.newer:
        return False
    return not has_column(difference.label, newer if difference.older else older, stem)


def _ranks(hits: Sequence[Hit]) -> dict[str, int]:
    """Return the rank of each document's best hit."""
    ranks: dict[str, int] = {}
    for hit in hits:
        ranks[hit.passage.document_id] = min(hit.rank, ranks.get(hit.passage.document_id, hit.rank))
    return ranks


def _side(version: Version, unit: Unit) -> Side:
    return Side(version.entry, unit, version.date)


def _rest(version: Version, aligned: set[Span]) -> list[Unit]:
    return [unit for unit in version.units if unit.kind != "heading" and unit.span not in aligned]
