"""Answers wait for the LLM in line, are told their position, and do without it where the line is full."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from rag.answering.answerer import Answerer
from rag.answering.llm_turn import turn_with
from rag.errors import GenerationFailed
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, AnswerQueued
from rag.llm.replies import Weighed
from rag.llm.requests import Message
from rag.places import Places
from rag.types import Answer, Turn, Usage
from tests.unit.answering.answerers import FERRY, FERRY_SENTENCE, ScriptedModel, llm_of, make_answerer

HISTORY = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)


@dataclass
class SlowModel(ScriptedModel):
    """Generates once it may go on; it counts how many replies it generates at the same time."""

    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    n_now: int = 0
    most: int = 0

    async def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        deadline: float | None,
        *,
        asks_probabilities: bool = False,
    ) -> AsyncGenerator[str | Weighed | Usage, None]:
        self.n_now += 1
        self.has_begun.set()
        self.most = max(self.most, self.n_now)
        try:
            await self.may_go_on.wait()
            async for piece in super().stream(messages, max_tokens, deadline, asks_probabilities=asks_probabilities):
                yield piece
        finally:
            self.n_now -= 1


def slow_model(n_at_once: int, max_waiting: int) -> SlowModel:
    return SlowModel([f"{FERRY_SENTENCE} [1]"], places=Places(n_at_once, max_waiting=max_waiting))


@dataclass
class Reader:
    """One who asks, and the events so far."""

    events: list[AnswerEvent] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(
        self,
        answerer: Answerer,
        question: str = FERRY,
        history: Sequence[Turn] = (),
        on_unreported: Callable[[Usage], None] | None = None,
    ) -> Answer:
        async with aclosing(answerer.answer(question, history, on_unreported=on_unreported)) as events:
            async for event in events:
                self.events.append(event)
                self.changed.set()
        assert isinstance(event, AnswerFinished)
        return event.answer

    async def until(self, wanted: AnswerEvent | type[AnswerEvent]) -> None:
        while not any(wanted == event or wanted is type(event) for event in self.events):
            self.changed.clear()
            await self.changed.wait()

    @property
    def positions(self) -> list[int]:
        return [event.n_before for event in self.events if isinstance(event, AnswerQueued)]


def test_answers_wait_for_a_turn_and_those_for_whom_there_is_no_room_are_quoted() -> None:
    async def run() -> tuple[list[Answer], list[Reader], SlowModel]:
        model = slow_model(1, 2)
        answerer = make_answerer(llm_of(model), is_instant=True)
        readers = [Reader() for _ in range(4)]
        first = asyncio.create_task(readers[0].ask(answerer))
        await readers[0].until(AnswerDrafted)
        second = asyncio.create_task(readers[1].ask(answerer))
        await readers[1].until(AnswerQueued(0))
        third = asyncio.create_task(readers[2].ask(answerer))
        await readers[2].until(AnswerQueued(1))
        refused = await readers[3].ask(answerer)
        model.may_go_on.set()
        return [await first, await second, await third, refused], readers, model

    answers, readers, model = asyncio.run(run())

    assert [answer.answered_by for answer in answers] == ["llm", "llm", "llm", "extractive"]
    assert [reader.positions for reader in readers] == [[], [0], [1, 0], []]
    assert model.most == 1
    assert str(answers[3].degraded).startswith("the language model is busy with other questions")
    assert [answer.degraded for answer in answers[:3]] == [None] * 3


def test_a_draft_is_shown_while_the_answer_waits() -> None:
    async def run() -> list[AnswerEvent]:
        model = slow_model(1, 1)
        answerer, readers = make_answerer(llm_of(model), is_instant=True), (Reader(), Reader())
        first = asyncio.create_task(readers[0].ask(answerer))
        await readers[0].until(AnswerDrafted)
        second = asyncio.create_task(readers[1].ask(answerer))
        await readers[1].until(AnswerQueued)
        model.may_go_on.set()
        await asyncio.gather(first, second)
        return readers[1].events

    names = [type(event).__name__ for event in asyncio.run(run())]

    assert names.index("AnswerDrafted") < names.index("AnswerQueued") < names.index("TextDelta")


def test_one_who_leaves_the_line_makes_room_and_one_who_leaves_in_its_turn_ends_it() -> None:
    async def run() -> tuple[Answer, int]:
        model = slow_model(1, 1)
        answerer, readers = make_answerer(llm_of(model), is_instant=True), [Reader() for _ in range(3)]
        first = asyncio.create_task(readers[0].ask(answerer))
        await readers[0].until(AnswerDrafted)
        second = asyncio.create_task(readers[1].ask(answerer))
        await readers[1].until(AnswerQueued)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        third = asyncio.create_task(readers[2].ask(answerer))
        await readers[2].until(AnswerQueued)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        model.may_go_on.set()
        return await third, model.most

    answer, most = asyncio.run(run())

    assert (answer.answered_by, most) == ("llm", 1)


def test_a_follow_up_waits_once_for_both_of_its_requests() -> None:
    async def run() -> tuple[Answer, list[str], Reader]:
        model = slow_model(1, 1)
        answerer, readers = make_answerer(llm_of(model), is_instant=True), (Reader(), Reader())
        first = asyncio.create_task(readers[0].ask(answerer))
        await readers[0].until(AnswerDrafted)
        second = asyncio.create_task(readers[1].ask(answerer, "And since when has she led it?", HISTORY))
        await readers[1].until(AnswerQueued)
        model.may_go_on.set()
        await first
        return await second, model.asked, readers[1]

    _, asked, reader = asyncio.run(run())

    assert len(asked) == 3
    assert reader.positions == [0]
    assert isinstance(reader.events[0], AnswerQueued)


def test_a_follow_up_that_finds_the_line_full_is_rewritten_by_rule_and_quoted() -> None:
    async def run() -> tuple[Answer, int]:
        model = slow_model(1, 0)
        answerer, reader = make_answerer(llm_of(model), is_instant=True), Reader()
        first = asyncio.create_task(reader.ask(answerer))
        await reader.until(AnswerDrafted)
        answer = await Reader().ask(answerer, "And since when has she led it?", HISTORY)
        n_asked = len(model.asked)
        model.may_go_on.set()
        await first
        return answer, n_asked

    answer, n_asked = asyncio.run(run())

    assert "busy" in str(answer.degraded)
    assert answer.answered_by == "extractive"
    assert n_asked == 0


# 40 bytes: 10 tokens.
PROMPT: list[Message] = [{"role": "system", "content": "0123456789" * 2}, {"role": "user", "content": "0123456789" * 2}]


@pytest.mark.parametrize(
    ("fails_after", "n_read", "usage"),
    [
        # As the server counts them.
        (None, 3, Usage(99, 2)),
        (None, 1, Usage(10, 3)),
        (0, 3, Usage()),
        (1, 3, Usage(10, 3)),
    ],
    ids=["finished", "left", "refused", "broken off"],
)
def test_a_reply_that_its_server_does_not_count_is_estimated(
    fails_after: int | None, n_read: int, usage: Usage
) -> None:
    async def run() -> Usage:
        model = ScriptedModel(["twelve bytes", " [1]"], fails_after=fails_after)
        with turn_with(llm_of(model)) as turn:
            assert turn is not None
            turn.deadline = model.deadline()
            async with aclosing(turn.stream(PROMPT, 99, asks_probabilities=False)) as pieces:
                try:
                    for _ in range(n_read):
                        await anext(pieces)
                except GenerationFailed:
                    pass
            return turn.usage

    assert asyncio.run(run()) == usage


def test_a_reader_who_leaves_before_the_first_word_has_cost_the_prompt() -> None:
    async def run() -> list[Usage]:
        unreported: list[Usage] = []
        model = slow_model(1, 1)
        answerer, reader = make_answerer(llm_of(model), is_instant=True), Reader()
        asking = asyncio.create_task(reader.ask(answerer, on_unreported=unreported.append))
        await model.has_begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return unreported

    (left,) = asyncio.run(run())

    assert left.prompt_tokens > len(FERRY) / 4
    assert left.completion_tokens == 0


def test_what_a_finished_answer_counts_is_not_counted_again() -> None:
    unreported: list[Usage] = []

    asyncio.run(
        Reader().ask(make_answerer(llm_of(ScriptedModel([f"{FERRY_SENTENCE} [1]"]))), on_unreported=unreported.append)
    )

    assert unreported == []
