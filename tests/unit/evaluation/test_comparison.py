from dataclasses import replace

from rag.evaluation.metrics.comparison import compare_rankings
from rag.evaluation.metrics.ranking import Ranking
from tests.reports import NOT_FOUND, found_at


def figures(before: dict[str, Ranking], now: dict[str, Ranking]):
    return {one.figure: one for one in compare_rankings(before, now, seed=1)}


def test_questions_are_better_worse_or_the_same() -> None:
    found = figures(
        {"1": found_at(4), "2": found_at(1), "3": found_at(1), "4": NOT_FOUND},
        {"1": found_at(1), "2": found_at(4), "3": found_at(1), "4": found_at(1)},
    )

    first = found["recall_at_1"]
    assert (first.n_better, first.n_worse, first.n_same) == (2, 1, 1)
    assert first.mean.value == 0.25
    assert (found["recall_at_5"].n_better, found["recall_at_5"].n_worse) == (1, 0)
    assert found["mrr_at_10"].mean.value == (0.75 - 0.75 + 0 + 1) / 4


def test_questions_of_one_side_alone_do_not_count() -> None:
    found = figures({"1": NOT_FOUND, "2": NOT_FOUND}, {"2": found_at(1), "3": NOT_FOUND})

    assert (found["recall_at_1"].n_better, found["recall_at_1"].n_worse, found["recall_at_1"].n_same) == (1, 0, 0)


def test_a_figure_that_one_side_lacks_is_left_out() -> None:
    found = figures({"1": replace(found_at(1), has_passage=False)}, {"1": found_at(1)})

    assert "ndcg_at_10" not in found
    assert "recall_at_1" in found
