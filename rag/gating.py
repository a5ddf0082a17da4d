"""Put what is known of a written sentence into one probability that it answers the question rightly.

Goes in: how well the sentence is supported, and how likely the LLM found its own words. Comes out: 0 to 1. How sure
search is, is left out: it tells one set of documents from another rather than right from wrong. The weights are
logistic, fitted by `benchmarks/calibrate_gate.py` on sets of unlike kinds, each left out in turn; figures in
docs/experiments.md, "The gate". A learned judge would be one more of these signals, or take their place.
"""

import math
from dataclasses import dataclass

from rag.evidence import log_odds

# In the order of Signals.
_WEIGHTS = (0.17, 1.62)
_BIAS = 0.18
_LEAST_FLUENCY = 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a written sentence; all 0 to 1.

    Attributes:
        support: How well the cited sentences say what was written.
        fluency: The geometric mean of the probabilities that the LLM gave to its own tokens.
    """

    support: float
    fluency: float

    def values(self) -> tuple[float, float]:
        """Return what is weighed: the log-odds, -6 to 6, and the mean log probability of the tokens, -3 to 0."""
        return (
            log_odds(self.support),
            math.log(max(self.fluency, _LEAST_FLUENCY)),
        )


def estimate_answered(signals: Signals) -> float:
    """Return the probability that the sentence answers."""
    weighed = _BIAS + sum(weight * value for weight, value in zip(_WEIGHTS, signals.values(), strict=True))
    return 1.0 / (1.0 + math.exp(-weighed))
