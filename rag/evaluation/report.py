"""What an evaluation found, as one value and as JSON, and how an earlier one is read back to compare with."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rag.errors import EvaluationInvalid
from rag.evaluation.measure_retrieval import JudgedQuestion, RetrievalFigures
from rag.evaluation.metrics.answer_figures import ANSWER_FIGURES, AnswerFigures, Share, answer_figure
from rag.evaluation.metrics.bootstrap import Interval, mean_interval, sign_flip_p
from rag.evaluation.metrics.comparison import Difference, compare_rankings
from rag.evaluation.metrics.ranking import LEGS, Ranking
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.types import Stage

# What is compared with the naive chatbot.
_COMPARED: Mapping[str, Callable[[JudgedAnswer], bool]] = {
    "right": lambda judged: judged.verdict == "right",
    "wrong, or answered though not answerable": lambda judged: judged.verdict == "wrong",
    "useful: right, or shown as possible": lambda judged: judged.is_useful,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One answerer's way through a set, or through a sample of it."""

    answerer: str
    figures: AnswerFigures
    answers: tuple[JudgedAnswer, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Which questions were answered: up to `n_each` of each kind, drawn with a seed.

    Attributes:
        absent_from: The set whose questions were taken as absent; None where no other set's were.
    """

    n_each: int
    seed: int
    absent_from: str | None


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """What `rag eval --json` printed once: the ranking that readers then got, of each answerable question by its id."""

    path: Path
    index_version: str
    date: str
    leg: Stage
    rankings: Mapping[str, Ranking]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two searches over the questions that both were asked.

    Attributes:
        n_only_before, n_only_now: Answerable questions that the other one was not asked.
    """

    before: EarlierReport
    leg: Stage
    differences: tuple[Difference, ...]
    n_compared: int
    n_only_before: int
    n_only_now: int


@dataclass(frozen=True, slots=True)
class OutcomeDifference:
    """How often one thing happens to two answerers on the same questions.

    Attributes:
        before: How many questions the first has it for; `now`: the second.
        difference: Of the second less the first, a question, with the interval of a paired bootstrap.
        p: Two-sided, of a permutation of signs.
    """

    figure: str
    before: int
    now: int
    difference: Interval
    p: float


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """An answerer beside the naive chatbot, question by question."""

    answerer: str
    n_questions: int
    figures: tuple[OutcomeDifference, ...]

    def broken_floors(self) -> list[str]:
        """Return a line each where it is right less often than the naive chatbot, or wrong more than half as often."""
        right, wrong, _ = self.figures
        told = []
        if right.now < right.before:
            told.append(f"{self.answerer} is right {right.now} times, the naive chatbot {right.before}")
        if 2 * wrong.now > wrong.before:
            told.append(
                f"{self.answerer} is wrong {wrong.now} times, more than half of the naive chatbot's {wrong.before}"
            )
        return told


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What was measured of a set.

    Attributes:
        date: When, ISO 8601.
        settings: In force, secrets masked.
        runs: The naive chatbot's first where it was asked, then the extractive answerer's; none where no question was
            answered.
        sample: What the runs answered; None where no question was.
    """

    name: str
    index_version: str
    date: str
    settings: Mapping[str, object]
    retrieval: RetrievalFigures
    runs: tuple[Run, ...] = ()
    sample: Sample | None = None
    against_naive: tuple[AnswerComparison, ...] = ()
    comparison: Comparison | None = None

    @property
    def n_answered(self) -> int:
        return len(self.runs[0].answers) if self.runs else 0

    def figures(self) -> dict[str, float | None]:
        """Return all that a floor can be set for, as `leg.figure` and `answerer.figure`; None where nothing counted."""
        legs = {
            f"{leg}.{figure}": found.value if found else None
            for leg, figures in self.retrieval.legs.items()
            for figure, found in figures.items()
        }
        answers = {
            f"{run.answerer}.{figure}": answer_figure(figure, run.figures)
            for run in self.runs
            for figure in ANSWER_FIGURES
        }
        return legs | answers

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values; `read_earlier` reads what this gives."""
        retrieval = self.retrieval
        return {
            "set": self.name,
            "index_version": self.index_version,
            "date": self.date,
            "settings": dict(self.settings),
            "n_questions": len(retrieval.questions),
            "n_answerable": sum(question.gold.is_answerable for question in retrieval.questions),
            "legs": {
                leg: {figure: asdict(found) if found else None for figure, found in figures.items()}
                for leg, figures in retrieval.legs.items()
            },
            "reliability": {"leg": retrieval.final_leg, **asdict(retrieval.reliability)},
            "against": _comparison_json(self.comparison) if self.comparison else None,
            "n_answered": self.n_answered,
            "sample": asdict(self.sample) if self.sample else None,
            "against_naive": {one.answerer: [asdict(figure) for figure in one.figures] for one in self.against_naive},
            "answerers": {run.answerer: _figures_json(run.figures) for run in self.runs},
            "questions": {run.answerer: [_answer_json(judged) for judged in run.answers] for run in self.runs},
            "rankings": [_judged_json(question) for question in retrieval.questions],
        }


def read_earlier(path: Path, set_name: str) -> EarlierReport:
    """Read what `rag eval --json` printed.

    Raises:
        EvaluationInvalid: The file cannot be read, is no such report, or one of another set.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        name = report["set"]
        earlier = _earlier(path, report)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise EvaluationInvalid(
            f"{path} is no report to compare with ({reason})", next_step="make one with `rag eval DIR --json > FILE`"
        ) from error
    if name != set_name:
        raise EvaluationInvalid(
            f"{path} is a report of the set {name!r}, not of {set_name!r}",
            next_step="make one with `rag eval DIR --json > FILE`",
        )
    return earlier


def require_common_questions(earlier: EarlierReport, questions: Sequence[GoldQuestion]) -> None:
    """Check that there is something to compare.

    Raises:
        EvaluationInvalid: No answerable question is in both.
    """
    if not any(question.is_answerable and question.id in earlier.rankings for question in questions):
        raise EvaluationInvalid(
            f"{earlier.path} has no answerable question of this set",
            next_step="make one of it with `rag eval DIR --json > FILE`",
        )


def compare_with(before: EarlierReport, retrieval: RetrievalFigures, *, seed: int) -> Comparison:
    """Compare the ranking that readers get now with the one that they got; some questions must be in both."""
    leg = retrieval.final_leg
    now = {question.gold.id: question.legs[leg] for question in retrieval.located}
    common = now.keys() & before.rankings.keys()
    return Comparison(
        before=before,
        leg=leg,
        differences=tuple(compare_rankings(before.rankings, now, seed=seed)),
        n_compared=len(common),
        n_only_before=len(before.rankings.keys() - common),
        n_only_now=len(now.keys() - common),
    )


def compare_answers(naive: Run, run: Run, *, seed: int) -> AnswerComparison:
    """Compare an answerer with the naive chatbot over the same questions."""
    pairs = list(zip(naive.answers, run.answers, strict=True))
    figures = []
    for figure, happens in _COMPARED.items():
        values = [(happens(one), happens(other)) for one, other in pairs]
        changes = [float(now) - float(before) for before, now in values]
        figures.append(
            OutcomeDifference(
                figure=figure,
                before=sum(before for before, _ in values),
                now=sum(now for _, now in values),
                difference=mean_interval(changes, seed=seed),
                p=sign_flip_p(changes, seed=seed),
            )
        )
    return AnswerComparison(run.answerer, len(pairs), tuple(figures))


def _earlier(path: Path, report: Mapping[str, object]) -> EarlierReport:
    judged, reliability = report["rankings"], report["reliability"]
    if not isinstance(judged, list) or not isinstance(reliability, dict) or reliability["leg"] not in LEGS:
        raise TypeError("no rankings of a known leg")
    leg = reliability["leg"]
    read_ranking = TypeAdapter(Ranking).validate_python
    rankings = {str(one["id"]): read_ranking(one["legs"][leg]) for one in judged if one["located"]}
    return EarlierReport(path, str(report["index_version"]), str(report["date"]), leg, rankings)


def _judged_json(question: JudgedQuestion) -> dict[str, object]:
    return {
        "id": question.gold.id,
        "question": question.gold.question,
        "answerable": question.gold.is_answerable,
        "located": bool(question.gold.spans),
        "legs": {leg: asdict(ranking) for leg, ranking in question.legs.items()},
    }


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    before = comparison.before
    return {
        "before": {"index_version": before.index_version, "date": before.date, "leg": before.leg},
        "leg": comparison.leg,
        "n_compared": comparison.n_compared,
        "n_only_before": comparison.n_only_before,
        "n_only_now": comparison.n_only_now,
        "figures": {
            one.figure: {
                **asdict(one.mean),
                "p": one.p,
                "n_better": one.n_better,
                "n_worse": one.n_worse,
                "n_same": one.n_same,
            }
            for one in comparison.differences
        },
    }


def _figures_json(figures: AnswerFigures) -> dict[str, object]:
    return {field.name: _plain(getattr(figures, field.name)) for field in fields(figures)}


def _plain(figure: object) -> object:
    if isinstance(figure, Share):
        return {"n": figure.n, "of": figure.of, "value": figure.value}
    if isinstance(figure, Mapping):
        return {name: _plain(part) for name, part in figure.items()}
    return asdict(figure) if is_dataclass(figure) and not isinstance(figure, type) else figure


def _answer_json(judged: JudgedAnswer) -> dict[str, object]:
    answer = judged.answer
    return {
        "id": judged.gold.id,
        "question": judged.gold.question,
        "kind": judged.gold.kind,
        "query": answer.query,
        "answer": answer.answer,
        "outcome": answer.outcome,
        "abstention": answer.abstention,
        "answered_by": answer.answered_by,
        "confidence": answer.confidence,
        "verdict": judged.verdict,
        "right_cited": judged.is_right_cited if judged.gold.is_answerable else None,
        "token_f1": judged.token_f1 if judged.gold.is_answerable else None,
        "citations": [{"start": c.start, "end": c.end, "quote": c.quote} for c in answer.citations],
        "sources_ms": round(judged.sources_ms, 1),
        "first_text_ms": None if judged.first_text_ms is None else round(judged.first_text_ms, 1),
        "total_ms": round(judged.total_ms, 1),
    }
