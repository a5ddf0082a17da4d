"""A wrong clock deletes little before it can be noticed; a right one deletes what is too old."""

import asyncio
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from rag.api.conversations.keeper import ConversationKeeper
from rag.api.conversations.store import Conversations
from rag.api.storage.retention_clock import RetentionClock
from tests.unit.api.test_conversation_store import finished

DAY = 86_400.0
START = 1_700_000_000.0


class Machine:
    """A clock that can be set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def restarted(tmp_path: Path, machine: Machine) -> Callable[[], RetentionClock]:
    """Return the clock of a server that starts now."""
    return lambda: RetentionClock(tmp_path / "clock.json", machine)


def days_behind(clock: RetentionClock, machine: Machine) -> float:
    return (machine.now - clock()) / DAY


def test_it_is_the_machines_clock_while_that_goes_on(machine: Machine, restarted: Callable[[], RetentionClock]) -> None:
    for step in (1.0, 3600.0, DAY, 3.9 * DAY, 0.0):
        machine.now += step
        assert restarted()() == machine.now


def test_a_jump_counts_only_as_far_as_it_is_caught_up(
    machine: Machine, restarted: Callable[[], RetentionClock], caplog: pytest.LogCaptureFixture
) -> None:
    restarted()()
    machine.now += 60 * DAY

    behind = [days_behind(restarted(), machine)]
    for _ in range(31):
        machine.now += DAY
        behind.append(days_behind(restarted(), machine))

    assert behind[:3] == pytest.approx([60, 58, 56])
    assert behind[-3:] == pytest.approx([2, 0, 0])
    (said,) = [record.getMessage() for record in caplog.records]
    assert "jumped by 60.0 days" in said


def test_a_clock_that_is_corrected_counts_at_once(
    machine: Machine, restarted: Callable[[], RetentionClock], caplog: pytest.LogCaptureFixture
) -> None:
    restarted()()
    machine.now += 60 * DAY
    restarted()()
    machine.now -= 60 * DAY

    assert restarted()() == machine.now
    assert ["60.0" in record.getMessage() for record in caplog.records] == [True, True]


def test_many_looks_catch_up_no_faster(machine: Machine, restarted: Callable[[], RetentionClock]) -> None:
    clock = restarted()
    clock()
    machine.now += 60 * DAY
    for _ in range(1000):
        clock()

    assert days_behind(clock, machine) == pytest.approx(60)


@pytest.mark.parametrize("content", [b"", b"[]", b"[1]", b'["x", 1]', b"{}", b"\xff", b"[NaN, 1", b"null", b"[1,2,3]"])
def test_a_file_that_holds_something_else_is_replaced(
    tmp_path: Path, restarted: Callable[[], RetentionClock], content: bytes
) -> None:
    (tmp_path / "clock.json").write_bytes(content)

    assert restarted()() == START
    assert json.loads((tmp_path / "clock.json").read_bytes()) == [START, START]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, machine: Machine) -> None:
    clock = RetentionClock(tmp_path / "missing" / "clock.json", machine)

    assert clock() == START
    machine.now += 60 * DAY
    assert days_behind(clock, machine) == pytest.approx(60)


def test_the_file_is_private(tmp_path: Path, restarted: Callable[[], RetentionClock]) -> None:
    restarted()()

    assert (tmp_path / "clock.json").stat().st_mode & 0o777 == 0o600


def test_starts_with_a_clock_two_months_ahead_delete_nothing_for_days(tmp_path: Path, machine: Machine) -> None:
    file = tmp_path / "conversations.sqlite"
    fill(file, machine)

    kept = [start_and_count(tmp_path, machine, ahead) for ahead in (0, 60, 61, 60, 65)]
    corrected = start_and_count(tmp_path, machine, 0)

    assert kept == [14, 14, 14, 14, 14]
    assert corrected == 14


def test_a_server_that_was_off_for_two_months_deletes_what_is_too_old_in_the_end(
    tmp_path: Path, machine: Machine
) -> None:
    fill(tmp_path / "conversations.sqlite", machine)
    start_and_count(tmp_path, machine, 0)

    kept = [start_and_count(tmp_path, machine, 60 + day) for day in range(32)]

    assert kept[0] == 14
    assert kept == sorted(kept, reverse=True)
    assert max(before - after for before, after in pairwise(kept)) <= 4
    assert kept[-1] == 0


def fill(file: Path, machine: Machine) -> None:
    """Store 14 conversations, one of each of the last days."""
    store = Conversations(file)
    for day in range(14):
        store.keep(finished(f"c{day}", f"a{day}", at=int((machine.now - day * DAY) * 1000)))
    store.close()


def start_and_count(folder: Path, machine: Machine, ahead_days: float) -> int:
    """Start a server with the clock ahead, stop it, and return how many conversations are left."""
    machine.now = START + ahead_days * DAY
    file = folder / "conversations.sqlite"

    async def run() -> None:
        clock = RetentionClock(folder / "clock.json", machine)
        keeper = ConversationKeeper(file, 30, machine, clock)
        await keeper.prune()
        await keeper.close()

    asyncio.run(run())
    store = Conversations(file)
    n_left = len(store.entries(100))
    store.close()
    return n_left
