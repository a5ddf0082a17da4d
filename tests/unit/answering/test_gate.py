from dataclasses import replace

import pytest

from rag.answering.reply.gate import Signals, estimate_answered

DOUBTFUL = Signals(fluency=0.5, declining=0.5)


def test_a_surer_reply_is_likelier_to_answer() -> None:
    low, high = (estimate_answered(replace(DOUBTFUL, fluency=value)) for value in (0.1, 0.9))

    assert low < estimate_answered(DOUBTFUL) < high


def test_a_reply_that_would_rather_have_been_declined_is_less_likely_to_answer() -> None:
    high, low = (estimate_answered(replace(DOUBTFUL, declining=value)) for value in (0.1, 0.9))

    assert low < estimate_answered(DOUBTFUL) < high


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_signals_that_are_certain_are_not_believed_without_end(extreme: float) -> None:
    assert 0.0 < estimate_answered(Signals(extreme, 1.0 - extreme)) < 1.0


def test_what_is_weighed_are_the_logarithm_of_the_tokens_and_the_log_odds() -> None:
    # ln 0.5 = -0.6931; ln(0.75 / 0.25) = ln 3 = 1.0986.
    assert replace(DOUBTFUL, declining=0.75).values() == pytest.approx((-0.6931, 1.0986), abs=1e-4)


def test_what_is_weighed_is_bounded() -> None:
    # The tokens' probability to 0.05: ln 0.05 = -2.9957; the log-odds to 6 either way.
    assert Signals(0.0, 0.0).values() == pytest.approx((-2.9957, -6.0), abs=1e-4)
    assert Signals(1.0, 1.0).values() == pytest.approx((0.0, 6.0), abs=1e-4)
