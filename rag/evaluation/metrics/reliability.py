"""Measure how far a score is from a probability. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Questions whose first hits have similar scores.

    Attributes:
        low, high: The lowest and the highest of the scores.
        share_right: Share of the first hits that are right.
    """

    n_questions: int
    low: float
    high: float
    mean_score: float
    share_right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far scores are from probabilities.

    Attributes:
        error: The expected calibration error: the mean over questions of the difference between
            the mean score of their bin and its share of right hits. None without questions.
        bins: From low scores to high ones.
    """

    error: float | None
    bins: tuple[ScoreBin, ...]


def measure_reliability(scores: Sequence[float], is_right: Sequence[bool], *, n_bins: int = 10) -> Reliability:
    """Compare scores with right hits, in bins of equally many questions.

    Nixon et al. 2019, section 3.

    Args:
        scores: 0 to 1, one for each question.
    """
    if not scores:
        return Reliability(None, ())
    claimed = np.asarray(scores, dtype=np.float64)
    came_true = np.asarray(is_right, dtype=np.float64)
    places = np.array_split(np.argsort(claimed, kind="stable"), min(n_bins, len(claimed)))
    bins = tuple(_bin(claimed[part], came_true[part]) for part in places)
    gaps = sum(part.n_questions * abs(part.mean_score - part.share_right) for part in bins)
    return Reliability(gaps / len(claimed), bins)


def _bin(claimed: np.ndarray, came_true: np.ndarray) -> ScoreBin:
    return ScoreBin(
        n_questions=len(claimed),
        low=float(claimed[0]),
        high=float(claimed[-1]),
        mean_score=float(claimed.mean()),
        share_right=float(came_true.mean()),
    )
