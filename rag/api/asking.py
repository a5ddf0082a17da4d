"""POST /v1/ask: one question, answered as JSON or as server-sent events."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from rag.api.conversation_keeping import ConversationKeeper
from rag.api.loading import EngineLoader
from rag.api.streaming import stream_events
from rag.api.wire import AnswerBody, AskBody, ProblemBody, answer_body
from rag.errors import ReaderGone
from rag.questions import validate_question
from rag.types import Answer, AnswerEvent, AnswerFinished

_logger = logging.getLogger(__name__)

_EVENT_STREAM = "text/event-stream"
_SECONDS_BETWEEN_LOOKS = 0.5


def make_router(loader: EngineLoader, keeper: ConversationKeeper, max_question_characters: int) -> APIRouter:
    """Return the route that answers questions."""
    router = APIRouter(tags=["answers"])

    @router.post(
        "/v1/ask",
        summary="Answer a question from the documents",
        response_model=AnswerBody,
        responses={
            200: {"content": {_EVENT_STREAM: {}}, "description": "The answer, or with `stream` its events."},
            422: {"model": ProblemBody},
            503: {"model": ProblemBody},
        },
    )
    async def ask(
        body: AskBody, request: Request, accept: Annotated[str, Header()] = ""
    ) -> AnswerBody | StreamingResponse:
        question = validate_question(body.question, max_question_characters)
        engine = await loader.engine()
        history = await keeper.history(body.conversation_id) if body.conversation_id else ()
        events = _remembering(
            engine.answerer.answer(
                question,
                history,
                # Only ids that we issued are continued: one that somebody made up could be guessed and read by others.
                conversation_id=body.conversation_id if history else None,
                top_k=body.top_k,
                filters=body.filters.as_filters() if body.filters else None,
            ),
            keeper,
        )
        if body.stream or _EVENT_STREAM in accept:
            headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            return StreamingResponse(stream_events(events), media_type=_EVENT_STREAM, headers=headers)
        return answer_body(await _finish(events, request))

    return router


async def _finish(events: AsyncGenerator[AnswerEvent, None], request: Request) -> Answer:
    """Return the answer; stop it, and with it the model, when the reader has gone.

    Raises:
        ReaderGone: Nobody is left to answer.
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
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def _remembering(
    events: AsyncGenerator[AnswerEvent, None], keeper: ConversationKeeper
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; keep the finished answer before the reader can ask what follows it."""
    try:
        async for event in events:
            if isinstance(event, AnswerFinished):
                if event.answer.degraded:
                    _logger.warning("answered without the LLM: %s", event.answer.degraded)
                await keeper.keep(event.answer, answer_body(event.answer).model_dump_json())
            yield event
    finally:
        await events.aclose()
