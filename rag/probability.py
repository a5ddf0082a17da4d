"""Probabilities, log-odds and the weighted sums of logistic models."""

import math
from collections.abc import Sequence

import numpy as np

from rag.types import FloatArray

# Its log-odds are -6.
_LEAST_PROBABILITY = 1.0 / (1.0 + math.exp(6.0))


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), limited to -6 to 6."""
    bounded = min(max(probability, _LEAST_PROBABILITY), 1.0 - _LEAST_PROBABILITY)
    return math.log(bounded / (1.0 - bounded))


def weigh(weights: Sequence[float], values: Sequence[float]) -> float:
    """Return the sum of the values, each times its weight."""
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def logistic(log_odds: float) -> float:
    """Return the probability, 0 to 1, that has these log-odds: 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-log_odds))


def logistic_of_each(log_odds: FloatArray) -> FloatArray:
    """Return the probability for each of these log-odds, in the same shape and dtype."""
    one = log_odds.dtype.type(1)
    probabilities: FloatArray = one / (one + np.exp(-log_odds))
    return probabilities
