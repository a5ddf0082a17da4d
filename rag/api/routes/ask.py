"""POST /v1/ask: one question, answered as JSON or as server-sent events."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from rag.api.conversations.keeper import ConversationKeeper
from rag.api.engine_loader import EngineLoader
from rag.api.finishing import finish_answer, log_degraded
from rag.api.streaming import EVENT_STREAM, EventTeller, stream_answer
from rag.events import AnswerEvent, AnswerFinished
from rag.text.questions import validate_question
from rag.wire.answers import AnswerBody, AskBody, ProblemBody, answer_body


def make_router(loader: EngineLoader, keeper: ConversationKeeper, max_question_characters: int) -> APIRouter:
    """Return the route that answers questions."""
    router = APIRouter(tags=["answers"])

    @router.post(
        "/v1/ask",
        summary="Answer a question from the documents",
        response_model=AnswerBody,
        responses={
            200: {"content": {EVENT_STREAM: {}}, "description": "The answer, or with `stream` its events."},
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
        answering = engine.answerer.answer(
            question,
            history,
            # Only ids that we issued are continued: one that somebody made up could be guessed and read by others.
            conversation_id=body.conversation_id if history else None,
            top_k=body.top_k,
            filters=body.filters.as_filters() if body.filters else None,
        )
        events = _remembering(log_degraded(answering), keeper)
        if body.stream or EVENT_STREAM in accept:
            return stream_answer(events, EventTeller())
        return answer_body(await finish_answer(events, request))

    return router


async def _remembering(
    events: AsyncGenerator[AnswerEvent, None], keeper: ConversationKeeper
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; keep the finished answer before the reader can ask what follows it."""
    try:
        async for event in events:
            if isinstance(event, AnswerFinished):
                await keeper.keep(event.answer, answer_body(event.answer).model_dump_json())
            yield event
    finally:
        await events.aclose()
