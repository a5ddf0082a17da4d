"""What all routes do with the events of an answer: wait for the last, report what came of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request

from rag.api.services import services_of
from rag.api.telemetry.logs import log_event
from rag.api.telemetry.metrics import Metrics
from rag.api.telemetry.tracing import our_tracer, trace_shared
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


async def report_answer(
    events: AsyncGenerator[AnswerEvent, None], metrics: Metrics
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; count and log what came of the question, never its words or the answer's."""
    is_over = False
    try:
        with metrics.question_in_flight():
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, AnswerFinished):
                        is_over = True
                        metrics.count_answer(event.answer)
                        _log(event.answer)
                        if event.answer.cached:
                            trace_shared(event.answer, our_tracer())
                    yield event
    except Exception:
        is_over = True
        metrics.count_unanswered(has_failed=True)
        raise
    finally:
        if not is_over:
            metrics.count_unanswered(has_failed=False)


def _log(answer: Answer) -> None:
    if answer.degraded:
        log_event(_logger, "answered without the LLM", level=logging.WARNING, answer=answer.id, why=answer.degraded)
    log_event(
        _logger,
        "answered",
        answer=answer.id,
        outcome=answer.outcome,
        abstention=answer.abstention,
        kind=answer.kind or None,
        by=answer.answered_by,
        cached=answer.cached or None,
        ms=answer.timings_ms.total,
        search_ms=answer.timings_ms.retrieve,
        llm_ms=answer.timings_ms.llm,
        check_ms=answer.timings_ms.check,
        prompt_tokens=answer.usage.prompt_tokens,
        completion_tokens=answer.usage.completion_tokens,
        index=answer.index_version,
    )
