"""Compare a written sentence with sentences of the documents, and say how likely these support it.

Goes in: a claim, the question that it answers, and the context. Comes out: the claim and each sentence taken apart,
features of how they differ, and a calibrated probability, 0 to 1, that the claim rests on the sentence. The features
are about words, names, numbers, meaning, and what turns a sentence's words round; the weights are logistic, fitted by
`benchmarks/calibrate_support.py`.
"""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.agreement import contradicts, misplaces_number, substitutes
from rag.evidence import refers_back
from rag.types import Context, Hit, Span
from rag.words import MEASURES, Stem, Word, answer_kind, coverage, is_found, split_words, stems_of

# Order of the features: see MatchFeatures.
WEIGHTS = (-3.88, -0.62, -3.78, -1.15, 1.28, -4.21, -3.37, -1.56)
BIAS = 1.13
_MOST_COUNTED = 2
_HINT_BONUS = 0.15
_PRONOUNS = frozenset(("it", "they", "them", "he", "him", "she"))
_POLAR_QUESTION = re.compile(
    r"^\W*(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|must|will|would|shall|should)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the context."""

    hit: Hit
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """A written sentence taken apart.

    Attributes:
        meant: Its words, then those of the question where an "it" stands for some of them.
        content: Stems of its content words, each once.
        clauses: Those of the whole, and of each of its clauses that has several.
        new: Those that the question does not hold; `taken_over` are the others.
        is_polar: It can only say yes or no to the question.
    """

    text: str
    words: tuple[Word, ...]
    meant: tuple[Word, ...]
    content: tuple[str, ...]
    new: tuple[str, ...]
    taken_over: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    is_polar: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may support a claim.

    Attributes:
        stems: Its own.
        told: Also those of what it stands under and refers back to: headings, the sentence before a "she" or "it", the
            other half of a name that the passage gives in full.
        antecedent: The sentence that it refers back to.
        cosine: Of its embedding and the claim's.
        likeness: Orders the candidates of a claim.
    """

    sentence: Sentence
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    told: frozenset[str]
    antecedent: Sentence | None
    cosine: float
    likeness: float


@dataclass(frozen=True, slots=True)
class MatchFeatures:
    """How a claim and the sentences that are to support it differ.

    Attributes:
        missing: Of the content words of the claim's clause of which least is found, those not found, 0 to 1.
        new_missing: How many content words that the question does not hold are not found, at most 3.
        numbers_missing, names_missing: How many of the claim's are not found, at most 2.
        cosine: Of the embeddings, -1 to 1.
        is_contradicted: 1 where the sentence says the contrary with the claim's words, or another one does that holds
            more of them: "may not work from home in the first six months" before "after that they may".
        is_substituted: 1 where a word stands in the claim between two words that have another between them in the
            sentence: "parental leave" for "annual leave". Words of the question may, unless the claim can only say yes
            or no, or the context uses them elsewhere.
        is_misplaced: 1 where a number belongs to something else in the sentence.
    """

    missing: float
    new_missing: float
    numbers_missing: float
    names_missing: float
    cosine: float
    is_contradicted: float
    is_substituted: float
    is_misplaced: float

    def values(self) -> tuple[float, ...]:
        return (
            *(self.missing, self.new_missing, self.numbers_missing, self.names_missing, self.cosine),
            *(self.is_contradicted, self.is_substituted, self.is_misplaced),
        )


def read_claim(text: str, question: str, stem: Stem) -> Claim:
    """Take a claim apart, given the question that it answers."""
    words = tuple(split_words(text, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(word.stem for word in words if word.is_content and word.stem not in implied))
    asked_words = split_words(question, stem)
    asked = {_meaning(word) for word in asked_words}
    is_leaning = any(word.text.lower() in _PRONOUNS for word in words)
    if is_leaning:
        # "Oskar designed it" says so of what was asked about.
        content = tuple(dict.fromkeys((*content, *(word.stem for word in asked_words if word.is_content))))
    new = tuple(word for word in content if not is_found(word, asked))
    return Claim(
        text=text,
        words=words,
        meant=(*words, *asked_words) if is_leaning else words,
        content=content,
        new=new,
        clauses=(content, *_clauses(text, words)),
        taken_over=tuple(word for word in content if word not in new),
        names=tuple(word.stem for word in words if word.is_name),
        numbers=tuple(word.stem for word in words if word.text[0].isdigit()),
        is_polar=not new or bool(_POLAR_QUESTION.match(question)),
    )


def read_candidates(
    claim: Claim,
    context: Context,
    cosines: Sequence[Sequence[float]],
    titles: Sequence[str],
    *,
    stem: Stem,
    hints: Collection[int] = (),
) -> list[Candidate]:
    """Return all sentences of the context, the likest first; ties keep the context's order.

    Args:
        cosines: For each hit of the context, that of each of its sentences to the claim.
        titles: The title of each hit's document; names found there need not be repeated in the sentence.
        hints: Context numbers that the model itself gave for this claim.
    """
    candidates: list[Candidate] = []
    for number, (hit, of_hit, title) in enumerate(zip(context.hits, cosines, titles, strict=True), start=1):
        above = stems_of(split_words(" \n ".join((title, *hit.passage.headings)), stem))
        partners = _name_partners(split_words(hit.passage.text, stem))
        previous: Candidate | None = None
        for span, cosine in zip(hit.passage.sentences, of_hit, strict=True):
            text = hit.passage.text_of(span)
            words = tuple(split_words(text, stem))
            stems = frozenset(stems_of(words))
            antecedent = previous if previous and refers_back(words) else None
            named = stems | {partners[name] for name in stems & partners.keys()}
            likeness = cosine + coverage(claim.new, named) + coverage(claim.content, named)
            previous = Candidate(
                sentence=Sentence(hit, span),
                text=text,
                words=words,
                stems=stems,
                told=named | above | (antecedent.told if antecedent else frozenset()),
                antecedent=antecedent.sentence if antecedent else None,
                cosine=cosine,
                likeness=likeness + _HINT_BONUS * (number in hints),
            )
            candidates.append(previous)
    return sorted(candidates, key=lambda candidate: candidate.likeness, reverse=True)


def compare(claim: Claim, chosen: Sequence[Candidate], used: Collection[str]) -> MatchFeatures:
    """Compare a claim with one sentence, or with several that are to support it together, the likest first.

    Args:
        used: Stems that the context uses anywhere.
    """
    told = frozenset[str]().union(*(candidate.told for candidate in chosen))
    cited = frozenset[str]().union(*(candidate.stems for candidate in chosen))
    first = chosen[0]
    return MatchFeatures(
        missing=max((1.0 - coverage(clause, told) for clause in claim.clauses), default=0.0),
        new_missing=_count_missing(claim.new, told, _MOST_NEW_COUNTED),
        numbers_missing=_count_missing(claim.numbers, cited, _MOST_COUNTED),
        names_missing=_count_missing(claim.names, told, _MOST_COUNTED),
        cosine=first.cosine,
        is_contradicted=float(contradicts(claim.words, first.words) or _is_denied(claim, cited, candidates)),
        is_substituted=float(substitutes(claim.meant, first.words, _strangers(claim, first, candidates))),
        is_misplaced=float(misplaces_number(claim.words, first.words)),
    )


def _strangers(claim: Claim, sentence: Candidate, candidates: Sequence[Candidate]) -> set[str]:
    """Return the claim's words that are not found in a sentence and must not stand there for others."""
    used = frozenset[str]().union(*(candidate.stems for candidate in candidates))
    may_differ = () if claim.is_polar else [word for word in claim.taken_over if not is_found(word, used)]
    return {word for word in claim.content if word not in may_differ and not is_found(word, sentence.told)}


def _is_denied(claim: Claim, cited: Collection[str], candidates: Sequence[Candidate]) -> bool:
    """Tell whether a sentence that holds more of the claim's words than those cited says the contrary."""
    there = coverage(claim.content, cited)
    return there < 1.0 and any(
        coverage(claim.content, other.stems) > there and contradicts(claim.words, other.words) for other in candidates
    )


def estimate_support(features: MatchFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentences support the claim."""
    weighed = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features.values(), strict=True))
    return 1.0 / (1.0 + math.exp(-weighed))


def _clauses(text: str, words: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
    """Return what the content words of each clause mean; a clause of one is none."""
    starts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    clauses = [
        tuple(_meaning(word) for word in words if word.is_content and start <= word.start < end)
        for start, end in pairwise(starts)
    ]
    return tuple(clause for clause in clauses if len(clause) > 1)


def _meaning(word: Word) -> str:
    """Return what two words must share to say the same: a stem, or a number in digits."""
    return number_of(word) or word.stem


def _count_missing(stems: Sequence[str], told: Collection[str], most: int) -> float:
    return float(min(most, sum(not is_found(stem, told) for stem in stems)))


def _name_partners(words: Sequence[Word]) -> dict[str, str]:
    """Return for each part of a two-word name the other part, where the passage knows only one: Oskar, Lindqvist."""
    others: dict[str, set[str]] = {}
    for first, second in pairwise(words):
        is_pair = first.text[0].isupper() and second.text[0].isupper() and second.start - first.end == 1
        if is_pair and first.is_content and second.is_content:
            others.setdefault(first.stem, set()).add(second.stem)
            others.setdefault(second.stem, set()).add(first.stem)
    return {stem: next(iter(partners)) for stem, partners in others.items() if len(partners) == 1}
