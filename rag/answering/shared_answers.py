"""Give one answer to all who ask the same question, at the same time or soon after.

Goes in: the events of an answer, and the key of its question. Comes out: for each reader all events
from the first. Answers are kept in memory only: nothing that readers ask is written to a disk here.
"""

import asyncio
import unicodedata
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.errors import ReaderGone
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, AnswerQueued, AnswerStarted, TextDelta
from rag.filters import Filters
from rag.types import Answer, Timings, Usage

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.answering.answerer import Answerer


@dataclass(frozen=True, slots=True)
class QuestionKey:
    """What the answer to a question without earlier turns depends on, besides the settings.

    Attributes:
        groups: Of the documents that the reader may see; None for all documents.
        lists_documents: Whether the reader may know which documents there are.
        llm: The name of the LLM, so far as it is known.
        question: Without differences that cannot change its meaning.
    """

    index_version: str
    groups: frozenset[str] | None
    lists_documents: bool
    llm: str | None
    question: str
    top_k: int | None
    filters: Filters


def key_of(
    answerer: "Answerer", question: str, *, top_k: int | None = None, filters: Filters | None = None
) -> QuestionKey:
    """Return the key of a question to an answerer."""
    retriever, llm = answerer.retriever, answerer.llm
    return QuestionKey(
        retriever.version,
        retriever.visible_groups,
        answerer.lists_documents,
        llm.model.known_name if llm else None,
        _normalise(question),
        top_k,
        filters or Filters(),
    )


