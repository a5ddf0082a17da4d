"""Tell an answer as server-sent events while it is being written."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator

from rag.api.problems import make_problem
from rag.api.wire import event_payload
from rag.errors import RagError
from rag.types import AnswerEvent

_logger = logging.getLogger(__name__)

PING_SECONDS = 15.0
_closings: set["asyncio.Task[None]"] = set()


async def stream_events(
    events: AsyncGenerator[AnswerEvent, None], ping_seconds: float = PING_SECONDS
) -> AsyncIterator[str]:
    """Yield each event in the text/event-stream format, numbered from 1, with a `ping` in long silences.

    When the reader goes away this generator is closed, and with it the answer: the model stops.
    """
    number = 0
    following = _next_task(events)
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=ping_seconds)
            number += 1
            if not done:
                yield format_event("ping", {}, number)
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            except RagError as error:
                yield format_event("error", make_problem(error.status, error.code, str(error)).model_dump(), number)
                return
            except Exception:
                _logger.exception("an answer broke off")
                problem = make_problem(500, "internal_error", "Something broke in the server; its log says what.")
                yield format_event("error", problem.model_dump(), number)
                return
            name, payload = event_payload(event)
            yield format_event(name, payload, number)
            following = _next_task(events)
    finally:
        # A task of its own: whoever cancels us may cancel every further wait in here too.
        closing = asyncio.create_task(_close(following, events))
        _closings.add(closing)
        closing.add_done_callback(_closings.discard)
        await asyncio.shield(closing)


def format_event(name: str, payload: dict[str, object], number: int) -> str:
    """Return one event; JSON holds no raw line break, so one data line is enough."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"


async def _close(following: "asyncio.Task[AnswerEvent]", events: AsyncGenerator[AnswerEvent, None]) -> None:
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await events.aclose()


def _next_task(events: AsyncGenerator[AnswerEvent, None]) -> "asyncio.Task[AnswerEvent]":
    async def following() -> AnswerEvent:
        return await anext(events)

    return asyncio.create_task(following())
