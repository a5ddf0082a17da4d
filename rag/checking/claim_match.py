"""Compare a written sentence with sentences of the documents, and say how likely these support it.

Goes in: a claim, the question that it answers, and the context as `context_reading` has read it. Comes out: features of
how claim and sentences differ, and a calibrated probability, 0 to 1, that the claim rests on them. The features are
about words, names, numbers, meaning, and what turns a sentence's words round; the weights are logistic, fitted by
`benchmarks/calibrate_support.py`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise

from rag.checking.context_sentences import AnalysedContext, AnalysedSentence
from rag.checking.contradiction import contradicts
from rag.checking.negation import denies
from rag.checking.numbers import misplaces_number, puts_other_number, replaces_number
from rag.checking.substitution import neighbours, substitutes
from rag.probability import logistic
from rag.text.words import (
    MEASURES,
    Stem,
    Word,
    answer_kind,
    is_found,
    is_polar_question,
    split_words,
)

# Order of the features: see MatchFeatures.
WEIGHTS = (-4.07, -0.83, -2.96, -0.09, 0.77, -4.06, -2.72)
BIAS = 1.65
_MOST_COUNTED = 2
_MOST_NEW_COUNTED = 3
_SCALES = frozenset(("hundr", "thousand", "million", "billion", "trillion"))
_CLAUSE = re.compile(r"[,;:–—]|\b(?:and|but|who|which|while|und|aber)\b")
_HINT_BONUS = 0.15
_PRONOUNS = frozenset(("it", "they", "them", "he", "him", "she"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A written sentence taken apart.

    Attributes:
        meant: Its words, then those of the question where an "it" stands for some of them.
        content: Stems of its content words, each once.
        clauses: Those of the whole, and of each of its clauses that has several.
        new: Those that the question does not hold; `taken_over` are the others.
        own_numbers: Those that the reader did not give; where the question is whether, all of them.
        is_polar: It can only say yes or no to the question.
    """

    text: str
    words: tuple[Word, ...]
    meant: tuple[Word, ...]
    content: tuple[str, ...]
    new: tuple[str, ...]
    taken_over: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    own_numbers: tuple[str, ...]
    is_polar: bool

    def all_stems(self) -> frozenset[str]:
        """Return all that is looked for in sentences."""
        return frozenset(chain(self.names, self.numbers, *self.clauses))


