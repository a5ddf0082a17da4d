"""The keeper never makes an answer wait or fail, and acknowledges only what is on the disk."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rag.api.access.caller import NO_KEYS_NEEDED
from rag.api.feedback.keeper import _MAX_WAITING, FeedbackKeeper, KeptFor
from rag.api.feedback.store import FeedbackStore
from rag.errors import AnswerNotFound, FeedbackUnavailable
from rag.types import Answer, Citation

DAY = 24 * 3600.0
FIGURES_ONLY = KeptFor(365, 30, keeps_questions=False)
ALL = KeptFor(365, 30, keeps_questions=True)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def an_answer(answer_id: str = "one", conversation_id: str = "c") -> Answer:
    citation = Citation(
        number=1, quote="She", document_id="d", title="D", uri="d.txt", page=None, headings=(), start=0, end=3
    )
    return Answer(
        *(answer_id, conversation_id, "Who?", "Who?", "answered", "She. [1]", "", (), (citation,), None),
        *("llm", "m", "v"),
        kind="fact",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


def with_keeper(
    path: Path,
    work: Callable[[FeedbackKeeper], Awaitable[None]],
    kept_for: KeptFor = FIGURES_ONLY,
    clock: Clock | None = None,
) -> None:
    async def run() -> None:
        keeper = FeedbackKeeper(path, kept_for, lambda _, document_id: f"sha of {document_id}", clock or Clock())
        await work(keeper)
        await keeper.close()

    asyncio.run(run())


def rows(path: Path, query: str) -> list[tuple]:
    return FeedbackStore(path).database.rows(query)


def test_what_is_recorded_by_default_holds_no_word_of_the_reader(path: Path) -> None:
    async def work(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer(), NO_KEYS_NEEDED)

    with_keeper(path, work)

    ((*figures, question, answer, user),) = rows(
        path, "SELECT id, answered_ms, outcome, kind, answered_by, question, answer, user FROM answers"
    )
    assert figures == ["one", 1_000_000_000, "answered", "fact", "llm"]
    assert (question, answer, user) == (None, None, None)
    assert rows(path, "SELECT document_id, uri, sha256 FROM cited") == [("d", "d.txt", "sha of d")]


def test_words_are_kept_if_the_owner_wants_them(path: Path) -> None:
    async def work(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer(), NO_KEYS_NEEDED)

    with_keeper(path, work, ALL)

    ((question, answer),) = rows(path, "SELECT question, answer FROM answers")
    assert question == "Who?"
    assert '"answer":"She. [1]"' in answer


def test_feedback_that_comes_at_once_finds_its_answer(path: Path) -> None:
    async def work(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer(), NO_KEYS_NEEDED)
        await keeper.give("one", "down", "Wrong.", "He did.")

    with_keeper(path, work)

    assert rows(path, "SELECT thumbs, reason, corrected_answer FROM feedback") == [("down", "Wrong.", "He did.")]


def test_without_records_there_is_no_file_and_no_feedback(path: Path) -> None:
    async def work(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer(), NO_KEYS_NEEDED)
        with pytest.raises(AnswerNotFound):
            await keeper.give("one", "up", "", "")

    with_keeper(path, work, KeptFor(0, 30, keeps_questions=True))

    assert not path.exists()


def test_a_file_that_cannot_be_used_stops_no_answer_and_refuses_feedback(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()

    async def work(keeper: FeedbackKeeper) -> None:
        for _ in range(3):
            keeper.note(an_answer(), NO_KEYS_NEEDED)
            with pytest.raises(FeedbackUnavailable):
                await keeper.give("one", "up", "", "")

    with caplog.at_level(logging.WARNING):
        with_keeper(path, work)

    assert sum("answers are given all the same" in message for message in caplog.messages) == 1
    assert any("the records of 3 answers are lost" in message for message in caplog.messages)


def test_records_wait_until_the_file_works_again_and_a_bounded_number_of_them(path: Path) -> None:
    path.mkdir()
    clock = Clock()

    async def work(keeper: FeedbackKeeper) -> None:
        for n in range(_MAX_WAITING + 10):
            keeper.note(an_answer(str(n)), NO_KEYS_NEEDED)
        with pytest.raises(FeedbackUnavailable):
            await keeper.give("0", "up", "", "")
        os.rmdir(path)  # noqa: PTH106 -- a path method would count as blocking here
        clock.now += 31
        await keeper.give("0", "up", "", "")

    with_keeper(path, work, clock=clock)

    assert rows(path, "SELECT count(*) FROM answers") == [(_MAX_WAITING,)]
    assert rows(path, "SELECT thumbs FROM feedback") == [("up",)]


def test_an_answer_that_ends_after_its_conversation_was_deleted_keeps_no_words(path: Path) -> None:
    async def work(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer("before"), NO_KEYS_NEEDED)
        await keeper.forget_conversation("c")
        keeper.note(an_answer("after"), NO_KEYS_NEEDED)

    with_keeper(path, work, ALL)

    assert rows(path, "SELECT id, question FROM answers ORDER BY number") == [("before", None), ("after", None)]


def test_questions_that_are_no_longer_kept_are_forgotten_a_day_later(path: Path) -> None:
    clock = Clock()

    async def keep(keeper: FeedbackKeeper) -> None:
        keeper.note(an_answer(), NO_KEYS_NEEDED)

    async def prune(keeper: FeedbackKeeper) -> None:
        await keeper.prune()

    with_keeper(path, keep, ALL, clock)
    with_keeper(path, prune, FIGURES_ONLY, clock)
    assert rows(path, "SELECT question FROM answers") == [("Who?",)]
    clock.now += DAY + 1
    with_keeper(path, prune, FIGURES_ONLY, clock)

    assert rows(path, "SELECT question FROM answers") == [(None,)]
