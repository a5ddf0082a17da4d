"""Put what is known of a question into one probability that the documents answer it.

Goes in: how sure the evidence is, how an LLM leans that was asked whether the text states the answer, and how well what
it wrote is supported. Comes out: 0 to 1. The weights are logistic, fitted by `benchmarks/calibrate_gate.py` on half of
the articles of SQuAD 2.0's development set and checked on the others; figures in docs/experiments.md, "The gate".
"""

import math

from rag.evidence import log_odds

_BEFORE = (1.74, 0.44)
_BEFORE_BIAS = -0.80
_AFTER = (1.61, 0.36, 0.15)
_AFTER_BIAS = -0.86


def estimate_answerable(yes: float, evidence: float) -> float:
    """Return the probability that the text answers exactly this question; all values are 0 to 1.

    Args:
        yes: What the LLM gave to "yes" against "no".
        evidence: The confidence of the best sentence.
    """
    return _probability(_BEFORE_BIAS, _BEFORE[0] * log_odds(yes), _BEFORE[1] * log_odds(evidence))


def estimate_answered(yes: float, evidence: float, support: float) -> float:
    """Return the probability that what was written answers the question, given also how well it is supported."""
    weighed = (log_odds(value) * weight for value, weight in zip((yes, evidence, support), _AFTER, strict=True))
    return _probability(_AFTER_BIAS, *weighed)


def _probability(*weighed: float) -> float:
    return 1.0 / (1.0 + math.exp(-sum(weighed)))
