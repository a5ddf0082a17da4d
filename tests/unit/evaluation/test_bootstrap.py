import pytest

from rag.evaluation.metrics.bootstrap import mean_interval, sign_flip_p


def test_an_interval_of_a_share_is_that_of_the_binomial() -> None:
    found = mean_interval([1.0] * 50 + [0.0] * 50, seed=1)

    # 0.5 ± 1.96 * sqrt(0.25 / 100)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.402, abs=0.01)
    assert found.high == pytest.approx(0.598, abs=0.01)


def test_an_interval_of_values_that_all_differ_is_that_of_their_mean() -> None:
    found = mean_interval([float(value) for value in range(100)], seed=1)

    # 49.5 ± 1.96 * sqrt(833.25 / 100)
    assert found.low == pytest.approx(43.8, abs=0.5)
    assert found.high == pytest.approx(55.2, abs=0.5)


def test_equal_values_leave_no_doubt() -> None:
    found = mean_interval([0.25, 0.25, 0.25], seed=1)

    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_the_same_seed_gives_the_same_interval_and_p() -> None:
    values = [0.0, 1.0, 0.5, 1.0, -1.0]

    assert mean_interval(values, seed=7) == mean_interval(values, seed=7)
    assert sign_flip_p(values, seed=7) == sign_flip_p(values, seed=7)


def test_p_is_the_share_of_signs_that_differ_as_much() -> None:
    # All of eight questions better: 2 of 256 ways to give signs are as far from nothing.
    assert sign_flip_p([1.0] * 8, seed=1) == pytest.approx(2 / 256, abs=0.003)


def test_p_of_as_many_better_as_worse_is_1() -> None:
    assert sign_flip_p([1.0, -1.0, 0.5, -0.5], seed=1) == 1.0


def test_questions_that_stay_the_same_change_no_p() -> None:
    assert sign_flip_p([1.0] * 8 + [0.0] * 1000, seed=1) == pytest.approx(2 / 256, abs=0.003)
    assert sign_flip_p([0.0] * 5, seed=1) == 1.0


def test_p_weighs_large_changes_more() -> None:
    # Only the signs of the three 1.0 can give 3 or more: all the same, times any sign of 0.1 that does not lower it.
    assert sign_flip_p([1.0, 1.0, 1.0, 0.1], seed=1) == pytest.approx(2 / 16, abs=0.02)
