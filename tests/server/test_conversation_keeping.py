import asyncio
import logging
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rag.api.conversations.keeper import ConversationKeeper
from rag.api.conversations.store import Conversations, Owner
from rag.errors import ConversationNotFound, ConversationsUnavailable
from rag.types import Answer

DAY = 24 * 3600.0
OPEN = Owner()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def an_answer(conversation_id: str = "c", answer_id: str = "one") -> Answer:
    return Answer(answer_id, conversation_id, "Who?", "Who?", "answered", "She. [1]", "", (), (), None, "llm", "m", "v")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def openings(path: Path) -> list[str]:
    """How often the file is opened from now on; each time it is waited for where it is locked."""
    opened: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "sqlite3.connect" and arguments[0] == path:
            opened.append(event)

    sys.addaudithook(note)
    return opened


def with_keeper(
    path: Path, clock: Clock, work: Callable[[ConversationKeeper], Awaitable[None]], *, days: int = 30
) -> None:
    async def run() -> None:
        keeper = ConversationKeeper(path, days, clock)
        await work(keeper)
        await keeper.close()

    asyncio.run(run())


def n_turns_stored(path: Path, conversation_id: str) -> int:
    return len(Conversations(path).conversation(conversation_id, OPEN).turns)


def test_fifty_answers_at_once_are_all_stored(path: Path, clock: Clock) -> None:
    async def work(keeper: ConversationKeeper) -> None:
        await asyncio.gather(*(keeper.keep(an_answer(answer_id=str(n)), "{}", OPEN) for n in range(50)))

    with_keeper(path, clock, work)

    assert n_turns_stored(path, "c") == 50


