"""The tables of an evaluation as rows of text, for the terminal and the page."""

from collections.abc import Mapping
from dataclasses import astuple

from rag.evaluation.earlier import Comparison
from rag.evaluation.metrics.answer_figures import AnswerFigures, Percentiles
from rag.evaluation.metrics.bootstrap import Interval
from rag.evaluation.metrics.comparison import AnswerComparison
from rag.evaluation.metrics.outcomes import OutcomeFigures, Share
from rag.evaluation.metrics.ranking import FIGURES
from rag.evaluation.metrics.reliability import Reliability
from rag.evaluation.metrics.verdicts import ANSWERABILITIES, VERDICTS
from rag.evaluation.report import EvaluationReport

Rows = list[tuple[str, ...]]

LABELS = {
    **{f"recall_at_{k}": f"R@{k}" for k in (1, 3, 5, 10)},
    "mrr_at_10": "MRR@10",
    "ndcg_at_10": "nDCG@10",
    "context_256": "in 256 tokens",
    "context_512": "in 512 tokens",
    "best_sentence_covers": "sentence has it",
    "best_sentence_overlaps": "sentence touches it",
}


def retrieval_rows(report: EvaluationReport) -> Rows:
    """Return a heading row, then a row for each figure: its value for each leg."""
    legs = report.retrieval.legs
    rows: Rows = [(f"{len(report.retrieval.located)} with a known place", *legs)]
    rows += [(LABELS[figure], *(show_interval(legs[leg][figure]) for leg in legs)) for figure in FIGURES]
    return rows


def reliability_rows(reliability: Reliability) -> Rows:
    """Return a heading row, then a row for each bin: its scores, their mean, the share right."""
    rows: Rows = [("score of the first hit", "questions", "claimed", "right")]
    rows += [
        (f"{one.low:.2f} to {one.high:.2f}", str(one.n_questions), f"{one.mean_score:.3f}", f"{one.share_right:.3f}")
        for one in reliability.bins
    ]
    return rows


def comparison_rows(comparison: Comparison) -> Rows:
    """Return a heading row, then a row for each figure: how it differs, for how many questions."""
    rows: Rows = [("now minus before", "difference", "95 % interval", "p", "better", "worse", "same")]
    rows += [
        (
            LABELS[one.figure],
            f"{one.mean.value:+.3f}",
            f"[{one.mean.low:+.3f}, {one.mean.high:+.3f}]",
            f"{one.p:.4f}",
            *(str(one.n_better), str(one.n_worse), str(one.n_same)),
        )
        for one in comparison.differences
    ]
    return rows


def describe_comparison(comparison: Comparison) -> str:
    """Return a sentence about what is compared."""
    before = comparison.before
    return (
        f"{comparison.leg} now against {before.leg} of {before.date}, index {before.index_version}: "
        f"{comparison.n_compared} questions in both, {comparison.n_only_before} only before, "
        f"{comparison.n_only_now} only now."
    )


def describe_reliability(report: EvaluationReport) -> str:
    """Return a sentence about how far the first hit's score is from a probability."""
    leg, error = report.retrieval.final_leg, report.retrieval.reliability.error
    n_questions = sum(one.n_questions for one in report.retrieval.reliability.bins)
    if error is None:
        return "No first hit is known to be right or wrong."
    return (
        f"Taken as a probability, the {leg} score of the first hit is off by {error:.3f} on average "
        f"(expected calibration error, {n_questions} questions)."
    )


def describe_sample(report: EvaluationReport) -> str:
    """Return a sentence about which questions were answered; empty if none was."""
    if not report.runs or not report.sample:
        return ""
    sample, asked = report.sample, report.runs[0].figures.abstained
    numbers = ", ".join(f"{asked[name].of} {name}" for name in ANSWERABILITIES)
    source = f", absent ones from {sample.absent_from}" if sample.absent_from else ""
    return (
        f"{report.n_answered} questions answered: {numbers}; at most {sample.n_each} of each, "
        f"drawn with seed {sample.seed}{source}."
    )


def answer_tables(report: EvaluationReport) -> list[Rows]:
    """Return a table for each group of figures; none if no question was answered.

    Each has a heading row, then a row for each figure with its value for each answerer.
    """
    groups = [_groups(run.figures) for run in report.runs]
    tables: list[Rows] = []
    for title, first in groups[0].items() if groups else ():
        heading = (title, *(run.answerer for run in report.runs))
        tables.append([heading, *((label, *(group[title][label] for group in groups)) for label in first)])
    return tables


def outcome_rows(label: str, by_name: Mapping[str, OutcomeFigures]) -> Rows:
    """Return a heading row, then a row for each part of the questions."""
    heading = (*VERDICTS[:3], "possible (useful)", "declined", "useful", "right or declined", "questions")
    rows: Rows = [(label, *heading)]
    for name, figures in by_name.items():
        n_by_verdict = {verdict: str(figures.n_of(verdict)) for verdict in VERDICTS}
        n_by_verdict["possible"] += f" ({figures.possible_with_answer.n})"
        shares = (_show(share.value, ".0%") for share in (figures.useful, figures.right_or_declined))
        rows.append((name, *n_by_verdict.values(), *shares, str(figures.n_questions)))
    return rows


