"""Tell how much of a question's topic each of several things holds, by words and vectors. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import NamedTuple

from rag.answering.gathering.comparing.change_words import without_change_words
from rag.answering.gathering.comparing.dates import remove_dates
from rag.answering.gathering.comparing.units import Unit
from rag.answering.gathering.comparing.words import compared_words
from rag.answering.gathering.versions import are_same_term
from rag.text.languages import is_question_word
from rag.text.words import Stem, Vocabulary
from rag.types import Hit, Span

Placed = tuple[str, Unit]
"""A unit with the id of its document."""

# What a word weighs in the name of a thing, in the rest of it, and in heading and column names.
_IN_NAME, _IN_TEXT, _IN_HEADING = 1.0, 0.7, 0.9
# The share of the question's words, the share of the thing's name, the nearness of its vectors.
_BY_QUESTION, _BY_NAME, _BY_VECTOR = 0.45, 0.25, 0.3
# Cosines that are this much above the median are as near as it gets.
_CLEAR_MARGIN = 0.3
# German writes "Tanzabteilung" for the department of "Tanz".
_COMPOUNDING = frozenset("da de fi hu nb nl nn no sv".split())  # noqa: SIM905
_PART_OF_COMPOUND, _COMPOUND = 4, 8


class Share(NamedTuple):
    """How much of a topic a thing holds.

    Attributes:
        whole: 0 to 1, by the question's words, the words of the thing's name, and vectors.
        of_words: The share of the question's words that the thing holds, 0 to 1.
    """

    whole: float
    of_words: float


NO_TOPIC = Share(0.0, 0.0)


class Topic:
    """What a question is about, apart from the versions that it compares."""

    def __init__(
        self, question: str, hits: Sequence[Hit], title_stems: Collection[str], stem: Stem, language: str
    ) -> None:
        """Read the question.

        Args:
            hits: Give the cosines of their sentences to the question.
            title_stems: Of the documents compared; what a title names is no topic within.
            language: Of the documents, ISO 639-1.
        """
        words = compared_words(remove_dates(without_change_words(question)), stem)
        asked = {word.stem for word in words if word.is_content and not word.number and not is_question_word(word.text)}
        self._asked = {one for one in asked if not any(are_same_term(one, term) for term in title_stems)}
        # The question has no topic of its own, or its words name the documents.
        self.is_whole = not self._asked and bool(asked)
        self.may_be_whole = not self._asked or self._asked != asked
        self._stem = stem
        self._has_compounds = language in _COMPOUNDING
        self._cosines = _cosines(hits)
        scores = sorted(score for found in self._cosines.values() for _, score in found)
        self._median = scores[len(scores) // 2] if scores else 0.0

    def shares(self, things: Sequence[Sequence[Placed]]) -> list[Share]:
        """Return how much of the topic each thing holds.

        Things that share no word with the question have only the nearness of their vectors.

        Args:
            things: Each with the units that say it.
        """
        words = [_weigh_words([unit for _, unit in thing], self._stem) for thing in things]
        counts = Counter(stem for weights in words for stem in weights)
        known = Vocabulary(counts)
        roots = {stem: self._roots(stem, known, counts) for stem in sorted(self._asked)}
        idf = {
            stem: log(1 + len(things) / sum(counts[root] for root in found)) for stem, found in roots.items() if found
        }
        whole = sum(idf.values()) or 1.0
        rare = {stem: log(1 + len(things) / count) for stem, count in counts.items()}
        named = set().union(*roots.values()) if roots else set()
        shares = []
        for thing, weights in zip(things, words, strict=True):
            of_words = sum(idf[stem] * _heaviest(roots[stem], weights) for stem in idf) / whole
            of_name = max((_share_of_name(unit, named, rare) for _, unit in thing), default=0.0)
            by_all = _BY_QUESTION * of_words + _BY_NAME * of_name + _BY_VECTOR * self._nearness(thing)
            shares.append(Share(by_all, of_words))
        return shares

    def _roots(self, stem: str, known: Vocabulary, counts: Mapping[str, int]) -> frozenset[str]:
        """Return the stems of things that mean a stem of the question."""
        roots = known.roots(stem) & counts.keys()
        if roots or not self._has_compounds:
            return roots
        return frozenset(other for other in counts if _is_part(stem, other) or _is_part(other, stem))

    def _nearness(self, thing: Sequence[Placed]) -> float:
        """Return how much nearer than the median its nearest sentence is, 0 to 1."""
        found = [
            cosine
            for document_id, unit in thing
            for span, cosine in self._cosines.get(document_id, ())
            if span.overlaps(unit.span)
        ]
        return min(1.0, max(0.0, max(found, default=0.0) - self._median) / _CLEAR_MARGIN)


def _weigh_words(units: Sequence[Unit], stem: Stem) -> dict[str, float]:
    """Return the stems of a thing, each with the most that it weighs there."""
    weights: dict[str, float] = {}
    for unit in units:
        around = " ".join([*unit.headings[-1:], *(cell.label for cell in unit.cells)])
        code = (unit.code,) if unit.code else ()
        for stems, weight in (
            ([word.stem for word in compared_words(around, stem) if word.is_content], _IN_HEADING),
            (unit.stems, _IN_TEXT),
            ((*unit.key, *code), _IN_NAME),
        ):
            for one in stems:
                weights[one] = max(weight, weights.get(one, 0.0))
    return weights


def _heaviest(roots: frozenset[str], weights: Mapping[str, float]) -> float:
    return max((weights.get(root, 0.0) for root in sorted(roots)), default=0.0)


def _share_of_name(unit: Unit, named: Collection[str], rare: Mapping[str, float]) -> float:
    if unit.code and unit.code in named:
        return 1.0
    whole = sum(rare.get(stem, 0.0) for stem in unit.key) or 1.0
    return sum(rare.get(stem, 0.0) for stem in unit.key if stem in named) / whole


def _is_part(part: str, compound: str) -> bool:
    is_long_enough = len(part) >= _PART_OF_COMPOUND and len(compound) >= _COMPOUND
    return is_long_enough and (compound.startswith(part) or compound.endswith(part))


def _cosines(hits: Sequence[Hit]) -> dict[str, list[tuple[Span, float]]]:
    """Return the cosine of each sentence of the hits, by document; a passage counts once."""
    by_document: dict[str, list[tuple[Span, float]]] = {}
    for hit in {hit.passage.id: hit for hit in hits}.values():
        found = by_document.setdefault(hit.passage.document_id, [])
        found += list(zip(hit.passage.sentences, hit.sentence_scores, strict=False))
    return by_document
