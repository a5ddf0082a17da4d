"""Compare two searches question by question. Pure: the seed is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass

from rag.evaluation.metrics.bootstrap import Interval, mean_interval, sign_flip_p
from rag.evaluation.metrics.ranking import FIGURES, Ranking, figure_of


@dataclass(frozen=True, slots=True)
class Difference:
    """How one figure changed.

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


def compare_rankings(before: Mapping[str, Ranking], now: Mapping[str, Ranking], *, seed: int) -> list[Difference]:
    """Return the difference of each figure over the questions that both have.

    Args:
        before, now: By the question's id.

    Returns:
        In the order of FIGURES; without those that no question of both counts for.
    """
    pairs = [(before[question_id], now[question_id]) for question_id in now if question_id in before]
    differences = []
    for figure in FIGURES:
        values = [(figure_of(figure, one), figure_of(figure, other)) for one, other in pairs]
        changes = [new - old for old, new in values if old is not None and new is not None]
        if changes:
            differences.append(_difference(figure, changes, seed))
    return differences


def _difference(figure: str, changes: list[float], seed: int) -> Difference:
    return Difference(
        figure=figure,
        mean=mean_interval(changes, seed=seed),
        p=sign_flip_p(changes, seed=seed),
        n_better=sum(change > 0 for change in changes),
        n_worse=sum(change < 0 for change in changes),
        n_same=sum(change == 0 for change in changes),
    )
