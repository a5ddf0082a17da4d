"""Answers begin in turn, and places come back however an answer ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import pytest

from rag.api.limits.admission import Admission, begin_in_turn
from rag.errors import ServerBusy
from rag.events import AnswerEvent, AnswerStarted, SourcesFound

STARTED = AnswerStarted("a", "c", "Who?", "Who?")


async def an_answer(may_go_on: asyncio.Event) -> AsyncGenerator[AnswerEvent, None]:
    yield STARTED
    yield SourcesFound(())
    await may_go_on.wait()


def test_the_next_begins_when_the_sources_of_the_one_before_are_found() -> None:
    async def run() -> list[str]:
        admission, never = Admission(max_answers=2, n_starting=1, max_waiting=1), asyncio.Event()
        told: list[str] = []
        with admission.enter() as first, admission.enter() as second:
            one, two = (begin_in_turn(an_answer(never), admitted) for admitted in (first, second))
            beginning = asyncio.create_task(anext(two))
            async with aclosing(one), aclosing(two):
                await anext(one)
                told.append(f"second has begun: {beginning.done()}")
                await anext(one)
                await beginning
                told.append(f"second has begun: {beginning.done()}")
        return told

    assert asyncio.run(run()) == ["second has begun: False", "second has begun: True"]


def test_too_many_answers_or_too_long_a_line_is_refused_with_the_time_to_wait() -> None:
    admission = Admission(max_answers=2, n_starting=1, max_waiting=0)

    with admission.enter() as first:
        with admission.enter() as second, pytest.raises(ServerBusy) as caught:
            second.require()
        first.require().give_back()
        with admission.enter() as second, admission.enter() as third:
            second.require()
            with pytest.raises(ServerBusy):
                third.require()
    with admission.enter() as first:
        first.require()

    assert caught.value.seconds_to_wait > 0
    assert "try again in" in str(caught.value)


def test_an_answer_that_never_begins_gives_its_places_back() -> None:
    admission = Admission(max_answers=1, n_starting=1, max_waiting=0)

    for _ in range(3):
        assert is_free(admission)
        with pytest.raises(KeyboardInterrupt), admission.enter():
            raise KeyboardInterrupt


def test_the_place_of_an_answer_is_taken_until_its_work_ends_although_its_reader_has_left() -> None:
    async def run() -> list[bool]:
        admission, may_go_on = Admission(max_answers=1, n_starting=1, max_waiting=0), asyncio.Event()
        with admission.enter() as admitted:
            work = begin_in_turn(an_answer(may_go_on), admitted)
            await anext(work)
            await anext(work)
        told = [is_free(admission)]
        await work.aclose()
        return [*told, is_free(admission)]

    assert asyncio.run(run()) == [False, True]


def is_free(admission: Admission) -> bool:
    with admission.enter() as admitted, suppress(ServerBusy):
        admitted.require()
        return True
    return False
