"""What all routes do with the events of an answer: wait for the last, log what is degraded."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request

from rag.api.services import services_of
from rag.errors import ReaderGone, ServerStopping
from rag.events import AnswerEvent, AnswerFinished, answer_of
from rag.types import Answer

_logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_CHECKS = 0.5


async def finish_answer(events: AsyncGenerator[AnswerEvent, None], request: Request) -> Answer:
    """Return the answer; stop it, and with it the LLM, if the client disconnects.

    Raises:
        ReaderGone: The client has disconnected.
        ServerStopping: The server stops.
    """
    answering = asyncio.create_task(answer_of(events))
    stopping = services_of(request).stopping
    try:
        while not (await asyncio.wait({answering}, timeout=_SECONDS_BETWEEN_CHECKS))[0]:
            if await request.is_disconnected():
                raise ReaderGone("the reader left before the answer was ready")
            if stopping.is_set():
                raise server_stopping()
        return answering.result()
    except asyncio.CancelledError:
        # Only a server that stops, after it has waited for its answers, cancels a request.
        raise server_stopping() from None
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


def server_stopping() -> ServerStopping:
    """Return the error of an answer that a stop of the server ends."""
    return ServerStopping("the server was stopped before the answer was ready", next_step="ask again in a moment")


async def log_degraded(events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; log a warning if the LLM should have generated the answer and did not."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished) and event.answer.degraded:
                _logger.warning("answered without the LLM: %s", event.answer.degraded)
            yield event
