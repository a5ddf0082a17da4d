"""Estimate the probability that an LLM's reply answers the question from the right place.

Goes in: how probable the LLM found its own words, and how likely it would rather decline. The
weights are those of a logistic regression fitted by `benchmarks/calibrate_gate.py`; figures are in
docs/experiments.md, "The gate". The confidence of retrieval is left out: it tells sets of documents
apart, not right from wrong.
"""

import math
from dataclasses import dataclass

from rag.probability import log_odds, logistic, weigh

# In the order of Signals.values.
_WEIGHTS = (3.25, -0.47)
_BIAS = 0.82
_LEAST_FLUENCY = 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about a reply; both 0 to 1.

    Attributes:
        fluency: The geometric mean of the probabilities that the LLM gave to its own tokens.
        declining: The probability that the LLM declines if the prompt lets it.
    """

    fluency: float
    declining: float

    def values(self) -> tuple[float, float]:
        """Return the features: the mean log probability, -3 to 0, and the log-odds, -6 to 6."""
        return math.log(max(self.fluency, _LEAST_FLUENCY)), log_odds(self.declining)


def estimate_answered(signals: Signals) -> float:
    """Return the probability that the reply answers."""
    return logistic(_BIAS + weigh(_WEIGHTS, signals.values()))
