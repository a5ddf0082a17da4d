"""POST /v1/ask: answer one question, as JSON or as server-sent events.

`Answerer.answer` in rag/answering/answerer.py builds the answer and yields the events that this
route sends.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from rag.api.citation_links.issuing import links_of, sign_events
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.conversations.ownership import owner_of
from rag.api.conversations.store import Owner
from rag.api.feedback.recording import note_finished
from rag.api.finishing import finish_answer, report_answer
from rag.api.limits.budget import counter_of
from rag.api.limits.sharing import answer_in_turn
from rag.api.middleware.json_routes import JsonRoute
from rag.api.services import AdmittedAnswer, AskedCollection, caller_of, services_of, visible_answerer
from rag.api.streaming import EVENT_STREAM, EventFormat, stream_answer
from rag.events import AnswerEvent, AnswerFinished
from rag.text.questions import validate_question
from rag.wire.answers import AnswerBody, AskBody, answer_body

router = APIRouter(tags=["answers"], route_class=JsonRoute)


@router.post(
    "/v1/ask",
    summary="Answer a question from the documents",
    response_model=AnswerBody,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer; with `stream` its events."},
    },
)
async def ask(
    body: AskBody,
    request: Request,
    collection: AskedCollection,
    admitted: AdmittedAnswer,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> AnswerBody | StreamingResponse:
    question = validate_question(body.question, collection.settings.max_question_characters)
    # An invalid question is refused at once, so the answerer is no dependency.
    answerer = await visible_answerer(request)
    owner = owner_of(caller_of(request))
    history = await collection.keeper.history(body.conversation_id, owner) if body.conversation_id else ()
    answering = answer_in_turn(
        answerer,
        question,
        admitted,
        collection.shared,
        count_unreported=counter_of(caller_of(request), collection.feedback, services_of(request).metrics),
        history=history,
        # Only ids that were issued to this owner are continued; an invented one could be guessed.
        conversation_id=body.conversation_id if history else None,
        top_k=body.top_k,
        filters=body.filters.as_filters() if body.filters else None,
    )
    answering = report_answer(answering, services_of(request).metrics)
    events = _keep_finished(answering, collection.keeper, owner)
    events = note_finished(events, collection.feedback, caller_of(request))
    # Links end after a day, so what is stored has none.
    events = sign_events(events, links_of(request, collection))
    if body.stream or EVENT_STREAM in accept:
        return stream_answer(events, EventFormat(), services_of(request).stopping)
    return answer_body(await finish_answer(events, request))


async def _keep_finished(
    events: AsyncGenerator[AnswerEvent, None], keeper: ConversationKeeper, owner: Owner
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; store the finished answer before the reader can ask a follow-up."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished):
                await keeper.keep(event.answer, answer_body(event.answer).model_dump_json(), owner)
            yield event
