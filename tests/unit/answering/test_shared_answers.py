"""One answer for all who ask the same question: each reader gets the whole of it, as an answer of his own."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from rag.answering.shared_answers import QuestionKey, SharedAnswers, key_of
from rag.errors import RagError
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, AnswerQueued, AnswerStarted, SourcesFound, TextDelta
from rag.filters import Filters
from rag.types import Answer, Timings, Usage
from tests.unit.answering.answerers import (
    FERRY,
    ScriptedModel,
    ask,
    llm_of,
    make_answerer,
    retriever_over,
    says,
    verifying_llm,
)
from tests.unit.conftest import make_document

KEY = QuestionKey("v1", None, lists_documents=True, llm="m", question="Who?", top_k=None, filters=Filters())
ANSWER = Answer(
    *("first", "talk", "Who?", "Who?", "answered", "She did.", "", (), (), None, "llm", "m", "v1"),
    usage=Usage(7, 3),
    timings_ms=Timings(rewrite=1, retrieve=20, llm=900, check=80, first_token=500, total=1010),
)
EVENTS = (
    AnswerStarted("first", "talk", "Who?", "Who?"),
    SourcesFound(()),
    AnswerQueued(2),
    AnswerDrafted(ANSWER),
    TextDelta("She did."),
    AnswerFinished(ANSWER),
)
MINE = replace(ANSWER, id="id1", conversation_id="id2", usage=Usage(), cached=True)


@dataclass
class Work:
    """Events that come one by one, each when it is let go.

    Attributes:
        n_begun: How often they were asked for.
        was_stopped: Whether the work was broken off.
    """

    events: Sequence[AnswerEvent] = EVENTS
    error: Exception | None = None
    n_free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(100))
    n_begun: int = 0
    was_stopped: bool = False

    async def run(self) -> AsyncGenerator[AnswerEvent, None]:
        self.n_begun += 1
        is_over = False
        try:
            for event in self.events:
                await self.n_free.acquire()
                yield event
            await self.n_free.acquire()
            is_over = True
            if self.error:
                raise self.error
        finally:
            self.was_stopped = not is_over


def make_shared(max_kept: int = 10, max_seconds: float = 600) -> SharedAnswers:
    ids, ticks = count(1), count(0)
    return SharedAnswers(max_kept, max_seconds, clock=lambda: next(ticks) / 1000, make_id=lambda: f"id{next(ids)}")


def asked(shared: SharedAnswers, work: Work, key: QuestionKey = KEY, question: str = "Who?") -> "Events":
    return shared.join(key, question) or shared.begin(key, work.run())


Events = AsyncGenerator[AnswerEvent, None]


async def read(events: Events) -> list[AnswerEvent]:
    async with aclosing(events):
        return [event async for event in events]


def running(run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(run(), 600))


def in_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        running(test)

    run.__name__ = test.__name__
    return run


def finished(events: list[AnswerEvent]) -> AnswerFinished:
    assert isinstance(events[-1], AnswerFinished)
    return events[-1]


def without_times(event: AnswerEvent) -> AnswerEvent:
    match event:
        case AnswerFinished(answer) | AnswerDrafted(answer):
            return replace(event, answer=replace(answer, timings_ms=Timings()))
    return event


@in_loop
async def test_many_who_ask_at_the_same_time_each_get_all_events_of_one_piece_of_work() -> None:
    shared, work = make_shared(), Work(n_free=asyncio.Semaphore(0))
    readers = [asyncio.create_task(read(asked(shared, work))) for _ in range(2)]
    for _ in range(3):
        work.n_free.release()
        await asyncio.sleep(0)
    readers += [asyncio.create_task(read(asked(shared, work))) for _ in range(18)]
    for _ in EVENTS:
        work.n_free.release()

    first, *others = await asyncio.gather(*readers)

    assert work.n_begun == 1
    assert first == list(EVENTS)
    assert [[type(event) for event in events] for events in others] == [[type(event) for event in EVENTS]] * 19
    answers = [finished(events).answer for events in others]
    assert len({answer.id for answer in [*answers, ANSWER]}) == 20
    assert len({answer.conversation_id for answer in [*answers, ANSWER]}) == 20


@in_loop
async def test_who_asks_later_gets_the_answer_at_once_as_his_own_without_the_wait_of_the_first() -> None:
    shared, work = make_shared(), Work()
    await read(asked(shared, work))

    events = await read(asked(shared, work, question="Who ?"))

    assert work.n_begun == 1
    mine = replace(MINE, question="Who ?")
    assert [without_times(event) for event in events] == [
        AnswerStarted("id1", "id2", "Who ?", "Who?"),
        SourcesFound(()),
        TextDelta("She did."),
        AnswerFinished(replace(mine, timings_ms=Timings())),
    ]
    # The clock moves by a millisecond each time it is read: when he asked, at the text, at the end.
    assert finished(events).answer.timings_ms == Timings(first_token=1.0, total=2.0)


@in_loop
async def test_the_first_may_leave_and_the_work_goes_on_for_the_others() -> None:
    shared, work = make_shared(), Work(n_free=asyncio.Semaphore(1))
    first = asked(shared, work)
    await anext(first)
    second = asyncio.create_task(read(asked(shared, work)))
    await asyncio.sleep(0)

    await first.aclose()
    for _ in EVENTS:
        work.n_free.release()

    assert len(await second) == len(EVENTS)
    assert not work.was_stopped


@in_loop
async def test_when_all_have_left_the_work_has_stopped_and_nobody_joins_it() -> None:
    shared, work = make_shared(), Work(n_free=asyncio.Semaphore(2))
    first = asked(shared, work)
    await anext(first)
    second = asked(shared, work)
    await anext(second)

    await first.aclose()
    was_stopped_for_one = work.was_stopped
    await second.aclose()

    assert [was_stopped_for_one, work.was_stopped] == [False, True]
    assert shared.join(KEY, "Who?") is None


@in_loop
async def test_a_reader_who_leaves_before_the_first_event_stops_the_work_too() -> None:
    shared, work = make_shared(), Work(n_free=asyncio.Semaphore(0))
    reader = asyncio.create_task(read(asked(shared, work)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)

    assert (work.n_begun, work.was_stopped) == (1, True)
    assert shared.join(KEY, "Who?") is None


@in_loop
async def test_a_fault_reaches_all_readers_and_the_next_question_is_tried_again() -> None:
    shared, work = make_shared(), Work(EVENTS[:2], RagError("the disk is gone"), asyncio.Semaphore(0))
    readers = [asyncio.create_task(read(asked(shared, work))) for _ in range(3)]
    await asyncio.sleep(0)
    for _ in range(3):
        work.n_free.release()

    failed = await asyncio.gather(*readers, return_exceptions=True)

    assert [str(error) for error in failed] == ["the disk is gone"] * 3
    assert shared.join(KEY, "Who?") is None


@in_loop
async def test_an_answer_that_a_fault_has_changed_is_given_to_nobody_else() -> None:
    shared, work = make_shared(), Work([AnswerFinished(ANSWER, had_fault=True)])

    await read(asked(shared, work))
    await read(asked(shared, work))

    assert work.n_begun == 2


@in_loop
async def test_the_answer_asked_for_longest_ago_is_dropped_first() -> None:
    shared, work = make_shared(max_kept=2), Work()
    one, two, three = (replace(KEY, question=question) for question in ("1?", "2?", "3?"))
    for key in (one, two, one, three):
        await read(asked(shared, work, key))

    assert work.n_begun == 3
    assert [shared.join(key, "?") is not None for key in (one, two, three)] == [True, False, True]


@in_loop
async def test_an_answer_is_dropped_when_its_time_is_over_although_nobody_asks() -> None:
    shared = make_shared(max_seconds=0)

    await read(asked(shared, Work()))
    await asyncio.sleep(0.01)

    assert shared.join(KEY, "Who?") is None


@in_loop
async def test_what_is_in_work_when_all_is_forgotten_reaches_its_reader_and_is_not_kept() -> None:
    shared, work = make_shared(), Work(n_free=asyncio.Semaphore(0))
    await read(asked(shared, Work(), replace(KEY, question="Old?")))
    reader = asyncio.create_task(read(asked(shared, work)))
    await asyncio.sleep(0)

    shared.forget()
    for _ in range(len(EVENTS) + 1):
        work.n_free.release()

    assert await reader == list(EVENTS)
    assert shared.join(KEY, "Who?") is None
    assert shared.join(replace(KEY, question="Old?"), "Old?") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Who runs it?", "Who  runs\tit?"),
        ("Caf\u00e9 hours?", "Cafe\u0301 hours?"),
        ("Who runs\u00a0it?", "Who runs it?"),
    ],
)
def test_spaces_and_ways_to_write_a_letter_make_no_other_question(one: str, other: str) -> None:
    answerer = make_answerer(None)

    assert key_of(answerer, one) == key_of(answerer, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is US law?", "What is us law?"),
        ("Let's eat, Tom?", "Let's eat Tom?"),
        ("Who is Muller?", "Who is M\u00fcller?"),
        ("What is 2\u00b2?", "What is 22?"),
        ("- a\n- b?", "- a - b?"),
        ("therapist?", "the rapist?"),
    ],
)
def test_whatever_may_change_the_meaning_makes_another_question(one: str, other: str) -> None:
    answerer = make_answerer(None)

    assert key_of(answerer, one) != key_of(answerer, other)


def test_groups_index_llm_passages_and_filters_each_make_another_question() -> None:
    answerer, other_index = make_answerer(None), retriever_over([make_document("Another text.", "b.txt")])
    restricted = make_answerer(None)
    restricted.retriever = answerer.retriever.visible_to({"staff"})
    in_no_group, elsewhere = make_answerer(None), make_answerer(None)
    in_no_group.retriever = answerer.retriever.visible_to(set())
    elsewhere.retriever = other_index
    without_list = make_answerer(None)
    without_list.lists_documents = False

    others = (restricted, in_no_group, elsewhere, without_list, make_answerer(says("a")))
    keys = [
        *(key_of(one, FERRY) for one in (answerer, *others)),
        key_of(answerer, FERRY, top_k=3),
        key_of(answerer, FERRY, filters=Filters(folder="news")),
        key_of(answerer, FERRY, filters=Filters(groups=("staff",))),
    ]

    assert len(set(keys)) == len(keys)
    assert key_of(answerer, FERRY, filters=Filters()) == key_of(answerer, FERRY)


DOUBTED = "Captain Moreau studied sailing in Bergen."


@pytest.mark.parametrize(
    ("llm", "had_fault"),
    [
        (None, False),
        (says("The ferry Aurora carries 420 passengers across the bay."), False),
        (llm_of(ScriptedModel(["The ferry "], fails_after=0)), True),
        (verifying_llm(ScriptedModel([DOUBTED], verifying=1.0)), False),
        (verifying_llm(ScriptedModel([DOUBTED], verifying=None)), True),
    ],
)
def test_an_answer_knows_whether_a_fault_may_have_changed_it(llm: Any, *, had_fault: bool) -> None:
    events, _ = ask(make_answerer(llm, min_answered=0.0), "Where did Captain Moreau train?")

    assert finished(events).had_fault is had_fault


def test_an_answer_without_the_llm_that_the_settings_ask_for_had_a_fault() -> None:
    events, _ = ask(make_answerer(None, degraded="the LLM cannot be reached"), FERRY)

    assert finished(events).had_fault
