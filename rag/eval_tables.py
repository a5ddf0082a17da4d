"""The tables of an evaluation, as rows of text; the terminal and the page show the same."""

from rag.bootstrap import Interval
from rag.eval_report import Comparison, EvaluationReport
from rag.metrics import Scores
from rag.ranking import FIGURES
from rag.reliability import Reliability

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
    """Return a heading row, then a row a figure: its value for each leg."""
    legs = report.retrieval.legs
    rows: Rows = [(f"{len(report.retrieval.answerable)} answerable", *legs)]
    rows += [(LABELS[figure], *(show_interval(legs[leg][figure]) for leg in legs)) for figure in FIGURES]
    return rows


def reliability_rows(reliability: Reliability) -> Rows:
    """Return a heading row, then a row a bin: its scores, what they claim, and what came true."""
    rows: Rows = [("score of the first hit", "questions", "claimed", "right")]
    rows += [
        (f"{one.low:.2f} to {one.high:.2f}", str(one.n_questions), f"{one.mean_score:.3f}", f"{one.share_right:.3f}")
        for one in reliability.bins
    ]
    return rows


def comparison_rows(comparison: Comparison) -> Rows:
    """Return a heading row, then a row a figure: how it differs and for how many questions."""
    rows: Rows = [("now less before", "difference", "95 % interval", "p", "better", "worse", "same")]
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
    """Return in a sentence what is compared with what."""
    before = comparison.before
    return (
        f"{comparison.leg} now against {before.leg} of {before.date}, index {before.index_version}: "
        f"{comparison.n_compared} questions in both, {comparison.n_only_before} only before, "
        f"{comparison.n_only_now} only now."
    )


def describe_reliability(report: EvaluationReport) -> str:
    """Return in a sentence how well the first hit's score fits its claim."""
    leg, error = report.retrieval.final_leg, report.retrieval.reliability.error
    return (
        f"Taken as a probability, the {leg} score of the first hit is off by {error:.3f} on average "
        f"(expected calibration error, {len(report.retrieval.questions)} questions)."
    )


def answer_rows(report: EvaluationReport) -> Rows:
    """Return a heading row, then a row a figure: its value for each answerer; none where no question was answered."""
    if not report.runs:
        return []
    columns = [_figures(run.scores) for run in report.runs]
    rows: Rows = [(f"{report.n_answered} questions answered", *(run.answerer for run in report.runs))]
    rows += [(label, *(column[label] for column in columns)) for label in columns[0]]
    return rows


def show_interval(found: Interval | None) -> str:
    """Return a value with half the width of its interval."""
    return "-" if found is None else f"{found.value:.3f} ±{(found.high - found.low) / 2:.3f}"


def _figures(scores: Scores) -> dict[str, str]:
    of_answerable, of_unanswerable = f"/{scores.n_answerable}", f"/{scores.n_unanswerable}"
    return {
        "passage with the answer at rank 1": _percent(scores.right_at_1),
        "passage with the answer within 5": _percent(scores.right_at_5),
        "answers right": f"{scores.n_answers_right}{of_answerable}",
        "answers right, right sentence cited": f"{scores.n_answers_right_and_cited}{of_answerable}",
        "right sentence cited": f"{scores.n_right_sentence_cited}{of_answerable}",
        "citations that hold the answer": _percent(scores.citations_right),
        "quotes exact": _percent(scores.quotes_exact),
        "abstained where there is no answer": f"{scores.n_abstained_on_unanswerable}{of_unanswerable}",
        "declined where there is one": f"{scores.n_declined_on_answerable}{of_answerable}",
        "sources, ms (p50, p95)": f"{_number(scores.sources_ms_p50)}, {_number(scores.sources_ms_p95)}",
        "first text, ms (p50, p95)": f"{_number(scores.first_text_ms_p50)}, {_number(scores.first_text_ms_p95)}",
    }


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.1f}%"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