@dataclass(frozen=True, slots=True)
class MatchFeatures:
    """How a claim and the sentences that are to support it differ.

    Attributes:
        missing: Of the content words of the claim's clause of which least is found, those not found, 0 to 1.
        new_missing: How many content words that the question does not hold are not found, at most 3.
        numbers_missing, names_missing: How many of the claim's are not found, at most 2. Numbers that the reader gave
            do not count: "a parcel for 45 pounds costs 3.95" rests on what says 3.95.
        cosine: Of the embeddings, -1 to 1.
        is_contradicted: 1 where the sentence says something else with the claim's words, or another one does that holds
            as many of them, function words too: "may not work from home in the first six months" before "after that
            they may", "no refunds are given after 30 days" behind "refunds are given within 30 days".
        is_misplaced: 1 where a number belongs to something else in the sentence, or where another sentence has another
            number in its place.
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
        """Whether a number, a name or a negation speaks against the claim, rather than that little speaks for it."""
        return bool(self.numbers_missing or self.names_missing or self.is_contradicted or self.is_misplaced)

    def values(self) -> tuple[float, ...]:
        return (
            *(self.missing, self.new_missing, self.numbers_missing, self.names_missing, self.cosine),
            *(self.is_contradicted, self.is_misplaced),
        )


def analyse_claim(text: str, question: str, stem: Stem) -> Claim:
    """Take a claim apart, given the question that it answers."""
    words = tuple(split_words(text, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(word.meaning for word in words if word.is_content and word.stem not in implied))
    asked_words = split_words(question, stem)
    asked = {word.meaning for word in asked_words}
    is_leaning = any(word.text.lower() in _PRONOUNS for word in words)
    if is_leaning:
        # "Oskar designed it" says so of what was asked about.
        content = tuple(dict.fromkeys((*content, *(word.meaning for word in asked_words if word.is_content))))
    new = tuple(word for word in content if not is_found(word, asked))
    is_polar = not new or is_polar_question(question)
    numbers = tuple(word.meaning for word in words if word.number or word.stem in _SCALES)
    return Claim(
        text=text,
        words=words,
        meant=(*words, *asked_words) if is_leaning else words,
        content=content,
        new=new,
        clauses=(content, *_clauses(text, words)),
        taken_over=tuple(word for word in content if word not in new),
        names=tuple(word.stem for word in words if word.is_name and word.number is None),
        numbers=numbers,
        own_numbers=tuple(number for number in numbers if is_polar or number not in asked),
        is_polar=is_polar,
    )


class SentenceMatch:
    """A sentence that may support a claim, and how the two differ; what is asked of it twice is found once.

    Attributes:
        read: The sentence.
        cosine: Of its embedding and the claim's.
        likeness: Orders the candidates of a claim.
    """

    def __init__(self, match: "ContextMatch", read: AnalysedSentence, cosine: float, bonus: float) -> None:
        self.read = read
        self.cosine = cosine
        self.likeness = (
            cosine + match.cover(match.claim.new, read.named) + match.cover(match.claim.content, read.named) + bonus
        )
        self._match = match

    @cached_property
    def n_words_held(self) -> int:
        """How many of the claim's words it holds, function words too."""
        return len(self._match.stems & self.read.stems)

    @cached_property
    def content_held(self) -> float:
        """The fraction of the claim's content words that it holds, 0 to 1."""
        return self._match.cover(self._match.claim.content, self.read.stems)

    @cached_property
    def is_repeated(self) -> bool:
        """Whether the claim is the sentence word for word, which turns nothing round."""
        return [word.stem for word in self._match.claim.words] == [word.stem for word in self.read.words]

    @cached_property
    def contradicts(self) -> bool:
        """Whether it says something else with the claim's words, or the same of somebody else."""
        return not self.is_repeated and contradicts(self._match.claim.words, self.read.words)

    @cached_property
    def denies(self) -> bool:
        """Whether it says the contrary of the claim."""
        return not self.is_repeated and denies(self._match.claim.words, self.read.words)

    @cached_property
    def misplaces_number(self) -> bool:
        """Whether a number of the claim belongs to something else in it."""
        claim = self._match.claim.words
        return misplaces_number(claim, self.read.words) or replaces_number(claim, self.read.words)

    @cached_property
    def puts_other_number(self) -> bool:
        """Whether it has another number in the place of the claim's."""
        return puts_other_number(self._match.claim.words, self.read.words)

    @cached_property
    def neighbours(self) -> set[tuple[str, str]]:
        """The stems that stand side by side in it."""
        return neighbours(self.read.words)

    def is_substituted(self, kept: Collection[tuple[str, str]] = ()) -> bool:
        """Tell whether the claim puts words of its own in places of it, but for what stands so in the cited one."""
        return not self.is_repeated and substitutes(self._match.claim.meant, self.read.words, self._strangers, kept)

    @cached_property
    def _strangers(self) -> set[str]:
        """The claim's words that are not found in it and must not stand there for others."""
        claim = self._match.claim
        return {
            word
            for word in claim.content
            if word not in self._match.unused and not self._match.is_found(word, self.read.told)
        }


