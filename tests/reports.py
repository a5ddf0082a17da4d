"""Evaluations made by hand, for the tests of what is told of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.evaluation.measure_retrieval import JudgedQuestion, RetrievalFigures
from rag.evaluation.metrics.answer_figures import measure_answers
from rag.evaluation.metrics.ranking import Ranking, average_figures
from rag.evaluation.metrics.reliability import measure_reliability
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.evaluation.report import EvaluationReport, Run, Sample
from rag.types import Span

NOT_FOUND = Ranking(
    answer_rank=None,
    passage_rank=None,
    has_passage=True,
    tokens_to_answer=None,
    best_sentence_covers=False,
    best_sentence_overlaps=False,
    score=0.2,
    first_document="b.txt",
    first_span=Span(0, 9),
)


def found_at(rank: int) -> Ranking:
    """Return a ranking whose hit at a rank is right, its paragraph's first."""
    return Ranking(
        answer_rank=rank,
        passage_rank=rank,
        has_passage=True,
        tokens_to_answer=100 * rank,
        best_sentence_covers=rank == 1,
        best_sentence_overlaps=rank == 1,
        score=0.9,
        first_document="a.txt",
        first_span=Span(100, 130),
    )


def make_question(number: int, *, text: str = "When?", is_answerable: bool = True) -> GoldQuestion:
    if not is_answerable:
        return GoldQuestion(f"q{number}", text, "a.txt", (), ())
    return GoldQuestion(f"q{number}", text, "a.txt", ("1820",), (Span(110, 114),), Span(100, 200))


def make_report(
    rankings: Sequence[Ranking], *, name: str = "harbour", text: str = "When?", first_text: str = "The ferry left."
) -> EvaluationReport:
    """Return the report of a set of which each leg found the same, and one question more that has no answer."""
    questions = [
        JudgedQuestion(make_question(number, text=text), {"dense": one, "lexical": one, "fused": one}, first_text)
        for number, one in enumerate(rankings, start=1)
    ]
    nothing = JudgedQuestion(make_question(0, is_answerable=False), {"fused": NOT_FOUND}, first_text)
    figures = average_figures(rankings, seed=1)
    retrieval = RetrievalFigures(
        legs=dict.fromkeys(("dense", "lexical", "fused"), figures),
        final_leg="fused",
        reliability=measure_reliability([0.9, 0.2], [True, False]),
        questions=(*questions, nothing),
    )
    return EvaluationReport(name, "v1", "2026-01-02T03:04:05+00:00", {"index_folder": "index"}, retrieval)


def add_run(
    report: EvaluationReport, answerer: str, answers: Sequence[JudgedAnswer], absent_from: str | None = None
) -> EvaluationReport:
    """Return a report in which one more answerer got a sample of at most 5 of each kind, drawn with seed 7."""
    run = Run(answerer, measure_answers(answers), tuple(answers))
    return replace(report, runs=(*report.runs, run), sample=Sample(5, 7, absent_from))


def write_report(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
