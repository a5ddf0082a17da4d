"""An evaluation as an HTML page without scripts, from rag/web/templates/evaluation.html."""

from collections.abc import Sequence
from itertools import starmap
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.evaluation.measure_retrieval import JudgedQuestion
from rag.evaluation.metrics.ranking import N_RANKED
from rag.evaluation.report import EvaluationReport
from rag.evaluation.tables import (
    Rows,
    answer_tables,
    comparison_rows,
    describe_comparison,
    describe_outcomes,
    describe_reliability,
    describe_sample,
    kind_rows,
    naive_rows,
    reliability_rows,
    retrieval_rows,
)
from rag.files import create_private
from rag.types import Stage
from rag.wire.templates import render

_FAR = 10
_SHOWN_QUESTIONS = 200


def require_place(path: Path) -> None:
    """Check, before the evaluation runs, that a page can be written to a path.

    Raises:
        EvaluationInvalid: Its folder does not exist, or it is a folder.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise EvaluationInvalid(f"{path} cannot be written", next_step="give --html a file in a folder that exists")


def write_page(path: Path, page: str) -> None:
    """Write a page that only its owner can read, because it quotes the documents.

    Raises:
        EvaluationInvalid: It cannot be written.
    """
    try:
        create_private(path)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise EvaluationInvalid(
            f"{path} cannot be written ({error.strerror})", next_step="give --html another file"
        ) from error


def render_page(report: EvaluationReport) -> str:
    """Return the page. The same report gives the same page."""
    # matplotlib takes a second to import, and only this page needs it.
    from rag.evaluation.plots import plot_kinds, plot_legs, plot_ranks, plot_reliability, plot_risk

    retrieval, leg = report.retrieval, report.retrieval.final_leg
    far = [question for question in retrieval.located if _rank(question, leg) > _FAR]
    return render(
        "evaluation.html",
        report=report,
        plots={
            "legs": plot_legs(retrieval.legs) if retrieval.located else "",
            "reliability": plot_reliability(retrieval.reliability),
            "ranks": plot_ranks([question.legs[leg] for question in retrieval.located]),
            "kinds": plot_kinds({run.answerer: run.figures.by_kind for run in report.runs if run.figures.by_kind}),
            "risk": plot_risk({run.answerer: run.figures.risk_coverage for run in report.runs}) if report.runs else "",
        },
        against_naive=[naive_rows(comparison) for comparison in report.against_naive],
        retrieval=retrieval_rows(report),
        reliability=reliability_rows(retrieval.reliability),
        reliability_note=describe_reliability(report),
        comparison=comparison_rows(report.comparison) if report.comparison else (),
        comparison_note=describe_comparison(report.comparison) if report.comparison else "",
        answers=answer_tables(report) if report.runs else (),
        kinds=[
            (
                run.answerer,
                kind_rows(run.figures.by_kind, run.figures.outcomes),
                describe_outcomes(run.figures.outcomes),
            )
            for run in report.runs
        ],
        sample_note=describe_sample(report) if report.runs else "",
        n_far=len(far),
        far=_far_rows(far, leg),
        settings=[("setting", "value"), *starmap(_setting_row, report.settings.items())],
    )


def _rank(question: JudgedQuestion, leg: Stage) -> int:
    return question.legs[leg].answer_rank or N_RANKED + 1


def _far_rows(questions: Sequence[JudgedQuestion], leg: Stage) -> Rows:
    """Return the questions with their ranks, worst first; equal ranks stay in the set's order."""
    worst = sorted(questions, key=lambda question: -_rank(question, leg))[:_SHOWN_QUESTIONS]
    return [("question", "answer", "rank", "what came first"), *(_far_row(question, leg) for question in worst)]


def _far_row(question: JudgedQuestion, leg: Stage) -> tuple[str, ...]:
    gold, ranking = question.gold, question.legs[leg]
    first = (
        f"{ranking.first_document} ({ranking.score:.2f}): {question.first_text}" if question.first_text else "nothing"
    )
    rank = str(ranking.answer_rank) if ranking.answer_rank else f"not in {N_RANKED}"
    right = gold.answers[0] if gold.answers else ", ".join(group[0] for group in gold.must_say)
    return (gold.question, f"{right} ({gold.document})", rank, first)


def _setting_row(name: str, value: object) -> tuple[str, ...]:
    return (name, "" if value is None else str(value))
