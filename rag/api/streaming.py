"""Tell an answer as a text/event-stream while it is being written: in our own events, or as another teller has it."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from fastapi.responses import StreamingResponse

from rag.api.problems import make_problem, problem_of
from rag.errors import RagError
from rag.events import AnswerEvent
from rag.wire.answers import ProblemBody, event_payload

_logger = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
PING_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_closings: set["asyncio.Task[None]"] = set()


class Teller(Protocol):
    """Says in the text/event-stream format what happens to one answer; an empty text where there is nothing to say."""

    def tell(self, event: AnswerEvent) -> str:
        """Return the text for what has happened."""

    def tell_problem(self, problem: ProblemBody) -> str:
        """Return the text for an answer that breaks off; it is the last."""

    def tell_silence(self) -> str:
        """Return what keeps the connection open while nothing happens."""


class EventTeller:
    """Tells our own events, numbered from 1."""

    def __init__(self) -> None:
        self._n_told = 0

    def tell(self, event: AnswerEvent) -> str:
        return self._format(*event_payload(event))

    def tell_problem(self, problem: ProblemBody) -> str:
        return self._format("error", problem.model_dump())

    def tell_silence(self) -> str:
        return self._format("ping", {})

    def _format(self, name: str, payload: dict[str, object]) -> str:
        self._n_told += 1
        # JSON holds no raw line break, so one data line is enough.
        return f"id: {self._n_told}\nevent: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"


def stream_answer(events: AsyncGenerator[AnswerEvent, None], teller: Teller) -> StreamingResponse:
    """Return the reply that tells an answer while it is being written."""
    return StreamingResponse(stream_events(events, teller), media_type=EVENT_STREAM, headers=_HEADERS)


async def stream_events(
    events: AsyncGenerator[AnswerEvent, None], teller: Teller, ping_seconds: float = PING_SECONDS
) -> AsyncIterator[str]:
    """Yield what a teller says of each event, of an error that ends them, and of long silences.

    When the reader goes away this generator is closed, and with it the answer: the model stops.
    """
    following = _next_task(events)
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=ping_seconds)
            if not done:
                yield teller.tell_silence()
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            except RagError as error:
                yield teller.tell_problem(problem_of(error))
                return
            except Exception:
                _logger.exception("an answer broke off")
                problem = make_problem(500, "internal_error", "Something broke in the server; its log says what.")
                yield teller.tell_problem(problem)
                return
            if told := teller.tell(event):
                yield told
            following = _next_task(events)
    finally:
        # A task of its own: whoever cancels us may cancel every further wait in here too.
        closing = asyncio.create_task(_close(following, events))
        _closings.add(closing)
        closing.add_done_callback(_closings.discard)
        await asyncio.shield(closing)


async def _close(following: "asyncio.Task[AnswerEvent]", events: AsyncGenerator[AnswerEvent, None]) -> None:
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await events.aclose()


def _next_task(events: AsyncGenerator[AnswerEvent, None]) -> "asyncio.Task[AnswerEvent]":
    async def following() -> AnswerEvent:
        return await anext(events)

    return asyncio.create_task(following())
