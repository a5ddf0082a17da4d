"""Compare a claim with the sentences of a context, and estimate how likely they support it.

Goes in: a claim, the question that it answers, and the analysed context. Comes out: features of how
claim and sentences differ, and the probability, 0 to 1, that the sentences support the claim. The
model is logistic; `benchmarks/calibrate_support.py` fits its weights.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple

from rag.checking.context_sentences import AnalysedContext, AnalysedSentence
from rag.checking.contradiction import contradicts
from rag.checking.negation import denies
from rag.checking.numbers import misplaces_number, puts_other_number, replaces_number
from rag.checking.substitution import neighbours, substitutes
from rag.probability import logistic, weigh
from rag.text.words import (
    MEASURES,
    OBJECT_PRONOUNS,
    SUBJECT_PRONOUNS,
    Stem,
    Word,
    answer_kind,
    is_found,
    is_polar_question,
    split_words,
)

# In the order of MatchFeatures.
WEIGHTS = (-4.07, -0.83, -2.96, -0.09, 0.77, -4.06, -2.72)
BIAS = 1.65
_MAX_MISSING = 2
_MAX_NEW_MISSING = 3
_SCALES = frozenset(("hundr", "thousand", "million", "billion", "trillion"))
_CLAUSE = re.compile(r"[,;:–—]|\b(?:and|but|who|which|while|und|aber)\b")
_HINT_BONUS = 0.15
_PRONOUNS = SUBJECT_PRONOUNS | OBJECT_PRONOUNS


@dataclass(frozen=True, slots=True)
class Claim:
    """A generated sentence to be checked, split into words.

    Attributes:
        meant: Its words, and if it has a pronoun those of the question.
        content: What the content words of `meant` mean, each once.
        new: The part of `content` that the question does not have.
        from_question: The other part.
        clauses: `content`, then that of each clause with several content words.
        own_numbers: The numbers that the question does not have; of a polar claim, all numbers.
        is_polar: Whether the claim only says yes or no to the question.
    """

    text: str
    words: tuple[Word, ...]
    meant: tuple[Word, ...]
    content: tuple[str, ...]
    new: tuple[str, ...]
    from_question: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    own_numbers: tuple[str, ...]
    is_polar: bool

    def all_stems(self) -> frozenset[str]:
        """Return all stems and numbers that are looked for in sentences."""
        return frozenset(chain(self.names, self.numbers, *self.clauses))


class MatchFeatures(NamedTuple):
    """How a claim differs from the sentences that may support it.

    Attributes:
        missing: The share of content words not found, 0 to 1, in the clause with the largest share.
        new_missing: How many of the claim's new content words are not found, at most 3.
        numbers_missing: How many of its own numbers are not found, at most 2. Numbers of the
            question do not count: "a parcel of 45 pounds costs 3.95" rests on a sentence with 3.95.
        names_missing: How many of its names are not found, at most 2.
        cosine: Between claim and sentence, -1 to 1.
        is_contradicted: 1 if the sentence, or another with as many of the claim's words,
            contradicts the claim. "May not work from home in the first six months" stands before
            "after that they may".
        is_misplaced: 1 if a number belongs to something else in the sentence, or another sentence
            has another number in its place.
    """

    missing: float
    new_missing: float
    numbers_missing: float
    names_missing: float
    cosine: float
    is_contradicted: float
    is_misplaced: float

    @property
    def speaks_against(self) -> bool:
        """Whether a number, a name or a contradiction speaks against the claim."""
        return bool(self.numbers_missing or self.names_missing or self.is_contradicted or self.is_misplaced)


def analyse_claim(text: str, question: str, stem: Stem) -> Claim:
    """Split a claim into words, given the question that it answers."""
    words = tuple(split_words(text, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(word.meaning for word in words if word.is_content and word.stem not in implied))
    question_words = split_words(question, stem)
    in_question = {word.meaning for word in question_words}
    has_pronoun = any(word.lowered in _PRONOUNS for word in words)
    if has_pronoun:
        # In "Oskar designed it", "it" stands for what the question is about.
        content = tuple(dict.fromkeys((*content, *(word.meaning for word in question_words if word.is_content))))
    new = tuple(word for word in content if not is_found(word, in_question))
    is_polar = not new or is_polar_question(question)
    numbers = tuple(word.meaning for word in words if word.number or word.stem in _SCALES)
    return Claim(
        text=text,
        words=words,
        meant=(*words, *question_words) if has_pronoun else words,
        content=content,
        new=new,
        clauses=(content, *_clauses(text, words)),
        from_question=tuple(word for word in content if word not in new),
        names=tuple(word.stem for word in words if word.is_name and word.number is None),
        numbers=numbers,
        own_numbers=tuple(number for number in numbers if is_polar or number not in in_question),
        is_polar=is_polar,
    )


class SentenceMatch:
    """A sentence compared with a claim; each comparison runs at most once.

    Attributes:
        cosine: Between sentence and claim.
        likeness: Orders the sentences of a context.
    """

    def __init__(self, match: "ContextMatch", sentence: AnalysedSentence, cosine: float, bonus: float) -> None:
        self.sentence = sentence
        self.cosine = cosine
        stems = sentence.named_stems
        self.likeness = cosine + match.cover(match.claim.new, stems) + match.cover(match.claim.content, stems) + bonus
        self._match = match

    @cached_property
    def n_words_held(self) -> int:
        """How many of the claim's words it holds, function words included."""
        return len(self._match.stems & self.sentence.stems)

    @cached_property
    def content_held(self) -> float:
        """The share of the claim's content words that it holds, 0 to 1."""
        return self._match.cover(self._match.claim.content, self.sentence.stems)

    @cached_property
    def is_repeated(self) -> bool:
        """Whether the claim repeats the sentence word for word, so that it cannot contradict it."""
        return [word.stem for word in self._match.claim.words] == [word.stem for word in self.sentence.words]

    @cached_property
    def contradicts(self) -> bool:
        """Whether it says something else with the claim's words."""
        return not self.is_repeated and contradicts(self._match.claim.words, self.sentence.words)

    @cached_property
    def denies(self) -> bool:
        """Whether it says the opposite of the claim."""
        return not self.is_repeated and denies(self._match.claim.words, self.sentence.words)

    @cached_property
    def misplaces_number(self) -> bool:
        """Whether a number of the claim belongs to something else in it."""
        claim, sentence = self._match.claim.words, self.sentence.words
        return misplaces_number(claim, sentence) or replaces_number(claim, sentence)

    @cached_property
    def puts_other_number(self) -> bool:
        """Whether it has another number in the place of the claim's."""
        return puts_other_number(self._match.claim.words, self.sentence.words)

    @cached_property
    def neighbours(self) -> set[tuple[str, str]]:
        """Its pairs of neighbouring stems."""
        return neighbours(self.sentence.words)

    def is_substituted(self, kept: Collection[tuple[str, str]] = ()) -> bool:
        """Tell whether the claim replaces words of it, except as the cited sentence has them."""
        return not self.is_repeated and substitutes(self._match.claim.meant, self.sentence.words, self._strangers, kept)

    @cached_property
    def _strangers(self) -> set[str]:
        """The claim's words that are missing in it and may not replace others."""
        claim = self._match.claim
        return {
            word
            for word in claim.content
            if word not in self._match.unused and not self._match.is_found(word, self.sentence.implied_stems)
        }


