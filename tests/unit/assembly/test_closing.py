import asyncio
import logging

import pytest

from rag.assembly.closing import close_all


def test_a_failure_is_logged_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    async def fail() -> None:
        raise RuntimeError("stuck")

    async def succeed() -> None:
        closed.append("second")

    with caplog.at_level(logging.ERROR):
        asyncio.run(
            close_all(("the first", fail), ("the second", succeed), ("the third", lambda: closed.append("third")))
        )

    assert closed == ["second", "third"]
    assert [record.getMessage() for record in caplog.records] == ["the first did not close cleanly"]


def test_a_cancelled_close_stops_no_other() -> None:
    closed: list[str] = []

    async def be_cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(close_all(("the first", be_cancelled), ("the second", lambda: closed.append("second"))))

    assert closed == ["second"]