def kind_rows(by_kind: Mapping[str, OutcomeFigures], everything: OutcomeFigures) -> Rows:
    """Return a heading row, then a row for each kind of question and one for all."""
    return outcome_rows("kind", {**by_kind, "all": everything})


def describe_outcomes(figures: OutcomeFigures) -> str:
    """Return a line with the shares that a set is judged by."""
    return (
        f"Right or rightly declined: {_share(figures.right_or_declined)}. Of the answerable: answered "
        f"{_share(figures.answered)}, right {_share(figures.right)}, useful {_share(figures.useful)}, wrong "
        f"{_share(figures.wrong)}. "
        f"Not answerable, but answered: {_share(figures.unanswerable_answered)}."
    )


def show_interval(found: Interval | None) -> str:
    """Return a value and half the width of its interval."""
    return "-" if found is None else f"{found.value:.3f} ±{(found.high - found.low) / 2:.3f}"


def naive_rows(comparison: AnswerComparison) -> Rows:
    """Return a heading row, then rows of how an answerer differs from the naive chatbot."""
    rows: Rows = [(f"{comparison.answerer} minus naive", "naive", "difference", "95 % interval", "p")]
    n_questions = comparison.n_questions
    for one in comparison.figures:
        value, low, high = (f"{n_questions * share:+.0f}" for share in astuple(one.difference))
        rows.append((one.figure, str(one.before), value, f"[{low}, {high}]", f"{one.p:.4f}"))
    return rows


def _groups(figures: AnswerFigures) -> dict[str, dict[str, str]]:
    """Return the figures of one answerer by group and label."""
    outcomes = figures.outcomes
    counts, of_others = outcomes.verdicts["answerable"], outcomes.verdicts["unanswerable"]
    n_shown = outcomes.possible_with_answer.n
    by_gold, every = figures.citations_by_gold, figures.citations
    return {
        "OUTCOMES": {
            "answerable: right": str(counts["right"]),
            "partly right, the rest named": str(counts["partly"]),
            "wrong": str(counts["wrong"]),
            "possible, the answer among them": str(n_shown),
            "possible, without the answer": str(counts["possible"] - n_shown),
            "declined": str(counts["declined"]),
            "useful: right, or shown as possible": _share(outcomes.useful),
            "not answerable: answered": str(of_others["wrong"]),
            "not answerable: possible": str(of_others["possible"]),
            "not answerable: declined": str(of_others["declined"]),
            "right, or rightly declined": _share(outcomes.right_or_declined),
        },
        "ANSWERS": {
            "right: a gold answer is in it": _share(outcomes.right),
            "right, and rightly cited": _share(figures.answers_right_and_cited),
            "rightly cited": _share(figures.right_sentence_cited),
            "token F1": _show(figures.token_f1, ".3f"),
            "CRAG score, answerable questions": _show(figures.crag_of_answerable, "+.3f"),
            "CRAG score, all questions": _show(figures.crag, "+.3f"),
        },
        "CITATIONS": {
            "recall": _show(every.recall, ".1%"),
            "precision": _show(every.precision, ".1%"),
            "sentences with a gold answer": f"{by_gold.n_sentences}/{every.n_sentences}",
            "recall of these": _show(by_gold.recall, ".1%"),
            "precision of these": _show(by_gold.precision, ".1%"),
            "citations that hold the answer": _share(figures.citations_right),
            "answers whose quotes are exact": _share(figures.quotes_exact),
        },
        "ABSTENTION": {
            **{f"abstained, {name} questions": _share(figures.abstained[name]) for name in ANSWERABILITIES},
            "answered wrongly, look-alike and absent": _share(outcomes.unanswerable_answered),
            "balanced accuracy": _show(figures.balanced_accuracy, ".1%"),
            "area under the risk-coverage curve": _show(figures.area_under_risk, ".3f"),
            "coverage at a risk of 5 %": _show(figures.coverage_at_5, ".1%"),
            "coverage at a risk of 10 %": _show(figures.coverage_at_10, ".1%"),
        },
        "TIME, ms: p50, p95, p99": {
            "sources": _percentiles(figures.sources_ms),
            "first text": _percentiles(figures.first_text_ms),
            "whole answer": _percentiles(figures.total_ms),
        },
    }


def _show(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _share(share: Share) -> str:
    return f"{share.value:.1%} ({share.n}/{share.of})" if share.of else "-"


def _percentiles(found: Percentiles) -> str:
    return ", ".join(_show(value, ".0f") for value in (found.p50, found.p95, found.p99))
