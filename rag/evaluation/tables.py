"""The tables of an evaluation as rows of text, for the terminal and the page."""

from collections.abc import Callable, Mapping
from dataclasses import astuple

from rag.evaluation.earlier import Comparison
from rag.evaluation.metrics.answer_figures import AnswerFigures, Percentiles, Share
from rag.evaluation.metrics.bootstrap import Interval
from rag.evaluation.metrics.comparison import AnswerComparison
from rag.evaluation.metrics.ranking import FIGURES
from rag.evaluation.metrics.reliability import Reliability
from rag.evaluation.metrics.verdicts import KINDS
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
    return (
        f"Taken as a probability, the {leg} score of the first hit is off by {error:.3f} on average "
        f"(expected calibration error, {len(report.retrieval.questions)} questions)."
    )


def describe_sample(report: EvaluationReport) -> str:
    """Return a sentence about which questions were answered; empty if none was."""
    if not report.runs or not report.sample:
        return ""
    sample, asked = report.sample, report.runs[0].figures.abstained
    numbers = ", ".join(f"{asked[kind].of} {kind}" for kind in KINDS)
    source = f", absent ones from {sample.absent_from}" if sample.absent_from else ""
    return (
        f"{report.n_answered} questions answered: {numbers}; at most {sample.n_each} of each kind, "
        f"drawn with seed {sample.seed}{source}."
    )


def answer_tables(report: EvaluationReport) -> list[Rows]:
    """Return a table for each group of figures; none if no question was answered.

    Each has a heading row, then a row for each figure with its value for each answerer.
    """
    names = [run.answerer for run in report.runs]
    tables: list[Rows] = []
    for title, show in _GROUPS.items() if report.runs else ():
        columns = [show(run.figures) for run in report.runs]
        rows: Rows = [(title, *names)]
        rows += [(label, *(column[label] for column in columns)) for label in columns[0]]
        tables.append(rows)
    return tables


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


def _outcome_figures(figures: AnswerFigures) -> dict[str, str]:
    counts, of_others = figures.verdicts["answerable"], figures.verdicts["unanswerable"]
    n_shown = figures.possible_with_answer.n
    return {
        "answerable: right": str(counts["right"]),
        "partly right, the rest named": str(counts["partly"]),
        "wrong": str(counts["wrong"]),
        "possible, the answer among them": str(n_shown),
        "possible, without the answer": str(counts["possible"] - n_shown),
        "declined": str(counts["declined"]),
        "useful: right, or shown as possible": _share(figures.useful),
        "not answerable: answered": str(of_others["wrong"]),
        "not answerable: possible": str(of_others["possible"]),
        "not answerable: declined": str(of_others["declined"]),
    }


def _answer_figures(figures: AnswerFigures) -> dict[str, str]:
    return {
        "right: a gold answer is in it": _share(figures.answers_right),
        "right, and rightly cited": _share(figures.answers_right_and_cited),
        "rightly cited": _share(figures.right_sentence_cited),
        "token F1": _decimal(figures.token_f1),
        "CRAG score, answerable questions": _signed(figures.crag_of_answerable),
        "CRAG score, all questions": _signed(figures.crag),
    }


def _citation_figures(figures: AnswerFigures) -> dict[str, str]:
    by_gold, every = figures.citations_by_gold, figures.citations
    return {
        "recall": _percent(every.recall),
        "precision": _percent(every.precision),
        "sentences with a gold answer": f"{by_gold.n_sentences}/{every.n_sentences}",
        "recall of these": _percent(by_gold.recall),
        "precision of these": _percent(by_gold.precision),
        "citations that hold the answer": _share(figures.citations_right),
        "answers whose quotes are exact": _share(figures.quotes_exact),
    }


def _abstention_figures(figures: AnswerFigures) -> dict[str, str]:
    return {
        **{f"abstained, {kind} questions": _share(figures.abstained[kind]) for kind in KINDS},
        "answered wrongly, look-alike and absent": _share(figures.unanswerable_answered),
        "balanced accuracy": _percent(figures.balanced_accuracy),
        "area under the risk-coverage curve": _decimal(figures.area_under_risk),
        "coverage at a risk of 5 %": _percent(figures.coverage_at_5),
        "coverage at a risk of 10 %": _percent(figures.coverage_at_10),
    }


def _time_figures(figures: AnswerFigures) -> dict[str, str]:
    return {
        "sources": _show_percentiles(figures.sources_ms),
        "first text": _show_percentiles(figures.first_text_ms),
        "whole answer": _show_percentiles(figures.total_ms),
    }


_GROUPS: Mapping[str, Callable[[AnswerFigures], dict[str, str]]] = {
    "OUTCOMES": _outcome_figures,
    "ANSWERS": _answer_figures,
    "CITATIONS": _citation_figures,
    "ABSTENTION": _abstention_figures,
    "TIME, ms: p50, p95, p99": _time_figures,
}


def _share(share: Share) -> str:
    return "-" if not share.of else f"{_percent(share.value)} ({share.n}/{share.of})"


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.1f}%"


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _show_percentiles(found: Percentiles) -> str:
    return ", ".join("-" if value is None else f"{value:.0f}" for value in (found.p50, found.p95, found.p99))