@pytest.mark.parametrize("fault", ["garbage", "folder", "no parent"])
def test_a_file_that_cannot_be_used_stops_no_conversation_and_is_warned_of_once(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    path = tmp_path / "conversations.sqlite" if fault != "no parent" else tmp_path / "nowhere" / "conversations.sqlite"
    if fault == "folder":
        path.mkdir()
    if fault == "garbage":
        path.write_bytes(b"no database " * 100)

    async def work(keeper: ConversationKeeper) -> None:
        for n in range(3):
            await keeper.keep(an_answer(answer_id=str(n)), "{}", OPEN)
            clock.now += 60
        assert len(await keeper.history("c", OPEN)) == 3
        assert len((await keeper.conversation("c", OPEN)).turns) == 3

    with caplog.at_level(logging.WARNING):
        with_keeper(path, clock, work)

    assert sum("kept in memory only" in record.message for record in caplog.records) == 1


def test_what_was_answered_while_the_file_was_locked_is_stored_later(path: Path, clock: Clock) -> None:
    other = sqlite3.connect(path, isolation_level=None)

    async def work(keeper: ConversationKeeper) -> None:
        await keeper.keep(an_answer(answer_id="before"), "{}", OPEN)
        other.execute("BEGIN IMMEDIATE")
        await keeper.keep(an_answer(answer_id="while"), "{}", OPEN)
        other.execute("ROLLBACK")
        clock.now += 31
        await keeper.keep(an_answer(answer_id="after"), "{}", OPEN)
        assert [turn.answer_id for turn in (await keeper.conversation("c", OPEN)).turns] == ["before", "while", "after"]

    with_keeper(path, clock, work)

    assert n_turns_stored(path, "c") == 3


def test_what_was_answered_while_the_file_was_locked_is_stored_at_the_end(path: Path, clock: Clock) -> None:
    Conversations(path).close()
    other = sqlite3.connect(path, isolation_level=None)

    async def work(keeper: ConversationKeeper) -> None:
        other.execute("BEGIN IMMEDIATE")
        await keeper.keep(an_answer(answer_id="while"), "{}", OPEN)
        await keeper.keep(an_answer(answer_id="soon after"), "{}", OPEN)
        other.execute("ROLLBACK")

    with_keeper(path, clock, work)

    assert n_turns_stored(path, "c") == 2


def test_what_cannot_be_stored_at_the_end_is_told_in_one_line_and_waited_for_once_more(
    path: Path, clock: Clock, openings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    Conversations(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    openings.clear()

    async def work(keeper: ConversationKeeper) -> None:
        for conversation_id, answer_id in [("c", "one"), ("c", "two"), ("d", "three")]:
            await keeper.keep(an_answer(conversation_id, answer_id), "{}", OPEN)

    with_keeper(path, clock, work)

    assert len(openings) == 2
    lost = [record.message for record in caplog.records if "lost" in record.message]
    why = f"the conversations in {path} cannot be used (database is locked)"
    assert lost == [f"answers that could not be stored are lost, 3 in 2 conversations: {why}"]


def test_nothing_is_made_or_told_at_the_end_where_nothing_waits(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(keeper: ConversationKeeper) -> None:
        assert await keeper.history("c", OPEN) == ()

    path.write_bytes(b"no database " * 100)
    with_keeper(path, clock, work)

    assert "lost" not in caplog.text


def test_a_locked_file_is_waited_for_once_and_not_for_each_answer(
    path: Path, clock: Clock, openings: list[str]
) -> None:
    Conversations(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    openings.clear()

    async def work(keeper: ConversationKeeper) -> None:
        await asyncio.gather(*(keeper.keep(an_answer(answer_id=str(n)), "{}", OPEN) for n in range(20)))
        assert len(openings) == 1

    with_keeper(path, clock, work)


def test_a_conversation_in_a_file_that_cannot_be_read_is_not_said_to_be_gone(path: Path, clock: Clock) -> None:
    path.write_bytes(b"no database " * 100)

    async def work(keeper: ConversationKeeper) -> None:
        for ask in (keeper.conversation("c", OPEN), keeper.delete("c", OPEN), keeper.entries(5, None)):
            with pytest.raises(ConversationsUnavailable) as told:
                await ask
            assert str(path) not in str(told.value)

    with_keeper(path, clock, work)


def test_a_deleted_conversation_does_not_come_back_with_an_answer_under_way(path: Path, clock: Clock) -> None:
    async def work(keeper: ConversationKeeper) -> None:
        await keeper.keep(an_answer(), "{}", OPEN)
        await keeper.delete("c", OPEN)
        await keeper.keep(an_answer(answer_id="late"), "{}", OPEN)
        for ask in (keeper.conversation("c", OPEN), keeper.delete("c", OPEN)):
            with pytest.raises(ConversationNotFound):
                await ask

    with_keeper(path, clock, work)


def test_conversations_without_an_answer_for_the_days_are_removed(path: Path, clock: Clock) -> None:
    async def work(keeper: ConversationKeeper) -> None:
        await keeper.keep(an_answer("old"), "{}", OPEN)
        clock.now += 2 * DAY
        await keeper.keep(an_answer("new", "two"), "{}", OPEN)
        clock.now += 1.5 * DAY
        await keeper.prune()
        assert [entry.id for entry in await keeper.entries(5, None)] == ["new", "old"]
        clock.now += DAY
        await keeper.prune()
        assert [entry.id for entry in await keeper.entries(5, None)] == ["new"]

    with_keeper(path, clock, work, days=3)


def test_a_start_with_a_clock_far_ahead_deletes_nothing_and_warns(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with_keeper(path, clock, lambda keeper: keeper.keep(an_answer(), "{}", OPEN))
    right = clock.now

    async def restart(keeper: ConversationKeeper) -> None:
        await keeper.prune()
        assert len(await keeper.entries(5, None)) == 1

    for days_ahead in (60, 60.5, 0, 1, 2):
        clock.now = right + days_ahead * DAY
        with_keeper(path, clock, restart)

    assert "conversations without an answer in the last 30 days: 1; they are deleted in a day" in caplog.text


def test_old_conversations_are_removed_by_the_second_start(path: Path, clock: Clock) -> None:
    with_keeper(path, clock, lambda keeper: keeper.keep(an_answer(), "{}", OPEN))

    async def work(keeper: ConversationKeeper) -> None:
        keeper.start()
        await asyncio.sleep(0)
        n_left.append(len(await keeper.entries(5, None)))

    n_left: list[int] = []
    for days in (31, 1):
        clock.now += days * DAY
        with_keeper(path, clock, work)
    assert n_left == [1, 0]


def test_with_no_days_nothing_is_stored_and_what_was_is_removed(path: Path, clock: Clock) -> None:
    with_keeper(path, clock, lambda keeper: keeper.keep(an_answer(), "the secret words", OPEN))

    async def work(keeper: ConversationKeeper) -> None:
        await keeper.prune()
        await keeper.keep(an_answer("d", "two"), "{}", OPEN)
        assert len(await keeper.history("d", OPEN)) == 1
        assert [entry.id for entry in await keeper.entries(5, None)] == ["d"]

    with_keeper(path, clock, work, days=0)

    assert Conversations(path).entries(5) == []
    assert b"the secret words" not in path.read_bytes()


def test_with_no_days_no_file_is_made(path: Path, clock: Clock) -> None:
    async def work(keeper: ConversationKeeper) -> None:
        await keeper.prune()
        await keeper.keep(an_answer(), "{}", OPEN)

    with_keeper(path, clock, work, days=0)

    assert list(path.parent.iterdir()) == []
