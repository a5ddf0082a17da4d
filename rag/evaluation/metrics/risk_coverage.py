"""Measure how many of the surest answers are wrong: the risk-coverage curve. Pure.

El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017. Answers are counted from the surest on.
Coverage is the share of all questions that are answered so far, risk the share of these answers
that are wrong. Questions without an answer come last and do not change the risk.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rag.evaluation.metrics.verdicts import JudgedAnswer


class RiskPoint(NamedTuple):
    """The risk at one coverage; both 0 to 1."""

    coverage: float
    risk: float


def trace_risk(answers: Sequence[JudgedAnswer]) -> tuple[RiskPoint, ...]:
    """Return a point for each answer, surest first; ties stay in the questions' order."""
    answered = [judged for judged in answers if not judged.answer.abstained]
    points = []
    n_wrong = 0
    for n_told, judged in enumerate(sorted(answered, key=lambda one: -one.answer.confidence), start=1):
        n_wrong += judged.verdict == "wrong"
        points.append(RiskPoint(n_told / len(answers), n_wrong / n_told))
    return tuple(points)


def area_under(curve: Sequence[RiskPoint], n_questions: int) -> float | None:
    """Return the area under a curve: the mean of the risks at 1, 2, … questions.

    None without answers. An answerer that answers only the surest question has a low area too, so
    the area says little without the coverage.
    """
    if not curve:
        return None
    n_declined = n_questions - len(curve)
    return (sum(point.risk for point in curve) + n_declined * curve[-1].risk) / n_questions


def coverage_at(curve: Sequence[RiskPoint], max_risk: float) -> float:
    """Return the highest coverage with at most this risk; 0 if there is none."""
    return max((point.coverage for point in curve if point.risk <= max_risk), default=0.0)
