"""Say how many of the surest answers are wrong: the risk-coverage curve of selective answering. Pure.

Answers are told from the surest on (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017). Coverage is the share of all
questions that have been answered so far, risk the share of these answers that are wrong. Declined questions come last:
they add no answer, so the risk stays what it was, up to the whole coverage.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rag.evaluation.metrics.verdicts import JudgedAnswer


class RiskPoint(NamedTuple):
    """How many of the surest answers are wrong at one coverage; both 0 to 1."""

    coverage: float
    risk: float


def trace_risk(answers: Sequence[JudgedAnswer]) -> tuple[RiskPoint, ...]:
    """Return a point an answer, the surest first; equal confidences stay in the questions' order."""
    answered = [judged for judged in answers if not judged.answer.abstained]
    points = []
    n_wrong = 0
    # Sorted is stable.
    for n_told, judged in enumerate(sorted(answered, key=lambda one: -one.answer.confidence), start=1):
        n_wrong += judged.verdict == "wrong"
        points.append(RiskPoint(n_told / len(answers), n_wrong / n_told))
    return tuple(points)


def area_under(curve: Sequence[RiskPoint], n_questions: int) -> float | None:
    """Return the area under a curve: the mean of the risks at 1, 2, … questions; None where nothing was answered.

    It is low for who answers nothing but the surest question, so it says little without the coverage.
    """
    if not curve:
        return None
    n_declined = n_questions - len(curve)
    return (sum(point.risk for point in curve) + n_declined * curve[-1].risk) / n_questions


def coverage_at(curve: Sequence[RiskPoint], max_risk: float) -> float:
    """Return the highest coverage at which the risk is at most so high; 0 where it never is."""
    return max((point.coverage for point in curve if point.risk <= max_risk), default=0.0)
