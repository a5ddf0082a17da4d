"""Compare a written sentence with sentences of the documents, and say how likely these support it.

Goes in: a claim, the question that it answers, and the context. Comes out: the claim and each sentence taken apart,
features of how they differ, and a calibrated probability, 0 to 1, that the claim rests on the sentence. The features
are about words, names, numbers, meaning, and what turns a sentence's words round; the weights are logistic, fitted by
`benchmarks/calibrate_support.py`.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from rag.agreement import contradicts, denies
from rag.evidence import refers_back
from rag.misplacing import misplaces_number, puts_other_number
from rag.substituting import neighbours, substitutes
from rag.types import Context, Hit, Span
from rag.words import (
    MEASURES,
    Stem,
    Word,
    answer_kind,
    asks_whether,
    coverage,
    is_found,
    number_of,
    split_words,
    stems_of,
)

# Order of the features: see MatchFeatures.
WEIGHTS = (-4.07, -0.83, -2.96, -0.09, 0.77, -4.06, -2.72)
BIAS = 1.65
_SUBJECT_WORDS = 4
_MOST_COUNTED = 2
_MOST_NEW_COUNTED = 3
_SCALES = frozenset(("hundr", "thousand", "million", "billion", "trillion"))
_CLAUSE = re.compile(r"[,;:–—]|\b(?:and|but|who|which|while|und|aber)\b")
_HINT_BONUS = 0.15
_PRONOUNS = frozenset(("it", "they", "them", "he", "him", "she"))


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
    clauses: tuple[tuple[str, ...], ...]
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
        subject: What it speaks of: the first words of the first of the sentences that refer back to each other.
        antecedent: The sentence that it refers back to.
        cosine: Of its embedding and the claim's.
        likeness: Orders the candidates of a claim.
    """

    sentence: Sentence
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    told: frozenset[str]
    subject: frozenset[str]
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

    def values(self) -> tuple[float, ...]:
        return (
            *(self.missing, self.new_missing, self.numbers_missing, self.names_missing, self.cosine),
            *(self.is_contradicted, self.is_misplaced),
        )


