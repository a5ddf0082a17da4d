"""Put what vectors and words say of passages together into one confidence each.

Goes in: arrays of numbers about candidates, one after the other. Comes out: for each the probability, 0 to 1, that it
answers the query, which ranks it. The weights are those of a logistic model; benchmarks/calibrate_fusion.py fits them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.probability import logistic_of_each
from rag.types import BoolArray, FloatArray, IntArray, LegScores

RANKING = ("cosine", "sentence_cosine", "coverage", "best_sentence", "pairs")
"""What tells the candidates of a query apart."""
FEATURES = (*RANKING, "lead")
"""The columns of a candidate's features, see `features_of`. The last is the same for all candidates of a query."""
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
# The best passage is compared with so many others that hold the query's words.
_N_RIVALS = 5
# How much a fully covered query counts against a cosine of 1 when the best sentence is looked for.
_COVERAGE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of n passages with m sentences in all.

    Attributes:
        cosines: float32, shape (n,), of the passages.
        coverages: float32, shape (n,), from 0 to 1: how much of the query each holds, rare words counting more.
        sentence_cosines: float32, shape (m,), passage by passage.
        sentence_starts: int64, shape (n,): where each passage's sentences begin in these; each has at least one.
        words: int64, shape (t,): for each term of all sentences, in their order, the word of the query that it is, or
            -1; words are numbered in their order.
        word_sentences: int64, shape (t,): which of the m sentences each term stands in.
        bm25: float32, shape (n,).
    """

    cosines: FloatArray
    coverages: FloatArray
    sentence_cosines: FloatArray
    sentence_starts: IntArray
    words: IntArray
    word_sentences: IntArray
    bm25: FloatArray


def fits_of(candidates: Candidates, weights: FloatArray) -> FloatArray:
    """Return how well each sentence fits, its cosine and half of what it covers: float32, shape (m,).

    Args:
        weights: float32, shape (words of the query,): how much each counts.
    """
    return candidates.sentence_cosines + _COVERAGE_SHARE * _sentence_coverages(candidates, weights)


def features_of(candidates: Candidates, fits: FloatArray, n_words: int) -> FloatArray:
    """Return what tells whether each passage answers the query: float32, shape (n, len(FEATURES)), in this order.

    cosine: of the passage; sentence_cosine: of its nearest sentence; coverage: as given; best_sentence: the highest of
    `fits_of` among its sentences; pairs: how many of the query's neighbouring words stand together in it, 0 to 1; lead:
    see `lead_of`.

    Args:
        n_words: Of the query; the passages are at least one.
    """
    ranking: FloatArray = np.stack(
        [
            candidates.cosines,
            np.maximum.reduceat(candidates.sentence_cosines, candidates.sentence_starts),
            candidates.coverages,
            np.maximum.reduceat(fits, candidates.sentence_starts),
            _shares_of_pairs(candidates, n_words),
        ],
        axis=1,
    ).astype(np.float32)
    lead = lead_of(ranking, candidates.bm25, WEIGHTS[: len(RANKING)])
    return np.column_stack([ranking, np.full(len(ranking), lead, dtype=np.float32)])


def lead_of(ranking: FloatArray, bm25: FloatArray, weights: FloatArray) -> float:
    """Return how far the query's words single out the best candidate, as far as its nearest sentence is near: -1 to 1.

    Its BM25 score less the mean of the next best five, in parts of the highest, times its sentence's cosine. The five
    features that order the candidates say nothing of how many others fit as well, which differs from one set of
    documents to another: with this, a confidence fitted on one holds on the other (docs/experiments.md).

    Args:
        ranking: shape (n, len(RANKING)), n at least 1.
        bm25: shape (n,), 0 or more.
        weights: shape (len(RANKING),), by which the best candidate is the best; the first of equal ones is.
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


def contributions(features: Sequence[float]) -> list[float]:
    """Return what each feature adds to the log-odds of the confidence, and last what is there without any."""
    return [*(float(weight) * value for weight, value in zip(WEIGHTS, features, strict=True)), _BIAS]


def explanation(legs: LegScores) -> list[tuple[str, float | None, float]]:
    """Return what the confidence is made of: a name, the feature's value, and what it adds to the log-odds."""
    added = contributions(legs.features)
    rows: list[tuple[str, float | None, float]] = [
        (_NAMES[name], value, adds) for name, value, adds in zip(FEATURES, legs.features, added[:-1], strict=True)
    ]
    return [*rows, ("any passage, before it is looked at", None, added[-1])]


def _sentence_coverages(candidates: Candidates, weights: FloatArray) -> FloatArray:
    is_word = candidates.words >= 0
    holds: BoolArray = np.zeros((len(candidates.sentence_cosines), len(weights)), dtype=bool)
    holds[candidates.word_sentences[is_word], candidates.words[is_word]] = True
    # A matrix product would do, but numpy's warns now and then of an invalid value among ones and zeros.
    coverages: FloatArray = np.where(holds, weights, np.float32(0)).sum(axis=1) / (weights.sum() or 1.0)
    return coverages


def _shares_of_pairs(candidates: Candidates, n_words: int) -> FloatArray:
    n_passages = len(candidates.cosines)
    if n_words < 2:
        return np.zeros(n_passages, dtype=np.float32)
    passages = np.searchsorted(candidates.sentence_starts, candidates.word_sentences, side="right") - 1
    first, second = candidates.words[:-1], candidates.words[1:]
    is_pair = (first >= 0) & (second == first + 1) & (passages[:-1] == passages[1:])
    holds: BoolArray = np.zeros((n_passages, n_words - 1), dtype=bool)
    holds[passages[:-1][is_pair], first[is_pair]] = True
    shares: FloatArray = holds.mean(axis=1, dtype=np.float32)
    return shares
