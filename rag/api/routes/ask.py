"""POST /v1/ask: answer one question, as JSON or as server-sent events.

`Answerer.answer` in rag/answering/answerer.py builds the answer and yields the events that this
route sends.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints

from rag.answering.shared_answers import SharedAnswer
from rag.api.citation_links.issuing import links_of, sign_events
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.conversations.ownership import owner_of
from rag.api.conversations.store import Owner
from rag.api.feedback.recording import note_finished
from rag.api.finishing import finish_answer, report_answer
from rag.api.limits.admission import Admitted
from rag.api.limits.budget import counter_of
from rag.api.limits.sharing import answer_in_turn
from rag.api.middleware.json_routes import JsonRoute
from rag.api.resuming.answers import answer_key
from rag.api.services import AdmittedAnswer, AskedCollection, Collection, caller_of, services_of, visible_answerer
from rag.api.streaming import EVENT_STREAM, EventFormat, stream_answer
from rag.events import AnswerEvent, AnswerFinished
from rag.text.questions import validate_question
from rag.wire.answers import AnswerBody, AskBody, answer_body

_MAX_DIGITS = 9
router = APIRouter(tags=["answers"], route_class=JsonRoute)

IdempotencyKey = Annotated[
    str,
    StringConstraints(min_length=8, max_length=128, pattern="^[!-~]+$"),
    Field(description="Names the answer: a request with the same key and question gets the same answer."),
]


@router.post(
    "/v1/ask",
    summary="Answer a question from the documents",
    response_model=AnswerBody,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer; with `stream` its events."},
        409: {"description": "The `Idempotency-Key` came with another question before."},
    },
)
async def ask(  # noqa: PLR0917 -- FastAPI calls it by name
    body: AskBody,
    request: Request,
    collection: AskedCollection,
    admitted: AdmittedAnswer,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    idempotency_key: Annotated[IdempotencyKey | None, Header()] = None,
    last_event_id: Annotated[
        str, Header(description="With the same key: the number of the last event that the client got.")
    ] = "",
) -> AnswerBody | StreamingResponse:
    question = validate_question(body.question, collection.settings.max_question_characters)
    n_read = 0
    if idempotency_key is None:
        events = await _work_out(question, body, request, collection, admitted)
    else:
        answer = await _resumable(idempotency_key, question, body, request, collection, admitted)
        n_read = _number_read(last_event_id, answer)
        events = answer.follow(resumes_after=n_read)
    # Links end after a day, so what is stored has none.
    events = sign_events(events, links_of(request, collection))
    if body.stream or EVENT_STREAM in accept:
        return stream_answer(events, EventFormat(n_read), services_of(request).stopping)
    return answer_body(await finish_answer(events, request))


@router.delete("/v1/ask/{key}", summary="Stop an answer that nobody waits for", status_code=204)
async def stop_answer(key: IdempotencyKey, request: Request, collection: AskedCollection) -> None:
    await services_of(request).resumable.stop(answer_key(collection.name, caller_of(request), key))


async def _resumable(  # noqa: PLR0917 -- as the route has them
    key: str, question: str, body: AskBody, request: Request, collection: Collection, admitted: Admitted
) -> SharedAnswer:
    """Return the answer of a key, which goes on or begins."""
    resumable = services_of(request).resumable
    named = answer_key(collection.name, caller_of(request), key)
    asked = body.model_dump_json(exclude={"stream"})
    if found := resumable.find(named, asked):
        admitted.give_back()
        return found
    events = await _work_out(question, body, request, collection, admitted)
    # The same request may have come twice meanwhile.
    return resumable.find(named, asked) or resumable.begin(named, asked, events)


async def _work_out(
    question: str, body: AskBody, request: Request, collection: Collection, admitted: Admitted
) -> AsyncGenerator[AnswerEvent, None]:
    """Return the events of a new answer; it is stored and recorded when it is finished."""
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
    return note_finished(events, collection.feedback, caller_of(request))


def _number_read(last_event_id: str, answer: SharedAnswer) -> int:
    """Return how many events a client has; with more than there are it knows another answer."""
    is_number = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= _MAX_DIGITS
    n_read = int(last_event_id) if is_number else 0
    return n_read if n_read <= answer.n_events else 0


async def _keep_finished(
    events: AsyncGenerator[AnswerEvent, None], keeper: ConversationKeeper, owner: Owner
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; store the finished answer before the reader can ask a follow-up."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished):
                await keeper.keep(event.answer, answer_body(event.answer).model_dump_json(), owner)
            yield event
