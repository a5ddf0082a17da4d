"""Rank sentences as evidence for a question and say how likely the best one answers it.

Goes in: a question and hits with their sentence scores. Comes out: the evidence, best first, each with a confidence
from 0 to 1. Two logistic models over the same features: one orders the sentences of a question among each other, one
says how far to trust the first. A question is never evidence: what stands below it in a list of frequent questions is,
under its words. Weights: fitted by `benchmarks/calibrate_evidence.py` on sets of unlike kinds, each left out in turn;
figures in docs/experiments.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from rag.probability import log_odds, logistic
from rag.text.injection import gives_orders
from rag.text.statements import is_statement, refers_back
from rag.text.words import (
    AnswerKind,
    Stem,
    answer_kind,
    coverage,
    holds_kind,
    negates,
    split_words,
    stems_of,
)
from rag.types import Evidence, Hit, Span

# Order of the features: see SentenceFeatures.
ORDER_WEIGHTS = (5.48, 4.85, 3.73, 0.19, 2.06)
CONFIDENCE_WEIGHTS = (0.77, -0.68, 1.27, 0.16, 0.42)
CONFIDENCE_BIAS = -1.15

# "Who may not work from home?" is not answered by who may: off the score of what does not negate, e to the 3 in odds.
_NEGATION_COST = 3.0


@dataclass(frozen=True, slots=True)
class SentenceFeatures:
    """What is known of one sentence as evidence for one question; each 0 to 1, the cosines -1 to 1.

    Attributes:
        cosine: Of the question's and the sentence's embeddings.
        passage_cosine: Of the question's and the passage's, whose headings and title are embedded with it.
        covered: Fraction of the question's content words found in the sentence or in what it stands under: the
            headings, the document's title, the question that it answers.
        holds_kind: 1 when the sentence holds something of the kind asked for, such as a number.
        passage_log_odds: Of the confidence that retrieval has in the passage, -6 to 6.
    """

    cosine: float
    passage_cosine: float
    covered: float
    holds_kind: float
    passage_log_odds: float

    def values(self) -> tuple[float, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class MeasuredSentence:
    """A sentence with its features; `stems` of its words, in their order; `is_negated` where one of them negates."""

    sentence: Span
    features: SentenceFeatures
    stems: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """A question taken apart once, to be compared with many sentences."""

    stems: frozenset[str]
    content: tuple[str, ...]
    kind: AnswerKind
    is_negated: bool


def analyse_question(question: str, stem: Stem) -> QuestionWords:
    """Take a question apart into the stems that evidence is compared with."""
    words = split_words(question, stem)
    return QuestionWords(
        stems=frozenset(word.stem for word in words),
        content=tuple(word.stem for word in words if word.is_content),
        kind=answer_kind(question),
        is_negated=negates(question),
    )


def rank_evidence(question: str, hits: Sequence[Hit], titles: Sequence[str], stem: Stem) -> list[Evidence]:
    """Return every statement of the hits as evidence, best first; ties keep the hits' order, then reading order.

    A statement that stands in several hits is told once, of the first of them.

    Args:
        hits: With `sentence_scores` set.
        titles: The title of each hit's document.
    """
    asked = analyse_question(question, stem)
    scored: list[tuple[float, Hit, MeasuredSentence]] = []
    seen: set[tuple[str, ...]] = set()
    for hit, title in zip(hits, titles, strict=True):
        for measured in measure_sentences(asked, hit, title, stem):
            if measured.stems not in seen:
                seen.add(measured.stems)
                score = _weigh(ORDER_WEIGHTS, measured.features)
                scored.append((score - _NEGATION_COST * (asked.is_negated and not measured.is_negated), hit, measured))
    scored.sort(key=lambda one: one[0], reverse=True)
    return [
        Evidence(
            hit=hit,
            sentence=measured.sentence,
            confidence=estimate_confidence(measured.features),
            odds=math.exp(score - scored[0][0]),
        )
        for score, hit, measured in scored
    ]


def measure_sentences(asked: QuestionWords, hit: Hit, title: str, stem: Stem) -> list[MeasuredSentence]:
    """Compare each statement of a hit with the question.

    A sentence that speaks of "she" or "it" also counts the words of the sentence before it.
    """
    passage = hit.passage
    above = stems_of(split_words("\n".join((title, *passage.headings)), stem))
    measured = []
    previous: set[str] = set()
    lead: set[str] = set()
    for sentence, cosine in zip(passage.sentences, hit.sentence_scores, strict=True):
        text = passage.text_of(sentence)
        words = split_words(text, stem)
        stems = stems_of(words)
        if not is_statement(text, passage):
            lead = stems
        elif not gives_orders(text):
            told = stems | previous if refers_back(words) else stems
            features = SentenceFeatures(
                cosine=cosine,
                passage_cosine=hit.legs.cosine if hit.legs else cosine,
                covered=coverage(asked.content, told | above | lead) if asked.content else 0.0,
                holds_kind=float(holds_kind(asked.kind, text, words, asked.stems)),
                passage_log_odds=log_odds(hit.confidence),
            )
            told_stems = tuple(word.stem for word in words)
            measured.append(MeasuredSentence(sentence, features, told_stems, negates(text)))
        previous = stems
    return measured


def estimate_confidence(features: SentenceFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentence answers the question."""
    return logistic(CONFIDENCE_BIAS + _weigh(CONFIDENCE_WEIGHTS, features))


def _weigh(weights: Sequence[float], features: SentenceFeatures) -> float:
    return sum(weight * value for weight, value in zip(weights, features.values(), strict=True))
