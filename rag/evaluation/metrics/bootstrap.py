"""Intervals of means over questions, and tests of their differences. Pure: the seed is an argument.

Figures of single questions take few values (found or not, one of ten ranks). So the count of each
value is sampled instead of the questions: the distribution is the same, and it takes milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CONFIDENCE_PERCENT = 95
_N_RESAMPLES = 2000
_N_PERMUTATIONS = 10_000
# A sum of the same values in another order may differ in its last digits.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float


def mean_interval(values: Sequence[float], *, seed: int) -> Interval:
    """Return the mean with its percentile bootstrap interval.

    Efron and Tibshirani 1993, chapter 13.

    Args:
        values: One for each question, at least one.
    """
    distinct, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    n_values = len(values)
    drawn = np.random.default_rng(seed).multinomial(n_values, counts / n_values, size=_N_RESAMPLES)
    means: NDArray[np.float64] = drawn @ distinct / n_values
    tail = (100 - _CONFIDENCE_PERCENT) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return Interval(float(np.mean(values)), float(low), float(high))


def sign_flip_p(differences: Sequence[float], *, seed: int) -> float:
    """Return the two-sided p of a paired permutation test of signs.

    It is the share of random signs whose mean difference is as large. The observed signs count as
    one permutation, so p is never 0 (Phipson and Smyth 2010).

    Args:
        differences: One for each question.
    """
    sizes, counts = np.unique(np.abs(np.asarray(differences, dtype=np.float64)), return_counts=True)
    n_positive = np.random.default_rng(seed).binomial(counts, 0.5, size=(_N_PERMUTATIONS, len(sizes)))
    sums = np.abs((2 * n_positive - counts) @ sizes)
    n_as_large = int(np.count_nonzero(sums >= abs(sum(differences)) - _TOLERANCE))
    return (1 + n_as_large) / (1 + _N_PERMUTATIONS)
