"""Split a generated sentence into words, and find the sentences of a context that are like it.

Goes in: a claim, the question that it answers, and the analysed context. Comes out: the context's
sentences in order of likeness, and the facts of the claim that sentences lack.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from rag.checking.context_sentences import AnalysedContext, AnalysedSentence
from rag.text.words import (
    MEASURES,
    OBJECT_PRONOUNS,
    SUBJECT_PRONOUNS,
    Stem,
    answer_kind,
    is_found,
    is_polar_question,
    split_words,
)

_MAX_MISSING = 2
_SCALES = frozenset(("hundr", "thousand", "million", "billion", "trillion"))
_HINT_BONUS = 0.15
_PRONOUNS = SUBJECT_PRONOUNS | OBJECT_PRONOUNS


@dataclass(frozen=True, slots=True)
class Claim:
    """A generated sentence to be checked, split into words.

    Attributes:
        content: What its content words mean, each once; if it has a pronoun, also the question's.
        new: The part of `content` that the question does not have.
        own_numbers: The numbers that the question does not have; of a polar claim, all numbers.
        is_polar: Whether the claim only says yes or no to the question.
    """

    text: str
    content: tuple[str, ...]
    new: tuple[str, ...]
    names: tuple[str, ...]
    own_numbers: tuple[str, ...]
    is_polar: bool


class MissingFacts(NamedTuple):
    """What of a claim the sentences that may support it lack.

    Attributes:
        missing: The share of its content words, 0 to 1.
        numbers_missing: How many of its own numbers, at most 2. Numbers of the question do not
            count: "a parcel of 45 pounds costs 3.95" rests on a sentence with 3.95.
        names_missing: How many of its names, at most 2.
    """

    missing: float
    numbers_missing: float
    names_missing: float


def analyse_claim(text: str, question: str, stem: Stem) -> Claim:
    """Split a claim into words, given the question that it answers."""
    words = tuple(split_words(text, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(word.meaning for word in words if word.is_content and word.stem not in implied))
    question_words = split_words(question, stem)
    in_question = {word.meaning for word in question_words}
    if any(word.lowered in _PRONOUNS for word in words):
        # In "Oskar designed it", "it" stands for what the question is about.
        content = tuple(dict.fromkeys((*content, *(word.meaning for word in question_words if word.is_content))))
    new = tuple(word for word in content if not is_found(word, in_question))
    is_polar = not new or is_polar_question(question)
    numbers = (word.meaning for word in words if word.number or word.stem in _SCALES)
    return Claim(
        text=text,
        content=content,
        new=new,
        names=tuple(word.stem for word in words if word.is_name and word.number is None),
        own_numbers=tuple(number for number in numbers if is_polar or number not in in_question),
        is_polar=is_polar,
    )


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence of the context, with its cosine to the claim."""

    sentence: AnalysedSentence
    cosine: float


class ClaimMatch:
    """A claim and the sentences of a context.

    Attributes:
        sentences: All sentences, the likeliest first; ties keep the context's order.
    """

    def __init__(
        self, claim: Claim, context: AnalysedContext, cosines: Sequence[Sequence[float]], hints: Collection[int] = ()
    ) -> None:
        """Order the sentences of the context by their likeness to the claim.

        Args:
            cosines: For each hit, the cosine of each sentence of its passage to the claim.
            hints: The context numbers, from 1, that the LLM gave for this claim.
        """
        self.claim = claim
        known = frozenset(chain(claim.names, claim.own_numbers, claim.content))
        self._roots = {word: context.vocabulary.roots(word) for word in known}
        ranked = [RankedSentence(one, cosines[one.hit_index][one.index]) for one in context.sentences]

        def likeness(one: RankedSentence) -> float:
            sentence = one.sentence
            covered = self._cover(claim.new, sentence.named_stems) + self._cover(claim.content, sentence.implied_stems)
            return one.cosine + covered + _HINT_BONUS * (sentence.hit_index + 1 in hints)

        self.sentences = sorted(ranked, key=likeness, reverse=True)

    def is_found(self, word: str, stems: frozenset[str]) -> bool:
        """Tell whether a word of the claim is among stems, as `words.is_found` but faster."""
        return not self._roots[word].isdisjoint(stems)

    def missing_facts(self, chosen: Sequence[AnalysedSentence]) -> MissingFacts:
        """Compare the claim with sentences that may support it together."""
        implied = frozenset[str]().union(*(one.implied_stems for one in chosen))
        cited = frozenset[str]().union(*(one.stems for one in chosen))
        claim = self.claim
        return MissingFacts(
            missing=1.0 - self._cover(claim.content, implied),
            numbers_missing=self._count_missing(claim.own_numbers, cited),
            names_missing=self._count_missing(claim.names, implied),
        )

    def _cover(self, words: Sequence[str], stems: frozenset[str]) -> float:
        return sum(self.is_found(word, stems) for word in words) / len(words) if words else 1.0

    def _count_missing(self, words: Sequence[str], stems: frozenset[str]) -> float:
        return float(min(_MAX_MISSING, sum(not self.is_found(word, stems) for word in words)))
