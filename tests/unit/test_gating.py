from dataclasses import replace

import pytest

from rag.gating import Signals, estimate_answered

DOUBTFUL = Signals(support=0.5, fluency=0.5)


@pytest.mark.parametrize("signal", ["support", "fluency"])
def test_no_signal_speaks_against_an_answer_by_being_better(signal: str) -> None:
    low, high = (estimate_answered(replace(DOUBTFUL, **{signal: value})) for value in (0.1, 0.9))

    assert low < estimate_answered(DOUBTFUL) < high


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_signals_that_are_certain_are_not_believed_without_end(extreme: float) -> None:
    assert 0.0 < estimate_answered(Signals(extreme, extreme)) < 1.0


def test_what_is_weighed_are_the_log_odds_and_of_the_tokens_the_logarithm() -> None:
    # ln(0.75 / 0.25) = ln 3 = 1.0986; ln 0.5 = -0.6931.
    assert replace(DOUBTFUL, support=0.75).values() == pytest.approx((1.0986, -0.6931), abs=1e-4)


def test_what_is_weighed_is_bounded() -> None:
    # The log-odds to 6 either way, the tokens' probability to 0.05: ln 0.05 = -2.9957.
    assert Signals(0.0, 0.0).values() == pytest.approx((-6.0, -2.9957), abs=1e-4)
    assert Signals(1.0, 1.0).values() == pytest.approx((6.0, 0.0), abs=1e-4)
