"""Compare two searches, or two answerers, question by question. Pure: the seed is an argument."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation.metrics.bootstrap import Interval, mean_interval, sign_flip_p
from rag.evaluation.metrics.ranking import FIGURES, Ranking, figure_of
from rag.evaluation.metrics.verdicts import JudgedAnswer

# What is compared with the naive chatbot.
_COMPARED: Mapping[str, Callable[[JudgedAnswer], bool]] = {
    "right": lambda judged: judged.verdict == "right",
    "wrong, or answered though not answerable": lambda judged: judged.verdict == "wrong",
    "useful: right, or shown as possible": lambda judged: judged.is_useful,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """How one figure of a search changed.

    Attributes:
        mean: The new value less the old one, with the interval of a paired bootstrap.
        p: Two-sided, of a permutation of signs.
    """

    figure: str
    mean: Interval
    p: float
    n_better: int
    n_worse: int
    n_same: int


@dataclass(frozen=True, slots=True)
class OutcomeDifference:
    """How often two answerers get one verdict on the same questions.

    Attributes:
        before, now: The number of questions for the first answerer and the second.
        difference: The share of the second less that of the first, with the interval of a paired
            bootstrap.
        p: Two-sided, of a permutation of signs.
    """

    figure: str
    before: int
    now: int
    difference: Interval
    p: float


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """An answerer compared with the naive chatbot, question by question."""

    answerer: str
    n_questions: int
    figures: tuple[OutcomeDifference, ...]

    def broken_floors(self) -> list[str]:
        """Return a line for each floor: be right as often, be wrong at most half as often."""
        right, wrong, _ = self.figures
        lines = []
        if right.now < right.before:
            lines.append(f"{self.answerer} is right {right.now} times, the naive chatbot {right.before}")
        if 2 * wrong.now > wrong.before:
            half = f"more than half of the naive chatbot's {wrong.before}"
            lines.append(f"{self.answerer} is wrong {wrong.now} times, {half}")
        return lines


def compare_rankings(before: Mapping[str, Ranking], now: Mapping[str, Ranking], *, seed: int) -> list[Difference]:
    """Return the difference of each figure over the questions that both have.

    Args:
        before, now: By the question's id.

    Returns:
        In the order of FIGURES, without figures that count no question of both.
    """
    pairs = [(before[question_id], now[question_id]) for question_id in now if question_id in before]
    differences = []
    for figure in FIGURES:
        values = [(figure_of(figure, one), figure_of(figure, other)) for one, other in pairs]
        changes = [new - old for old, new in values if old is not None and new is not None]
        if changes:
            differences.append(_difference(figure, changes, seed))
    return differences


def compare_answers(
    answerer: str, naive: Sequence[JudgedAnswer], now: Sequence[JudgedAnswer], *, seed: int
) -> AnswerComparison:
    """Compare the answers of an answerer with the naive chatbot's to the same questions."""
    pairs = list(zip(naive, now, strict=True))
    figures = []
    for figure, is_counted in _COMPARED.items():
        values = [(is_counted(one), is_counted(other)) for one, other in pairs]
        changes = [float(new) - float(old) for old, new in values]
        figures.append(
            OutcomeDifference(
                figure=figure,
                before=sum(old for old, _ in values),
                now=sum(new for _, new in values),
                difference=mean_interval(changes, seed=seed),
                p=sign_flip_p(changes, seed=seed),
            )
        )
    return AnswerComparison(answerer, len(pairs), tuple(figures))


def _difference(figure: str, changes: list[float], seed: int) -> Difference:
    return Difference(
        figure=figure,
        mean=mean_interval(changes, seed=seed),
        p=sign_flip_p(changes, seed=seed),
        n_better=sum(change > 0 for change in changes),
        n_worse=sum(change < 0 for change in changes),
        n_same=sum(change == 0 for change in changes),
    )
