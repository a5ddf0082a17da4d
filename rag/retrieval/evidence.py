"""Rank the sentences of hits as evidence for a question.

Goes in: a question and hits with sentence scores. Comes out: evidence, best first, each with a
confidence from 0 to 1. Two logistic models share their features: one orders the sentences of a
question, the other gives the confidence. `benchmarks/calibrate_evidence.py` fits both on different
kinds of sets, each left out in turn (docs/experiments.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.probability import log_odds, logistic, weigh
from rag.text.speakers import quoted_speaker, writer
from rag.text.statements import is_instruction, is_statement, refers_back
from rag.text.words import AnswerKind, Stem, answer_kind, coverage, holds_kind, negates, split_words, stems_of
from rag.types import Evidence, Hit, Span

# In the order of SentenceFeatures.
ORDER_WEIGHTS = (5.48, 4.85, 3.73, 0.19, 2.06)
CONFIDENCE_WEIGHTS = (0.77, -0.68, 1.27, 0.16, 0.42)
CONFIDENCE_BIAS = -1.15

# Subtracted from the score of a sentence without a negation if the question has one; e^3 in odds.
# "Who may not work from home?" is not answered by who may.
_NEGATION_COST = 3.0
# What a mail only quotes stands behind what its sender wrote, who may have answered otherwise. A
# sentence of the sender with a score lower by more than this is about something else.
_QUOTED_REACH = 6.0
_BEHIND = 0.01


class SentenceFeatures(NamedTuple):
    """The features of one sentence for one question; 0 to 1 unless stated otherwise.

    Attributes:
        cosine: Between question and sentence, -1 to 1.
        passage_cosine: Between question and passage, -1 to 1. A passage is encoded with its
            headings and title.
        covered: The share of the question's content words in the sentence, the headings, the
            document's title, or the listed question that the sentence answers.
        holds_kind: 1 if the sentence holds the kind of thing asked for, such as a number.
        passage_log_odds: Those of the passage's confidence, -6 to 6.
    """

    cosine: float
    passage_cosine: float
    covered: float
    holds_kind: float
    passage_log_odds: float


@dataclass(frozen=True, slots=True)
class MeasuredSentence:
    """A sentence with its features and the stems of its words in order."""

    sentence: Span
    features: SentenceFeatures
    stems: tuple[str, ...]
    is_negated: bool


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """A question split into words once, to be compared with many sentences."""

    stems: frozenset[str]
    content: tuple[str, ...]
    kind: AnswerKind
    is_negated: bool


def analyse_question(question: str, stem: Stem) -> QuestionWords:
    """Split a question into the stems that evidence is compared with."""
    words = split_words(question, stem)
    return QuestionWords(
        stems=frozenset(word.stem for word in words),
        content=tuple(word.stem for word in words if word.is_content),
        kind=answer_kind(question),
        is_negated=negates(question),
    )


def rank_evidence(question: str, hits: Sequence[Hit], titles: Sequence[str], stem: Stem) -> list[Evidence]:
    """Return every statement of the hits as evidence, best first.

    Ties keep the order of the hits, then reading order. A statement that stands in several hits
    comes once, from the first of them.

    Args:
        hits: With `sentence_scores` set.
        titles: The title of each hit's document.
    """
    analysed = analyse_question(question, stem)
    scored: list[tuple[float, Hit, MeasuredSentence]] = []
    seen: set[tuple[str, ...]] = set()
    for hit, title in zip(hits, titles, strict=True):
        for measured in measure_sentences(analysed, hit, title, stem):
            if measured.stems not in seen:
                seen.add(measured.stems)
                cost = _NEGATION_COST if analysed.is_negated and not measured.is_negated else 0.0
                scored.append((weigh(ORDER_WEIGHTS, measured.features) - cost, hit, measured))
    scored = _with_quoted_behind(scored, _only_quoted(analysed, hits, stem))
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


def _with_quoted_behind(
    scored: Sequence[tuple[float, Hit, MeasuredSentence]], quoted: set[str]
) -> list[tuple[float, Hit, MeasuredSentence]]:
    """Return sentences with lower scores for those that a mail quotes beside an answer to them."""
    best_own: dict[str, float] = {}
    for score, hit, _ in scored:
        if writer(hit.passage.headings):
            document_id = hit.passage.document_id
            best_own[document_id] = max(score, best_own.get(document_id, score))
    lowered = []
    for score, hit, measured in scored:
        own = best_own.get(hit.passage.document_id) if hit.passage.id in quoted else None
        is_answered = own is not None and own > score - _QUOTED_REACH
        lowered.append((min(score, own - _BEHIND) if own is not None and is_answered else score, hit, measured))
    return lowered


def _only_quoted(question: QuestionWords, hits: Sequence[Hit], stem: Stem) -> set[str]:
    """Return the ids of passages that a mail quotes, unless the question names who is quoted."""
    writers = {hit.passage.document_id: writer(hit.passage.headings) for hit in hits if writer(hit.passage.headings)}
    quoted = set()
    for hit in hits:
        speaker = quoted_speaker(hit.passage.headings)
        if speaker is not None:
            own = stems_of(split_words(writers.get(hit.passage.document_id, ""), stem))
            if not (stems_of(split_words(speaker, stem)) - own) & set(question.content):
                quoted.add(hit.passage.id)
    return quoted


def measure_sentences(question: QuestionWords, hit: Hit, title: str, stem: Stem) -> list[MeasuredSentence]:
    """Return the features of each statement of a hit, without instructions to an LLM.

    A sentence that opens with "she" or "it" also counts the words of the sentence before it. A
    statement below a question or a title counts the words of that line.
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
        elif not is_instruction(text):
            known = stems | previous if refers_back(words) else stems
            features = SentenceFeatures(
                cosine=cosine,
                passage_cosine=hit.legs.cosine if hit.legs else cosine,
                covered=coverage(question.content, known | above | lead) if question.content else 0.0,
                holds_kind=float(holds_kind(question.kind, text, words, question.stems)),
                passage_log_odds=log_odds(hit.confidence),
            )
            in_order = tuple(word.stem for word in words)
            measured.append(MeasuredSentence(sentence, features, in_order, negates(text)))
        previous = stems
    return measured


def estimate_confidence(features: SentenceFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentence answers the question."""
    return logistic(CONFIDENCE_BIAS + weigh(CONFIDENCE_WEIGHTS, features))