class SharedAnswers:
    """The answers in work, and the last ones that no fault has changed. For one event loop."""

    def __init__(
        self, max_kept: int, max_seconds: float, *, clock: Callable[[], float], make_id: Callable[[], str]
    ) -> None:
        """Start without answers.

        Args:
            max_kept: Beyond it, the answer that was asked for longest ago is dropped.
            max_seconds: How long an answer is kept, however often it is asked for.
            clock: Returns seconds; only differences count.
        """
        self._max_kept = max_kept
        self._max_seconds = max_seconds
        self._clock = clock
        self._make_id = make_id
        self._in_work: dict[QuestionKey, SharedAnswer] = {}
        self._kept: OrderedDict[QuestionKey, _Kept] = OrderedDict()

    def has(self, key: QuestionKey) -> bool:
        """Return whether an answer is finished or in work."""
        return key in self._in_work or key in self._kept

    def join(self, key: QuestionKey, question: str) -> AsyncGenerator[AnswerEvent, None] | None:
        """Return the events of an answer that is finished or in work; None if there is neither.

        Args:
            question: As this reader asked it.
        """
        found = self._in_work.get(key)
        if found is None and key in self._kept:
            self._kept.move_to_end(key)
            found = self._kept[key].answer
        return _for_another_reader(found.follow(), question, self._clock, self._make_id) if found else None

    def begin(self, key: QuestionKey, events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[AnswerEvent, None]:
        """Return the events of an answer that others may join; it stops when all have left."""
        answer = self._in_work[key] = SharedAnswer(events, lambda ended: self._end(key, ended))
        return answer.follow()

    def forget(self) -> None:
        """Drop all that is kept, and keep nothing of what is in work."""
        self._in_work.clear()
        while self._kept:
            self._drop_oldest()

    def _end(self, key: QuestionKey, answer: "SharedAnswer") -> None:
        if self._in_work.get(key) is not answer:
            return
        del self._in_work[key]
        if answer.is_repeatable:
            timer = asyncio.get_running_loop().call_later(self._max_seconds, self._kept.pop, key)
            self._kept[key] = _Kept(answer, timer)
            while len(self._kept) > self._max_kept:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, kept = self._kept.popitem(last=False)
        kept.timer.cancel()


class SharedAnswer:
    """One answer that several readers follow."""

    def __init__(
        self,
        events: AsyncGenerator[AnswerEvent, None],
        on_end: Callable[["SharedAnswer"], None],
        *,
        grace_seconds: float = 0.0,
    ) -> None:
        """Start to collect the events.

        Args:
            on_end: Called once, when the answer is finished, has failed or is stopped.
            grace_seconds: How long the work goes on after the last reader has left.
        """
        self._grace_seconds = grace_seconds
        self._events: list[AnswerEvent] = []
        self._is_whole = False
        self._n_readers = 0
        self._has_moved = asyncio.Event()
        self._on_end = on_end
        self._work = asyncio.create_task(self._collect(events))
        self._work.add_done_callback(lambda _: self._move())

    @property
    def n_events(self) -> int:
        return len(self._events)

    @property
    def is_finished(self) -> bool:
        """Whether it has come to its end, and no error ended it."""
        return self._is_whole and isinstance(self._events[-1], AnswerFinished)

    @property
    def is_repeatable(self) -> bool:
        """Whether it is finished, and no fault may have changed it."""
        last = self._events[-1] if self._is_whole else None
        return isinstance(last, AnswerFinished) and not last.had_fault

    async def follow(self, *, resumes_after: int | None = None) -> AsyncGenerator[AnswerEvent, None]:
        """Yield all events from the first; after the end without those that ended with the wait.

        Args:
            resumes_after: So many events the reader has already; then none is left out.

        Raises:
            RagError: The answer failed, or was stopped.
        """
        self._n_readers += 1
        is_over, n_read = self._work.done() and resumes_after is None, resumes_after or 0
        try:
            while True:
                has_moved, is_last = self._has_moved, self._work.done()
                for event in self._events[n_read:]:
                    n_read += 1
                    if not (is_over and isinstance(event, AnswerQueued | AnswerDrafted)):
                        yield event
                if self._work.cancelled():
                    raise ReaderGone("this answer was stopped", next_step="ask again")
                if is_last:
                    # Raises what the answer failed with.
                    self._work.result()
                    return
                await has_moved.wait()
        finally:
            self._n_readers -= 1
            if not self._n_readers:
                await self._be_left()

    async def _collect(self, events: AsyncGenerator[AnswerEvent, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    self._events.append(event)
                    self._move()
            self._is_whole = True
        finally:
            # Before any reader goes on.
            self._on_end(self)

    async def _be_left(self) -> None:
        if not self._grace_seconds:
            await self.stop()
        elif not self._work.done():
            asyncio.get_running_loop().call_later(self._grace_seconds, self._stop_if_left)

    def _stop_if_left(self) -> None:
        if not self._n_readers:
            self._cancel()

    async def stop(self) -> None:
        """Stop the work, whoever follows it."""
        self._cancel()
        await asyncio.gather(self._work, return_exceptions=True)

    def _cancel(self) -> None:
        if not self._work.done():
            # Whoever asks from now on must not join.
            self._on_end(self)
            self._work.cancel()

    def _move(self) -> None:
        has_moved, self._has_moved = self._has_moved, asyncio.Event()
        has_moved.set()


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, and what drops it in time."""

    answer: SharedAnswer
    timer: asyncio.TimerHandle


async def _for_another_reader(
    events: AsyncGenerator[AnswerEvent, None], question: str, clock: Callable[[], float], make_id: Callable[[], str]
) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of a shared answer with the ids and times of another reader."""
    began, first_token = clock(), 0.0
    answer_id, conversation_id = make_id(), make_id()

    def elapsed_ms() -> float:
        return round((clock() - began) * 1000, 1)

    def mine(answer: Answer) -> Answer:
        return replace(
            answer,
            id=answer_id,
            conversation_id=conversation_id,
            question=question,
            usage=Usage(),
            timings_ms=Timings(first_token=first_token, total=elapsed_ms()),
            cached=True,
        )

    async with aclosing(events):
        async for event in events:
            match event:
                case AnswerStarted(query=query):
                    yield AnswerStarted(answer_id, conversation_id, question, query)
                case AnswerDrafted(answer):
                    yield AnswerDrafted(mine(answer))
                case AnswerFinished(answer):
                    yield AnswerFinished(mine(answer))
                case TextDelta(is_note=False):
                    first_token = first_token or elapsed_ms()
                    yield event
                case _:
                    yield event


def _normalise(question: str) -> str:
    """Return one form of what Unicode holds equal, and one space for several within a line.

    Case, punctuation and accents stay: "us" is not "US".
    """
    lines = unicodedata.normalize("NFC", question).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
