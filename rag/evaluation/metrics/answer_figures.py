"""The figures of an answerer over a set: right answers, citations, abstention, time. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean, quantiles

from rag.evaluation.metrics.citations import CitationQuality, judge_citations, judge_citations_by_gold
from rag.evaluation.metrics.outcomes import (
    OUTCOME_FIGURES,
    OutcomeFigures,
    Share,
    count_by_kind,
    count_outcomes,
    outcome_figures,
    result_of,
)
from rag.evaluation.metrics.risk_coverage import RiskPoint, area_under, coverage_at, trace_risk
from rag.evaluation.metrics.verdicts import ANSWERABILITIES, Answerability, JudgedAnswer, Verdict

BY_KIND = "by_kind"
# "partly" is what Yang et al. call acceptable.
_POINTS: Mapping[Verdict, float] = {"right": 1, "partly": 0.5, "possible": 0, "declined": 0, "wrong": -1}


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of values; None without values."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """Figures over a set of questions; fractions are 0 to 1, None if there was nothing to count.

    Attributes:
        right_sentence_cited: Of the questions with gold spans, those with a citation of one.
        answers_right_and_cited: Of the same, those with such a citation and a gold answer.
        token_f1: Mean over the answerable questions with gold answers.
        crag: Mean over all questions: 1 for a right answer, 0.5 for a part, 0 for abstaining,
            -1 for a wrong one. Yang et al. 2024, "CRAG", section 3.3.
        crag_of_answerable: The same over the answerable questions.
        citations: Over all sentences of the answers to answerable questions, small talk left out.
        citations_by_gold: Over those of the sentences that hold a gold answer.
        citations_right: Citations of answers to questions with gold spans that cover one.
        quotes_exact: Answers whose quotes are exact, of all answers with citations.
        abstained: By answerability.
        balanced_accuracy: Mean of the share of answerable questions that were answered and the
            share of the others that were not.
        area_under_risk: Of the risk-coverage curve.
        coverage_at_5, coverage_at_10: The highest coverage at a risk of at most 5 and 10 %.
    """

    outcomes: OutcomeFigures
    by_kind: Mapping[str, OutcomeFigures]
    right_sentence_cited: Share
    answers_right_and_cited: Share
    token_f1: float | None
    crag: float | None
    crag_of_answerable: float | None
    citations: CitationQuality
    citations_by_gold: CitationQuality
    citations_right: Share
    quotes_exact: Share
    abstained: Mapping[Answerability, Share]
    balanced_accuracy: float | None
    area_under_risk: float | None
    coverage_at_5: float
    coverage_at_10: float
    risk_coverage: tuple[RiskPoint, ...]
    sources_ms: Percentiles
    first_text_ms: Percentiles
    total_ms: Percentiles


def measure_answers(answers: Sequence[JudgedAnswer]) -> AnswerFigures:
    """Return the figures of answers to a set."""
    answerable = [judged for judged in answers if judged.gold.is_answerable]
    unanswerable = [judged for judged in answers if not judged.gold.is_answerable]
    curve = trace_risk(answers)
    located = [judged for judged in answerable if judged.gold.is_located]
    results = [result_of(judged) for judged in answers]
    return AnswerFigures(
        outcomes=count_outcomes(results),
        by_kind=count_by_kind(results),
        right_sentence_cited=_count([judged.is_right_cited for judged in located]),
        answers_right_and_cited=_count([one.verdict == "right" and one.is_right_cited for one in located]),
        token_f1=_mean([judged.token_f1 for judged in answerable if judged.gold.answers]),
        crag=_mean([_POINTS[judged.verdict] for judged in answers]),
        crag_of_answerable=_mean([_POINTS[judged.verdict] for judged in answerable]),
        citations=judge_citations([judged for judged in answerable if not judged.gold.is_small_talk]),
        citations_by_gold=judge_citations_by_gold(answerable),
        citations_right=_count(list(chain.from_iterable(judged.right_citations for judged in located))),
        quotes_exact=_count([judged.are_quotes_exact for judged in answers if judged.answer.citations]),
        abstained={name: _abstained([o for o in answers if o.gold.answerability == name]) for name in ANSWERABILITIES},
        balanced_accuracy=_balanced_accuracy(_abstained(answerable).value, _abstained(unanswerable).value),
        area_under_risk=area_under(curve, len(answers)),
        coverage_at_5=coverage_at(curve, 0.05),
        coverage_at_10=coverage_at(curve, 0.1),
        risk_coverage=curve,
        sources_ms=_percentiles([judged.sources_ms for judged in answers]),
        first_text_ms=_percentiles([one.first_text_ms for one in answers if one.first_text_ms is not None]),
        total_ms=_percentiles([judged.total_ms for judged in answers]),
    )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return a percentile, interpolated between the two nearest values; None without values."""
    if len(values) < 2:
        return round(values[0], 1) if values else None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 1)


def figures_with_floors(figures: AnswerFigures) -> dict[str, float | None]:
    """Return ANSWER_FIGURES, and OUTCOME_FIGURES of each kind of question as `by_kind.KIND.FIGURE`.

    They are 0 to 1; None if there was nothing to count.
    """
    by_kind = {
        f"{BY_KIND}.{kind}.{name}": value
        for kind, of_kind in figures.by_kind.items()
        for name, value in outcome_figures(of_kind).items()
    }
    return (
        {name: value_of(figures) for name, value_of in _FIGURES.items()} | outcome_figures(figures.outcomes) | by_kind
    )


def _abstained(answers: Sequence[JudgedAnswer]) -> Share:
    return _count([judged.answer.abstained for judged in answers])


def _balanced_accuracy(answerable_abstained: float | None, unanswerable_abstained: float | None) -> float | None:
    if answerable_abstained is None or unanswerable_abstained is None:
        return None
    return (1 - answerable_abstained + unanswerable_abstained) / 2


def _percentiles(values: Sequence[float]) -> Percentiles:
    return Percentiles(percentile(values, 50), percentile(values, 95), percentile(values, 99))


def _count(claims: Sequence[bool]) -> Share:
    return Share(sum(claims), len(claims))


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


_FIGURES: Mapping[str, Callable[[AnswerFigures], float | None]] = {
    "answers_right": lambda figures: figures.outcomes.right.value,
    "right_sentence_cited": lambda figures: figures.right_sentence_cited.value,
    "answers_right_and_cited": lambda figures: figures.answers_right_and_cited.value,
    "token_f1": lambda figures: figures.token_f1,
    "citation_recall": lambda figures: figures.citations.recall,
    "citation_precision": lambda figures: figures.citations.precision,
    "citation_recall_by_gold": lambda figures: figures.citations_by_gold.recall,
    "citation_precision_by_gold": lambda figures: figures.citations_by_gold.precision,
    "citations_right": lambda figures: figures.citations_right.value,
    "quotes_exact": lambda figures: figures.quotes_exact.value,
    "look_alike_abstained": lambda figures: figures.abstained["look-alike"].value,
    "absent_abstained": lambda figures: figures.abstained["absent"].value,
    "balanced_accuracy": lambda figures: figures.balanced_accuracy,
    "coverage_at_5": lambda figures: figures.coverage_at_5,
    "coverage_at_10": lambda figures: figures.coverage_at_10,
}
ANSWER_FIGURES = (*_FIGURES, *OUTCOME_FIGURES)
"""The figures of answers that may have a floor: 0 to 1, higher is better."""
