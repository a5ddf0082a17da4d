"""What every route does with an answer that is being made, whatever form it then tells it in.

Goes in: an answer's events. Comes out: the finished answer, or the same events with a word in the log.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request

from rag.errors import ReaderGone, ServerStopping
from rag.events import AnswerEvent, AnswerFinished
from rag.types import Answer

_logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_LOOKS = 0.5


async def finish_answer(events: AsyncGenerator[AnswerEvent, None], request: Request) -> Answer:
    """Return the answer; stop it, and with it the model, when the reader has gone.

    Raises:
        ReaderGone: Nobody is left to answer.
        ServerStopping: The request was cancelled.
    """

    async def last_answer() -> Answer:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, AnswerFinished):
                    return event.answer
        raise AssertionError("an answer ends with AnswerFinished")

    answering = asyncio.create_task(last_answer())
    try:
        while not (await asyncio.wait({answering}, timeout=_SECONDS_BETWEEN_LOOKS))[0]:
            if await request.is_disconnected():
                raise ReaderGone("the reader left before the answer was ready")
        return answering.result()
    except asyncio.CancelledError:
        # Nobody but a server that has waited long enough for its answers cancels a request.
        raise ServerStopping(
            "the server was stopped before the answer was ready", next_step="ask again in a moment"
        ) from None
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def log_degraded(events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; warn of an answer that the LLM did not write although it should have."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished) and event.answer.degraded:
                _logger.warning("answered without the LLM: %s", event.answer.degraded)
            yield event