def read_claim(text: str, question: str, stem: Stem) -> Claim:
    """Take a claim apart, given the question that it answers."""
    words = tuple(split_words(text, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(_meaning(word) for word in words if word.is_content and word.stem not in implied))
    asked_words = split_words(question, stem)
    asked = {_meaning(word) for word in asked_words}
    is_leaning = any(word.text.lower() in _PRONOUNS for word in words)
    if is_leaning:
        # "Oskar designed it" says so of what was asked about.
        content = tuple(dict.fromkeys((*content, *(_meaning(word) for word in asked_words if word.is_content))))
    new = tuple(word for word in content if not is_found(word, asked))
    return Claim(
        text=text,
        words=words,
        meant=(*words, *asked_words) if is_leaning else words,
        content=content,
        new=new,
        clauses=(content, *_clauses(text, words)),
        taken_over=tuple(word for word in content if word not in new),
        names=tuple(word.stem for word in words if word.is_name and number_of(word) is None),
        numbers=tuple(_meaning(word) for word in words if number_of(word) or word.stem in _SCALES),
        is_polar=not new or asks_whether(question),
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
        words_by_span = {span: tuple(split_words(hit.passage.text_of(span), stem)) for span in hit.passage.sentences}
        partners = _name_partners(words_by_span.values())
        previous: Candidate | None = None
        for span, cosine in zip(hit.passage.sentences, of_hit, strict=True):
            text = hit.passage.text_of(span)
            words = words_by_span[span]
            stems = frozenset(stems_of(words)) | {_meaning(word) for word in words}
            antecedent = previous if previous and refers_back(words) else None
            named = stems | {partners[name] for name in stems & partners.keys()}
            likeness = cosine + coverage(claim.new, named) + coverage(claim.content, named)
            previous = Candidate(
                sentence=Sentence(hit, span),
                text=text,
                words=words,
                stems=stems,
                told=named | above | (antecedent.stems | antecedent.subject if antecedent else frozenset()),
                subject=antecedent.subject if antecedent else frozenset(stems_of(words[:_SUBJECT_WORDS])),
                antecedent=antecedent.sentence if antecedent else None,
                cosine=cosine,
                likeness=likeness + _HINT_BONUS * (number in hints),
            )
            candidates.append(previous)
    return sorted(candidates, key=lambda candidate: candidate.likeness, reverse=True)


def compare(claim: Claim, chosen: Sequence[Candidate], candidates: Sequence[Candidate]) -> MatchFeatures:
    """Compare a claim with one sentence, or with several that are to support it together, the likest first.

    Args:
        candidates: All sentences of the context.
    """
    told = frozenset[str]().union(*(candidate.told for candidate in chosen))
    cited = frozenset[str]().union(*(candidate.stems for candidate in chosen))
    first = chosen[0]
    words = {word.stem for word in claim.words}
    n_held = len(words & cited)
    nearer = [other for other in candidates if len(words & other.stems) >= n_held]
    return MatchFeatures(
        missing=max((1.0 - coverage(clause, told) for clause in claim.clauses), default=0.0),
        new_missing=_count_missing(claim.new, told, _MOST_NEW_COUNTED),
        numbers_missing=_count_missing(claim.numbers, cited, _MOST_COUNTED),
        names_missing=_count_missing(claim.names, told, _MOST_COUNTED),
        cosine=first.cosine,
        is_contradicted=float(
            _is_turned(claim, first, candidates) or any(_is_denied(claim, other, first, candidates) for other in nearer)
        ),
        is_misplaced=float(_is_misplaced(claim, first, candidates)),
    )


def _strangers(claim: Claim, sentence: Candidate, candidates: Sequence[Candidate]) -> set[str]:
    """Return the claim's words that are not found in a sentence and must not stand there for others."""
    used = frozenset[str]().union(*(candidate.stems for candidate in candidates))
    free = set() if claim.is_polar else {word for word in claim.taken_over if not is_found(word, used)}
    free -= {*claim.names, *claim.numbers}
    return {word for word in claim.content if word not in free and not is_found(word, sentence.told)}


def _is_turned(claim: Claim, sentence: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Tell whether a claim says something else with the words of the sentence that it would be cited with."""
    if _repeats(claim, sentence):
        return False
    strangers = _strangers(claim, sentence, candidates)
    return contradicts(claim.words, sentence.words) or substitutes(claim.meant, sentence.words, strangers)


def _is_misplaced(claim: Claim, cited: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Tell whether a number belongs to something else in the cited sentence, or another one says another number.

    A sentence that holds more of the claim's words is compared as the cited one is.
    """
    if not claim.numbers or _repeats(claim, cited):
        return False
    words = {word.stem for word in claim.words if word.is_content}
    others = [other for other in candidates if other is not cited and len(words & other.stems) > 1]
    n_held = coverage(claim.content, cited.stems)
    nearer = [other for other in others if coverage(claim.content, other.stems) > n_held]
    return any(misplaces_number(claim.words, one.words) for one in (cited, *nearer)) or any(
        puts_other_number(claim.words, other.words) for other in others
    )


def _is_denied(claim: Claim, other: Candidate, cited: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Tell whether another sentence says otherwise; not where the cited one has the claim's word in the same place.

    Where the other one holds more of the claim, who does what in it counts too.
    """
    if _repeats(claim, other):
        return False
    holds_more = coverage(claim.content, other.stems) > coverage(claim.content, cited.stems)
    opposes = contradicts if holds_more else denies
    kept, strangers = neighbours(cited.words), _strangers(claim, other, candidates)
    return opposes(claim.words, other.words) or substitutes(claim.meant, other.words, strangers, kept)


def _repeats(claim: Claim, sentence: Candidate) -> bool:
    """Tell whether a claim is a sentence word for word, which turns nothing round."""
    return [word.stem for word in claim.words] == [word.stem for word in sentence.words]


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


def _name_partners(sentences: Iterable[Sequence[Word]]) -> dict[str, str]:
    """Return for each part of a two-word name the other part, where the passage knows only one: Oskar, Lindqvist."""
    others: dict[str, set[str]] = {}
    for first, second in chain.from_iterable(map(pairwise, sentences)):
        is_pair = first.text[0].isupper() and second.text[0].isupper() and second.start - first.end == 1
        if is_pair and first.is_content and second.is_content:
            others.setdefault(first.stem, set()).add(second.stem)
            others.setdefault(second.stem, set()).add(first.stem)
    return {stem: next(iter(partners)) for stem, partners in others.items() if len(partners) == 1}
