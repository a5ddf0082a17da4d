"""Put what is known of an LLM's reply into one probability that it answers the question from the right place.

Goes in: how likely the LLM found its own words, and how likely it would rather have declined. Comes out: 0 to 1. How
sure search is, is left out: it tells one set of documents from another rather than right from wrong. The weights are
logistic, fitted by `benchmarks/calibrate_gate.py` on sets of unlike kinds, each left out in turn; figures in
docs/experiments.md, "The gate". A learned judge would be one more of these signals, or take their place.
"""

import math
from dataclasses import dataclass

from rag.probability import log_odds, logistic

# In the order of Signals.
_WEIGHTS = (3.25, -0.47)
_BIAS = 0.82
_LEAST_FLUENCY = 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a reply; both 0 to 1.

    Attributes:
        fluency: The geometric mean of the probabilities that the LLM gave to its own tokens.
        declining: The probability that it declines where it is told that it may.
    """

    fluency: float
    declining: float

    def values(self) -> tuple[float, float]:
        """Return what is weighed: the mean log probability of the tokens, -3 to 0, and the log-odds, -6 to 6."""
        return math.log(max(self.fluency, _LEAST_FLUENCY)), log_odds(self.declining)


def estimate_answered(signals: Signals) -> float:
    """Return the probability that the reply answers."""
    weighed = _BIAS + sum(weight * value for weight, value in zip(_WEIGHTS, signals.values(), strict=True))
    return logistic(weighed)
