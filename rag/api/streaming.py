"""Send an answer as a text/event-stream while it is built, in one of several formats."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from fastapi.responses import StreamingResponse

from rag.api.finishing import server_stopping
from rag.api.problems import FAULT, make_problem, problem_of
from rag.api.telemetry.logs import log_event
from rag.errors import RagError
from rag.events import AnswerEvent
from rag.wire.answers import ProblemBody, event_payload

_logger = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
PING_SECONDS = 5.0
_HEADERS = {"X-Accel-Buffering": "no"}
_closings: set["asyncio.Task[None]"] = set()


class StreamFormat(Protocol):
    """Formats the events of one answer as text/event-stream; the text may be empty."""

    def format_event(self, event: AnswerEvent) -> str: ...

    def format_problem(self, problem: ProblemBody) -> str:
        """Return the text for an answer that breaks off; it is the last."""

    def format_ping(self) -> str:
        """Return a text that keeps the connection open."""


class EventFormat:
    """The events of POST /v1/ask, numbered from 1; pings and problems have no number."""

    def __init__(self, n_sent: int = 0) -> None:
        """Start after the events that the client has already."""
        self._n_sent = n_sent

    def format_event(self, event: AnswerEvent) -> str:
        self._n_sent += 1
        return f"id: {self._n_sent}\n" + self._format(*event_payload(event))

    def format_problem(self, problem: ProblemBody) -> str:
        return self._format("error", problem.model_dump())

    def format_ping(self) -> str:
        return self._format("ping", {})

    def _format(self, name: str, payload: dict[str, object]) -> str:
        # JSON holds no raw line break, so one data line is enough.
        return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"


def stream_answer(
    events: AsyncGenerator[AnswerEvent, None], stream_format: StreamFormat, stopping: asyncio.Event
) -> StreamingResponse:
    """Return the reply that sends the events of an answer as they come.

    Args:
        stopping: Ends the answer with a problem object.
    """
    texts = stream_events(events, stream_format, stopping)
    return StreamingResponse(texts, media_type=EVENT_STREAM, headers=_HEADERS)


async def stream_events(
    events: AsyncGenerator[AnswerEvent, None],
    stream_format: StreamFormat,
    stopping: asyncio.Event,
    ping_seconds: float = PING_SECONDS,
) -> AsyncIterator[str]:
    """Yield the text for each event, for an error that ends them, and for long silences.

    If the client disconnects, this generator is closed; it closes the answer, and the LLM stops.
    """
    following = _next_task(events)
    stopped = asyncio.create_task(stopping.wait())
    try:
        while True:
            await asyncio.wait({following, stopped}, timeout=ping_seconds, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done() and not following.done():
                yield stream_format.format_problem(_problem_of(server_stopping()))
                return
            if not following.done():
                yield stream_format.format_ping()
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            except RagError as error:
                yield stream_format.format_problem(_problem_of(error))
                return
            except Exception:
                _logger.exception("an answer broke off")
                problem = make_problem(500, "internal_error", FAULT)
                yield stream_format.format_problem(problem)
                return
            if text := stream_format.format_event(event):
                yield text
            following = _next_task(events)
    finally:
        stopped.cancel()
        # In its own task, because a cancelled request may be cancelled again while it waits here.
        closing = asyncio.create_task(_close(following, events))
        _closings.add(closing)
        closing.add_done_callback(_closings.discard)
        await asyncio.shield(closing)


def _problem_of(error: RagError) -> ProblemBody:
    problem = problem_of(error)
    log_event(_logger, "a stream ended without its answer", level=logging.WARNING, code=problem.code)
    return problem


async def _close(following: "asyncio.Task[AnswerEvent]", events: AsyncGenerator[AnswerEvent, None]) -> None:
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await events.aclose()


def _next_task(events: AsyncGenerator[AnswerEvent, None]) -> "asyncio.Task[AnswerEvent]":
    async def following() -> AnswerEvent:
        return await anext(events)

    return asyncio.create_task(following())
