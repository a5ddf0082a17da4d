"""POST /v1/chat/completions and GET /v1/models: the same answers in OpenAI's protocol.

The client sends the conversation with every question, so nothing of it is stored here.
"""

import asyncio
import time
import uuid

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from rag.answering.notes import language_of_question
from rag.api.citation_links.issuing import links_of, sign_events
from rag.api.feedback.recording import note_finished
from rag.api.finishing import finish_answer, report_answer
from rag.api.limits.admission import begin_in_turn
from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.openai.chunks import ChunkFormat
from rag.api.openai.messages import read_question, read_turns
from rag.api.openai.tasks import find_task, reply_to
from rag.api.services import AdmittedAnswer, AppServices, Collection, caller_of, collection_of, visible_collections
from rag.api.streaming import EVENT_STREAM, stream_answer
from rag.errors import ModelNotServed
from rag.text.stemming import stem
from rag.wire.openai import (
    SERVED_MODEL,
    CompletionBody,
    CompletionRequestBody,
    ModelBody,
    ModelsBody,
    completion_body,
    reply_body,
)

_MAX_NAME_CHARACTERS = 60
router = APIRouter(tags=["OpenAI protocol"])


@router.post(
    "/v1/chat/completions",
    summary="Answer a question from the documents, for OpenAI clients",
    response_model=CompletionBody,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer; with `stream` its chunks."},
        404: {"description": "No such model."},
    },
)
async def complete(
    body: CompletionRequestBody, request: Request, services: AppServices, start: AdmittedAnswer
) -> CompletionBody | StreamingResponse:
    collection = _collection_of(request, body.model)
    created = int(time.time())
    base_url = _base_url_of(request, collection)
    max_characters = collection.settings.max_question_characters
    chunks = ChunkFormat(model=body.model, created=created, base_url=base_url, includes_usage=body.includes_usage)
    if task := find_task(body.messages):
        reply, reply_id = reply_to(task), uuid.uuid4().hex
        if body.stream:
            return StreamingResponse(iter([chunks.format_reply(reply, reply_id)]), media_type=EVENT_STREAM)
        return reply_body(reply, reply_id=reply_id, model=body.model, created=created)
    question = read_question(body.messages, max_characters)
    answerer = await collection.answerer_for(caller_of(request))
    turns = await asyncio.to_thread(read_turns, body.messages, max_characters, stem, language_of_question)
    if turns:
        # Its LLM rewrites it first, which takes no time of the processor.
        start.give_back()
    answering = report_answer(begin_in_turn(answerer.answer(question, turns), start), services.metrics)
    events = note_finished(answering, collection.feedback, caller_of(request))
    events = sign_events(events, links_of(request, collection))
    if body.stream:
        return stream_answer(events, chunks, services.stopping)
    answer = await finish_answer(events, request)
    return completion_body(answer, model=body.model, created=created, base_url=base_url)


@router.get("/v1/models", summary="The models that OpenAI clients can ask: one for each collection")
async def list_models(request: Request, services: AppServices) -> ModelsBody:
    names = [SERVED_MODEL, *_named_collections(request)]
    return ModelsBody(data=tuple(ModelBody(id=name, created=services.started) for name in names))


@router.get("/v1/models/{name:path}", summary="One model", responses={404: {"description": "No such model."}})
async def show_model(name: str, request: Request, services: AppServices) -> ModelBody:
    _collection_of(request, name)
    return ModelBody(id=name, created=services.started)


def _collection_of(request: Request, model: str) -> Collection:
    """Return the collection that is asked by the name of a model.

    Raises:
        CollectionNotFound, ModelNotServed: There is none for the caller.
    """
    if model == SERVED_MODEL:
        return collection_of(request)
    named = _named_collections(request)
    if model not in named:
        raise ModelNotServed(
            f"there is no model {model[:_MAX_NAME_CHARACTERS]!r} here",
            next_step=f"ask for {' or '.join(map(repr, (SERVED_MODEL, *named)))}",
        )
    return named[model]


def _named_collections(request: Request) -> dict[str, Collection]:
    return {one.name: one for one in visible_collections(request) if one.path}


def _base_url_of(request: Request, collection: Collection) -> str:
    """Return the address that the links of a collection's answers begin with."""
    named = request.scope.get(NAMED_COLLECTION, "")
    return str(request.base_url).rstrip("/").removesuffix(named) + collection.path
