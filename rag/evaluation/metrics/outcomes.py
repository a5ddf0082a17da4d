"""Count what questions got, over all of them and by kind. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.evaluation.metrics.verdicts import ABSTAINED, VERDICTS, JudgedAnswer, Verdict

OTHER_KIND = "other"


class Result(NamedTuple):
    """What one question got."""

    kind: str
    is_answerable: bool
    verdict: Verdict
    is_useful: bool


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `of` things."""

    n: int
    of: int

    @property
    def value(self) -> float | None:
        """The fraction, 0 to 1; None if `of` is 0."""
        return self.n / self.of if self.of else None

    @property
    def rest(self) -> float | None:
        """The fraction of the others."""
        return None if self.value is None else 1 - self.value


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """What questions got, over all questions or over those of a kind.

    Attributes:
        verdicts: "answerable" questions by verdict, and "unanswerable" ones by verdict.
        right: Answerable questions that were answered rightly.
        useful: These, and those whose unconfirmed sentences hold a right answer.
        possible_with_answer: Of the answerable questions with unconfirmed sentences, those whose
            sentences hold a right answer.
        wrong: Answerable questions that were answered wrongly.
        unanswerable_answered: Of the look-alike and the absent ones.
        right_or_declined: Answerable questions that were answered rightly, and others for which the
            system abstained.
    """

    verdicts: Mapping[str, Mapping[Verdict, int]]
    right: Share
    useful: Share
    possible_with_answer: Share
    wrong: Share
    unanswerable_answered: Share
    right_or_declined: Share

    @property
    def answered(self) -> Share:
        """Answerable questions that were answered, rightly or not."""
        n_abstained = sum(self.verdicts["answerable"][verdict] for verdict in ABSTAINED)
        return Share(self.right.of - n_abstained, self.right.of)

    @property
    def n_questions(self) -> int:
        return self.right_or_declined.of

    def n_of(self, verdict: Verdict) -> int:
        """Return the number of questions with a verdict, answerable or not."""
        return sum(counts[verdict] for counts in self.verdicts.values())


def result_of(judged: JudgedAnswer) -> Result:
    """Return what a question got."""
    return Result(judged.gold.kind, judged.gold.is_answerable, judged.verdict, judged.is_useful)


def count_outcomes(results: Sequence[Result]) -> OutcomeFigures:
    """Return the figures over all questions."""
    answerable = [result for result in results if result.is_answerable]
    others = [result for result in results if not result.is_answerable]
    possible = [result for result in answerable if result.verdict == "possible"]
    n_right = sum(result.verdict == "right" for result in answerable)
    n_answered = sum(result.verdict == "wrong" for result in others)
    return OutcomeFigures(
        verdicts={"answerable": _count_verdicts(answerable), "unanswerable": _count_verdicts(others)},
        right=Share(n_right, len(answerable)),
        useful=Share(sum(result.is_useful for result in answerable), len(answerable)),
        possible_with_answer=Share(sum(result.is_useful for result in possible), len(possible)),
        wrong=Share(sum(result.verdict == "wrong" for result in answerable), len(answerable)),
        unanswerable_answered=Share(n_answered, len(others)),
        right_or_declined=Share(n_right + len(others) - n_answered, len(results)),
    )


def count_by_kind(results: Sequence[Result]) -> dict[str, OutcomeFigures]:
    """Return the figures of each kind of question, in alphabetical order.

    Questions of unknown kind are OTHER_KIND. A set that names no kind has no such figures.
    """
    if not any(result.kind for result in results):
        return {}
    named = [result._replace(kind=result.kind or OTHER_KIND) for result in results]
    kinds = sorted({result.kind for result in named})
    return {kind: count_outcomes([result for result in named if result.kind == kind]) for kind in kinds}


def outcome_figures(figures: OutcomeFigures) -> dict[str, float | None]:
    """Return OUTCOME_FIGURES, 0 to 1; None if there was nothing to count."""
    return {name: value_of(figures) for name, value_of in _FIGURES.items()}


def _count_verdicts(results: Sequence[Result]) -> dict[Verdict, int]:
    counts = Counter(result.verdict for result in results)
    return {verdict: counts[verdict] for verdict in VERDICTS}


_FIGURES: Mapping[str, Callable[[OutcomeFigures], float | None]] = {
    "right_or_declined": lambda figures: figures.right_or_declined.value,
    "answered": lambda figures: figures.answered.value,
    "useful": lambda figures: figures.useful.value,
    "not_wrong": lambda figures: figures.wrong.rest,
    "unanswerable_abstained": lambda figures: figures.unanswerable_answered.rest,
}
OUTCOME_FIGURES = tuple(_FIGURES)
"""The figures of outcomes that may have a floor, over all questions and by kind."""
