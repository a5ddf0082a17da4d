"""Answers that go on without their reader, by the key of their client."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from rag.api.access.caller import NO_KEYS_NEEDED, Caller
from rag.api.resuming.answers import AnswerKey, ResumableAnswers, answer_key
from rag.errors import KeyReused, NotReady, ReaderGone
from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, TextDelta
from tests.unit.api.test_openai_chunks import DECLINED

KEY = answer_key("main", NO_KEYS_NEEDED, "0123456789")
STARTED, SAID = AnswerStarted("a", "c", "Who?", "Who?"), TextDelta("Yes.")
FINISHED = AnswerFinished(DECLINED)


class Answering:
    """Three events; before the second it waits until it may go on."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_go_on = asyncio.Event()
        self.n_begun = 0
        self.was_stopped = asyncio.Event()
        self._error = error

    async def __call__(self) -> AsyncGenerator[AnswerEvent, None]:
        self.n_begun += 1
        try:
            yield STARTED
            await self.may_go_on.wait()
            if self._error:
                raise self._error
            yield SAID
            yield FINISHED
        except asyncio.CancelledError:
            self.was_stopped.set()
            raise


async def read_first(events: AsyncGenerator[AnswerEvent, None]) -> AnswerEvent:
    """Read one event and leave."""
    event = await anext(events)
    await events.aclose()
    return event


async def read_all(events: AsyncGenerator[AnswerEvent, None]) -> list[AnswerEvent]:
    return [event async for event in events]


def test_an_answer_goes_on_without_its_reader_and_is_read_from_where_he_left() -> None:
    async def run() -> list[AnswerEvent]:
        answers, answering = ResumableAnswers(grace_seconds=3600), Answering()
        assert await read_first(answers.begin(KEY, "who", answering()).follow(resumes_after=0)) == STARTED
        answering.may_go_on.set()
        found = answers.find(KEY, "who")
        assert found is not None
        assert answering.n_begun == 1
        return await read_all(found.follow(resumes_after=1))

    assert asyncio.run(run()) == [SAID, FINISHED]


def test_an_answer_that_nobody_comes_back_for_is_stopped_and_forgotten() -> None:
    async def run() -> None:
        answers, answering = ResumableAnswers(grace_seconds=0.01), Answering()
        await read_first(answers.begin(KEY, "who", answering()).follow(resumes_after=0))
        await answering.was_stopped.wait()
        assert answers.find(KEY, "who") is None

    asyncio.run(run())


def test_a_reader_who_comes_back_in_time_keeps_it_going() -> None:
    async def run() -> list[AnswerEvent]:
        answers, answering = ResumableAnswers(grace_seconds=0.05), Answering()
        answer = answers.begin(KEY, "who", answering())
        await read_first(answer.follow(resumes_after=0))
        reading = asyncio.create_task(read_all(answer.follow(resumes_after=1)))
        await asyncio.sleep(0.2)
        answering.may_go_on.set()
        return await reading

    assert asyncio.run(run()) == [SAID, FINISHED]


def test_who_stops_it_ends_it_for_all_readers() -> None:
    async def run() -> None:
        answers, answering = ResumableAnswers(grace_seconds=3600), Answering()
        answer = answers.begin(KEY, "who", answering())
        reading = asyncio.create_task(read_all(answer.follow(resumes_after=0)))
        await read_first(answer.follow(resumes_after=0))
        await answers.stop(KEY)
        with pytest.raises(ReaderGone):
            await reading
        assert answering.was_stopped.is_set()
        assert answers.find(KEY, "who") is None
        await answers.stop(KEY)

    asyncio.run(run())


def test_an_answer_that_failed_is_not_given_again() -> None:
    async def run() -> None:
        answers, answering = ResumableAnswers(grace_seconds=3600), Answering(NotReady("not yet"))
        answering.may_go_on.set()
        with pytest.raises(NotReady):
            await read_all(answers.begin(KEY, "who", answering()).follow(resumes_after=0))
        assert answers.find(KEY, "who") is None

    asyncio.run(run())


def test_a_key_belongs_to_one_request() -> None:
    async def run() -> None:
        answers, answering = ResumableAnswers(), Answering()
        answers.begin(KEY, "who", answering())
        with pytest.raises(KeyReused):
            answers.find(KEY, "when")

    asyncio.run(run())


def test_the_oldest_finished_answers_are_dropped_and_never_one_in_work() -> None:
    async def run() -> list[bool]:
        answers = ResumableAnswers(max_kept=2, grace_seconds=3600)
        keys = [answer_key("main", NO_KEYS_NEEDED, f"key-{n}") for n in range(5)]
        answers.begin(keys[0], "who", Answering()())
        for key in keys[1:]:
            answering = Answering()
            answering.may_go_on.set()
            await read_all(answers.begin(key, "who", answering()).follow(resumes_after=0))
        kept = [answers.find(key, "who") is not None for key in keys]
        await answers.stop(keys[0])
        return kept

    assert asyncio.run(run()) == [True, False, False, True, True]


def test_a_finished_answer_is_dropped_in_time() -> None:
    async def run() -> None:
        answers, answering = ResumableAnswers(max_seconds=0.01), Answering()
        answering.may_go_on.set()
        await read_all(answers.begin(KEY, "who", answering()).follow(resumes_after=0))
        # Timers run in the order of their times.
        later: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, later.set_result, None)
        await later
        assert answers.find(KEY, "who") is None

    asyncio.run(run())


@pytest.mark.parametrize(
    "other",
    [
        answer_key("shop", NO_KEYS_NEEDED, "0123456789"),
        answer_key("main", Caller("k1", "site", frozenset({"ask"}), groups=None), "0123456789"),
        answer_key("main", Caller(None, "open", frozenset(), groups=None, user="anna"), "0123456789"),
        answer_key("main", Caller(None, "open", frozenset(), groups=frozenset({"staff"})), "0123456789"),
        answer_key("main", NO_KEYS_NEEDED, "0123456780"),
    ],
    ids=["collection", "key", "user", "groups", "idempotency key"],
)
def test_nobody_else_finds_it(other: AnswerKey) -> None:
    async def run() -> None:
        answers = ResumableAnswers(grace_seconds=3600)
        answers.begin(KEY, "who", Answering()())
        assert answers.find(other, "who") is None
        await answers.stop(KEY)

    asyncio.run(run())
