"""The result of an evaluation, as one value and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass

from rag.evaluation.earlier import Comparison
from rag.evaluation.measure_retrieval import JudgedQuestion, RetrievalFigures
from rag.evaluation.metrics.answer_figures import AnswerFigures, figures_with_floors
from rag.evaluation.metrics.comparison import AnswerComparison
from rag.evaluation.metrics.outcomes import Share
from rag.evaluation.metrics.verdicts import JudgedAnswer


@dataclass(frozen=True, slots=True)
class Run:
    """The answers of one answerer to a sample."""

    answerer: str
    figures: AnswerFigures
    answers: tuple[JudgedAnswer, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Which questions were answered: up to `n_each` of each answerability, drawn with a seed.

    Attributes:
        absent_from: The set whose questions count as absent ones, if there is one.
    """

    n_each: int
    seed: int
    absent_from: str | None


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What was measured of a set.

    Attributes:
        date: ISO 8601.
        settings: Those in force, secrets masked.
        runs: The naive chatbot first if it was asked, then the extractive answerer, then the LLM;
            empty if no question was answered.
        sample: What the runs answered; None if no question was.
        unread: Why collections could not be indexed. Their questions count as declined.
    """

    name: str
    index_version: str
    date: str
    settings: Mapping[str, object]
    retrieval: RetrievalFigures
    runs: tuple[Run, ...] = ()
    sample: Sample | None = None
    unread: tuple[str, ...] = ()
    against_naive: tuple[AnswerComparison, ...] = ()
    comparison: Comparison | None = None

    @property
    def n_answered(self) -> int:
        return len(self.runs[0].answers) if self.runs else 0

    def figures(self) -> dict[str, float | None]:
        """Return all figures that may have a floor, as `leg.figure` and `answerer.figure`."""
        legs = {
            f"{leg}.{figure}": found.value if found else None
            for leg, figures in self.retrieval.legs.items()
            for figure, found in figures.items()
        }
        answers = {
            f"{run.answerer}.{figure}": value
            for run in self.runs
            for figure, value in figures_with_floors(run.figures).items()
        }
        return legs | answers

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON values; `read_earlier` reads them."""
        retrieval = self.retrieval
        return {
            "set": self.name,
            "index_version": self.index_version,
            "date": self.date,
            "settings": dict(self.settings),
            "n_questions": len(retrieval.questions),
            "n_answerable": sum(question.gold.is_answerable for question in retrieval.questions),
            "legs": _as_json(retrieval.legs),
            "reliability": {"leg": retrieval.final_leg, **asdict(retrieval.reliability)},
            "against": _comparison_json(self.comparison) if self.comparison else None,
            "n_answered": self.n_answered,
            "sample": _as_json(self.sample),
            "unread": list(self.unread),
            "against_naive": {one.answerer: _as_json(one.figures) for one in self.against_naive},
            "answerers": {run.answerer: _as_json(run.figures) for run in self.runs},
            "questions": {run.answerer: [_answer_json(judged) for judged in run.answers] for run in self.runs},
            "rankings": [_question_json(question) for question in retrieval.questions],
        }


def _as_json(value: object) -> object:
    """Return dataclasses as objects of their fields; a share has its value too."""
    if isinstance(value, Share):
        return {**asdict(value), "value": value.value}
    if is_dataclass(value):
        return {field.name: _as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _as_json(part) for name, part in value.items()}
    return [_as_json(part) for part in value] if isinstance(value, tuple) else value


def _question_json(question: JudgedQuestion) -> dict[str, object]:
    return {
        "id": question.gold.id,
        "question": question.gold.question,
        "answerable": question.gold.is_answerable,
        "located": question.gold.is_located,
        "legs": _as_json(question.legs),
    }


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    before = comparison.before
    counts = ("leg", "n_compared", "n_only_before", "n_only_now")
    parts = ("p", "n_better", "n_worse", "n_same")
    return {
        "before": {"index_version": before.index_version, "date": before.date, "leg": before.leg},
        **{name: getattr(comparison, name) for name in counts},
        "figures": {
            one.figure: {**asdict(one.mean), **{name: getattr(one, name) for name in parts}}
            for one in comparison.differences
        },
    }


def _answer_json(judged: JudgedAnswer) -> dict[str, object]:
    answer, gold = judged.answer, judged.gold
    return {
        "id": gold.id,
        "question": gold.question,
        "answerability": gold.answerability,
        "kind": gold.kind,
        **{name: getattr(answer, name) for name in ("query", "answer", "outcome", "abstention")},
        **{name: getattr(answer, name) for name in ("answered_by", "confidence")},
        "verdict": judged.verdict,
        "right_cited": judged.is_right_cited if gold.is_answerable else None,
        "token_f1": judged.token_f1 if gold.is_answerable else None,
        "citations": [{"start": c.start, "end": c.end, "quote": c.quote} for c in answer.citations],
        **{name: getattr(judged, name) for name in ("sources_ms", "first_text_ms", "total_ms")},
    }