class ContextMatch:
    """A claim compared with all sentences of a context.

    Attributes:
        stems: Those of the claim's words.
        unused: Words of the question in the claim that no sentence holds; they may replace others.
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
        self._roots = {word: context.vocabulary.roots(word) for word in claim.all_stems()}
        self.stems = {word.stem for word in claim.words}
        unused = (
            () if claim.is_polar else (word for word in claim.from_question if not self.is_found(word, context.stems))
        )
        self.unused = set(unused) - {*claim.names, *claim.numbers}
        sentences = (
            SentenceMatch(self, one, cosines[one.hit_index][one.index], _HINT_BONUS * (one.hit_index + 1 in hints))
            for one in context.sentences
        )
        self.sentences = sorted(sentences, key=lambda one: one.likeness, reverse=True)

    def is_found(self, word: str, stems: frozenset[str]) -> bool:
        """Tell whether a word of the claim is among stems, as `words.is_found` but faster."""
        return not self._roots[word].isdisjoint(stems)

    def cover(self, words: Sequence[str], stems: frozenset[str]) -> float:
        """Return the share of these words that are found, 0 to 1; 1 if there are none."""
        return sum(self.is_found(word, stems) for word in words) / len(words) if words else 1.0

    def compare(self, chosen: Sequence[SentenceMatch]) -> MatchFeatures:
        """Compare the claim with sentences that may support it together, the likeliest first."""
        first, n_held = chosen[0], len(self.stems & _stems(chosen))
        nearer = (other for other in self.sentences if other.n_words_held >= n_held)
        is_contradicted = first.contradicts or first.is_substituted()
        return self.compare_words(chosen)._replace(
            is_contradicted=float(is_contradicted or any(_is_denied(other, first) for other in nearer)),
            is_misplaced=float(self._is_misplaced(first)),
        )

    def compare_words(self, chosen: Sequence[SentenceMatch]) -> MatchFeatures:
        """Return the features without the last two, which are slow to compute and 0 here."""
        implied, cited = frozenset[str]().union(*(one.sentence.implied_stems for one in chosen)), _stems(chosen)
        claim = self.claim
        return MatchFeatures(
            missing=max((1.0 - self.cover(clause, implied) for clause in claim.clauses), default=0.0),
            new_missing=self._count_missing(claim.new, implied, _MAX_NEW_MISSING),
            numbers_missing=self._count_missing(claim.own_numbers, cited, _MAX_MISSING),
            names_missing=self._count_missing(claim.names, implied, _MAX_MISSING),
            cosine=chosen[0].cosine,
            is_contradicted=0.0,
            is_misplaced=0.0,
        )

    def _count_missing(self, words: Sequence[str], stems: frozenset[str], most: int) -> float:
        return float(min(most, sum(not self.is_found(word, stems) for word in words)))

    def _is_misplaced(self, cited: SentenceMatch) -> bool:
        """Tell whether a number belongs to something else, or another sentence has another number.

        A sentence with more of the claim's words is compared as the cited one is.
        """
        if not self.claim.numbers or cited.is_repeated:
            return False
        words = {word.stem for word in self.claim.words if word.is_content}
        others = [other for other in self.sentences if other is not cited and len(words & other.sentence.stems) > 1]
        nearer = [other for other in others if other.content_held > cited.content_held]
        return any(one.misplaces_number for one in (cited, *nearer)) or any(other.puts_other_number for other in others)


def estimate_support(features: MatchFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentences support the claim."""
    return logistic(BIAS + weigh(WEIGHTS, features))


def _stems(chosen: Sequence[SentenceMatch]) -> frozenset[str]:
    return frozenset[str]().union(*(one.sentence.stems for one in chosen))


def _is_denied(other: SentenceMatch, cited: SentenceMatch) -> bool:
    """Tell whether another sentence says otherwise, and the cited one does not share its wording.

    A sentence with more of the claim's words than the cited one gets all checks.
    """
    opposes = other.contradicts if other.content_held > cited.content_held else other.denies
    return opposes or other.is_substituted(cited.neighbours)


def _clauses(text: str, words: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
    """Return what the content words of each clause mean, if it has several."""
    starts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    clauses = [
        tuple(word.meaning for word in words if word.is_content and start <= word.start < end)
        for start, end in pairwise(starts)
    ]
    return tuple(clause for clause in clauses if len(clause) > 1)
