"""Fuse the scores of the three legs into one confidence for each candidate.

Goes in: arrays of signals, one entry per candidate. Comes out: the probability, 0 to 1, that each
candidate answers the query; it ranks them. The model is logistic; benchmarks/calibrate_fusion.py
fits its weights.
"""

from dataclasses import dataclass

import numpy as np

from rag.probability import logistic_of_each
from rag.types import BoolArray, FloatArray, IntArray, LegScores

RANKING = ("cosine", "sentence_cosine", "coverage", "best_sentence", "pairs")
"""The features that differ between the candidates of a query."""
FEATURES = (*RANKING, "lead")
"""The columns of `features_of`; the last is the same for all candidates of a query."""
WEIGHTS = np.array([2.72, 1.14, 0.89, 1.17, 0.48, 1.16], dtype=np.float32)
_BIAS = -4.39
_NAMES = {
    "cosine": "meaning of the passage",
    "sentence_cosine": "meaning of its nearest sentence",
    "coverage": "share of the query's words in it, rare ones counting more",
    "best_sentence": "its best sentence, by meaning and half by words",
    "pairs": "share of the query's neighbouring words that stand together in it",
    "lead": "how far the query's words single out the best passage",
}
# `lead_of` compares the best candidate with the BM25 scores of this many others.
_N_RIVALS = 5
# The weight of coverage, 0 to 1, beside the cosine in the relevance of a sentence.
_COVERAGE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class CandidateSignals:
    """The raw signals of n passages with m sentences in all.

    Attributes:
        cosines: float32, shape (n,), of the passages.
        coverages: float32, shape (n,), 0 to 1: the share of the query's words that each passage
            holds; rare words count more.
        sentence_cosines: float32, shape (m,), passage by passage.
        sentence_starts: int64, shape (n,): where each passage's sentences begin; none is empty.
        words: int64, shape (t,): for each term of the sentences, in order, the number of the query
            word that it equals, or -1. Query words are numbered in order.
        word_sentences: int64, shape (t,): the sentence, 0 to m - 1, of each term.
        bm25: float32, shape (n,).
    """

    cosines: FloatArray
    coverages: FloatArray
    sentence_cosines: FloatArray
    sentence_starts: IntArray
    words: IntArray
    word_sentences: IntArray
    bm25: FloatArray


def sentence_relevance(signals: CandidateSignals, weights: FloatArray) -> FloatArray:
    """Return the relevance of each sentence, cosine plus half the coverage: float32, shape (m,).

    Args:
        weights: float32, shape (words of the query,): how much each word counts.
    """
    return signals.sentence_cosines + _COVERAGE_SHARE * _sentence_coverages(signals, weights)


def features_of(signals: CandidateSignals, relevance: FloatArray, n_words: int) -> FloatArray:
    """Return the features of each passage: float32, shape (n, len(FEATURES)), n at least 1.

    The columns:
        cosine: Of the passage.
        sentence_cosine: Of its nearest sentence.
        coverage: As in the signals.
        best_sentence: The highest `relevance` of its sentences.
        pairs: The share of the query's neighbouring words that stand together in it, 0 to 1.
        lead: See `lead_of`.
    """
    ranking: FloatArray = np.stack(
        [
            signals.cosines,
            np.maximum.reduceat(signals.sentence_cosines, signals.sentence_starts),
            signals.coverages,
            np.maximum.reduceat(relevance, signals.sentence_starts),
            _shares_of_pairs(signals, n_words),
        ],
        axis=1,
    ).astype(np.float32)
    lead = lead_of(ranking, signals.bm25, WEIGHTS[: len(RANKING)])
    return np.column_stack([ranking, np.full(len(ranking), lead, dtype=np.float32)])


def lead_of(ranking: FloatArray, bm25: FloatArray, weights: FloatArray) -> float:
    """Return how far the query's words single out the best candidate: -1 to 1.

    This is its BM25 score less the mean of the next best five, divided by the highest, times the
    cosine of its nearest sentence. How many candidates match equally well differs between document
    sets. With this feature a confidence fitted on one set holds on another (docs/experiments.md).

    Args:
        ranking: shape (n, len(RANKING)), n at least 1.
        bm25: shape (n,), 0 or more.
        weights: shape (len(RANKING),), which choose the best candidate; of equal ones the first.
    """
    best = int(np.argmax(ranking @ weights))
    highest = np.sort(bm25)[::-1][: _N_RIVALS + 1]
    if len(highest) == 1 or highest[0] <= 0:
        return 0.0
    nearness = max(0.0, float(ranking[best, RANKING.index("sentence_cosine")]))
    return float((bm25[best] - highest[1:].mean()) / highest[0]) * nearness


def confidences(features: FloatArray) -> FloatArray:
    """Return the probability that each passage answers the query: float32, shape (n,)."""
    return logistic_of_each(features @ WEIGHTS + _BIAS)


def explanation(legs: LegScores) -> list[tuple[str, float | None, float]]:
    """Return the parts of the confidence: name, value, and what it adds to the log-odds."""
    features = zip(FEATURES, WEIGHTS, legs.features, strict=True)
    rows = [(_NAMES[name], value, float(weight) * value) for name, weight, value in features]
    return [*rows, ("any passage, before it is looked at", None, _BIAS)]


def _sentence_coverages(signals: CandidateSignals, weights: FloatArray) -> FloatArray:
    is_word = signals.words >= 0
    holds: BoolArray = np.zeros((len(signals.sentence_cosines), len(weights)), dtype=bool)
    holds[signals.word_sentences[is_word], signals.words[is_word]] = True
    # No matrix product: numpy's sometimes warns of an invalid value among ones and zeros.
    coverages: FloatArray = np.where(holds, weights, np.float32(0)).sum(axis=1) / (weights.sum() or 1.0)
    return coverages


def _shares_of_pairs(signals: CandidateSignals, n_words: int) -> FloatArray:
    n_passages = len(signals.cosines)
    if n_words < 2:
        return np.zeros(n_passages, dtype=np.float32)
    passages = np.searchsorted(signals.sentence_starts, signals.word_sentences, side="right") - 1
    first, second = signals.words[:-1], signals.words[1:]
    is_pair = (first >= 0) & (second == first + 1) & (passages[:-1] == passages[1:])
    holds: BoolArray = np.zeros((n_passages, n_words - 1), dtype=bool)
    holds[passages[:-1][is_pair], first[is_pair]] = True
    shares: FloatArray = holds.mean(axis=1, dtype=np.float32)
    return shares