class ContextMatch:
    """A claim beside all sentences of a context.

    Attributes:
        stems: Of the claim's words.
        unused: Words taken over from the question that no sentence holds, so that they may stand for others.
        candidates: All sentences, the likest first; ties keep the context's order.
    """

    def __init__(
        self, claim: Claim, context: AnalysedContext, cosines: Sequence[Sequence[float]], hints: Collection[int] = ()
    ) -> None:
        """Take what is compared.

        Args:
            cosines: For each hit of the context, that of each of its sentences to the claim; all of the passage's, also
                those that were not kept in reading.
            hints: Context numbers, from 1, that the model itself gave for this claim.
        """
        self.claim = claim
        self._roots = {word: context.vocabulary.roots(word) for word in claim.all_stems()}
        self.stems = {word.stem for word in claim.words}
        unused = () if claim.is_polar else (word for word in claim.taken_over if not self.is_found(word, context.stems))
        self.unused = set(unused) - {*claim.names, *claim.numbers}
        candidates = (
            SentenceMatch(self, read, cosines[read.hit_place][read.place], _HINT_BONUS * (read.hit_place + 1 in hints))
            for read in context.sentences
        )
        self.candidates = sorted(candidates, key=lambda candidate: candidate.likeness, reverse=True)

    def is_found(self, word: str, stems: frozenset[str]) -> bool:
        """Tell whether a word of the claim is among the stems of a sentence; `words.is_found`, looked up once."""
        return not self._roots[word].isdisjoint(stems)

    def cover(self, words: Sequence[str], stems: frozenset[str]) -> float:
        """Return the fraction of the words, which are the claim's, that are found, 0 to 1; 1 of none."""
        return sum(self.is_found(word, stems) for word in words) / len(words) if words else 1.0

    def compare(self, chosen: Sequence[SentenceMatch]) -> MatchFeatures:
        """Compare the claim with one sentence, or with several that are to support it together, the likest first."""
        first, n_held = chosen[0], len(self.stems & _stems(chosen))
        nearer = (other for other in self.candidates if other.n_words_held >= n_held)
        is_turned = first.contradicts or first.is_substituted()
        return replace(
            self.compare_parts(chosen),
            is_contradicted=float(is_turned or any(_is_denied(other, first) for other in nearer)),
            is_misplaced=float(self._is_misplaced(first)),
        )

    def compare_parts(self, chosen: Sequence[SentenceMatch]) -> MatchFeatures:
        """Compare as `compare` does, as if the claim turned nothing round, which takes long to find out."""
        told, cited = frozenset[str]().union(*(one.read.told for one in chosen)), _stems(chosen)
        claim = self.claim
        return MatchFeatures(
            missing=max((1.0 - self.cover(clause, told) for clause in claim.clauses), default=0.0),
            new_missing=self._count_missing(claim.new, told, _MOST_NEW_COUNTED),
            numbers_missing=self._count_missing(claim.own_numbers, cited, _MOST_COUNTED),
            names_missing=self._count_missing(claim.names, told, _MOST_COUNTED),
            cosine=chosen[0].cosine,
            is_contradicted=0.0,
            is_misplaced=0.0,
        )

    def _count_missing(self, words: Sequence[str], told: frozenset[str], most: int) -> float:
        return float(min(most, sum(not self.is_found(word, told) for word in words)))

    def _is_misplaced(self, cited: SentenceMatch) -> bool:
        """Tell whether a number belongs to something else in the cited sentence, or another one says another number.

        A sentence that holds more of the claim's words is compared as the cited one is.
        """
        if not self.claim.numbers or cited.is_repeated:
            return False
        words = {word.stem for word in self.claim.words if word.is_content}
        others = [other for other in self.candidates if other is not cited and len(words & other.read.stems) > 1]
        nearer = [other for other in others if other.content_held > cited.content_held]
        return any(one.misplaces_number for one in (cited, *nearer)) or any(other.puts_other_number for other in others)


def estimate_support(features: MatchFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentences support the claim."""
    weighed = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features.values(), strict=True))
    return logistic(weighed)


def _stems(chosen: Sequence[SentenceMatch]) -> frozenset[str]:
    return frozenset[str]().union(*(candidate.read.stems for candidate in chosen))


def _is_denied(other: SentenceMatch, cited: SentenceMatch) -> bool:
    """Tell whether another sentence says otherwise; not where the cited one has the claim's word in the same place.

    Where the other one holds more of the claim, who does what in it counts too.
    """
    opposes = other.contradicts if other.content_held > cited.content_held else other.denies
    return opposes or other.is_substituted(cited.neighbours)


def _clauses(text: str, words: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
    """Return what the content words of each clause mean; a clause of one is none."""
    starts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    clauses = [
        tuple(word.meaning for word in words if word.is_content and start <= word.start < end)
        for start, end in pairwise(starts)
    ]
    return tuple(clause for clause in clauses if len(clause) > 1)
