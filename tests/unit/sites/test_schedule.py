import pytest

from rag.sites.schedule import parse_interval, repeat
from tests.fake_site import FakeTime


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1_800), ("6h", 21_600), (" 1 D ", 86_400)])
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "0h", "-1h", "1.5h", "6 hours", "1w", "12345m"])
def test_what_is_no_interval_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="write 30m, 6h or 1d"):
        parse_interval(text)


def test_runs_begin_an_interval_apart_and_a_long_one_is_followed_at_once() -> None:
    time = FakeTime()
    lengths = iter([600.0, 30_000.0, 60.0])
    began: list[float] = []

    def run() -> None:
        began.append(time.seconds - 1_000_000)
        time.seconds += next(lengths, -1)
        if len(began) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repeat(run, 21_600, time.clock())

    assert began == [0, 21_600, 51_600, 73_200]
    assert max(time.waited) <= 3_600
