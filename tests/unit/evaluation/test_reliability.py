import pytest

from rag.evaluation.metrics.reliability import ScoreBin, measure_reliability


def test_bins_hold_equally_many_questions_from_low_scores_to_high_ones() -> None:
    found = measure_reliability([0.9, 0.1, 0.3, 0.7], [True, False, True, True], n_bins=2)

    assert found.bins == (
        ScoreBin(2, 0.1, 0.3, 0.2, 0.5),
        ScoreBin(2, 0.7, 0.9, 0.8, 1.0),
    )
    assert found.error == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)


def test_scores_that_come_true_as_often_as_they_say_have_no_error() -> None:
    assert measure_reliability([0.5, 0.5, 1.0, 1.0], [True, False, True, True], n_bins=2).error == 0


def test_fewer_questions_than_bins_get_a_bin_each() -> None:
    found = measure_reliability([0.2, 0.6], [False, True])

    assert [one.n_questions for one in found.bins] == [1, 1]
    assert found.error == pytest.approx(0.3)
