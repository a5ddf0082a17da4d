"""POST /v1/chat/completions and GET /v1/models: the same answers in OpenAI's protocol.

The client sends the conversation with every question, so nothing of it is stored here.
"""

import asyncio
import time

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from rag.answering.notes import language_of_question
from rag.api.feedback.recording import note_finished
from rag.api.finishing import finish_answer, log_degraded
from rag.api.openai.chunks import ChunkFormat
from rag.api.openai.messages import read_question, read_turns
from rag.api.services import AppServices, AskedCollection, caller_of, visible_answerer
from rag.api.streaming import EVENT_STREAM, stream_answer
from rag.errors import ModelNotServed
from rag.text.stemming import stem
from rag.wire.openai import (
    SERVED_MODEL,
    CompletionBody,
    CompletionRequestBody,
    ErrorBody,
    ModelBody,
    ModelsBody,
    completion_body,
)

_MAX_NAME_CHARACTERS = 60
router = APIRouter(tags=["OpenAI protocol"])


@router.post(
    "/v1/chat/completions",
    summary="Answer a question from the documents, for OpenAI clients",
    response_model=CompletionBody,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer; with `stream` its chunks."},
        400: {"model": ErrorBody},
        404: {"model": ErrorBody},
        503: {"model": ErrorBody},
    },
)
async def complete(
    body: CompletionRequestBody, request: Request, collection: AskedCollection, services: AppServices
) -> CompletionBody | StreamingResponse:
    _require_served(body.model)
    created = int(time.time())
    base_url = str(request.base_url).rstrip("/")
    max_characters = collection.settings.max_question_characters
    question = read_question(body.messages, max_characters)
    answerer = await visible_answerer(request)
    turns = await asyncio.to_thread(read_turns, body.messages, max_characters, stem, language_of_question)
    events = note_finished(log_degraded(answerer.answer(question, turns)), collection.feedback, caller_of(request))
    if body.stream:
        chunks = ChunkFormat(created=created, base_url=base_url, includes_usage=body.includes_usage)
        return stream_answer(events, chunks, services.stopping)
    return completion_body(await finish_answer(events, request), created=created, base_url=base_url)


@router.get("/v1/models", summary="The model that OpenAI clients can ask")
async def list_models(services: AppServices) -> ModelsBody:
    return ModelsBody(data=(ModelBody(id=SERVED_MODEL, created=services.started),))


@router.get("/v1/models/{name:path}", summary="One model", responses={404: {"model": ErrorBody}})
async def show_model(name: str, services: AppServices) -> ModelBody:
    _require_served(name)
    return ModelBody(id=SERVED_MODEL, created=services.started)


def _require_served(name: str) -> None:
    if name != SERVED_MODEL:
        raise ModelNotServed(
            f"there is no model {name[:_MAX_NAME_CHARACTERS]!r} here", next_step=f"ask for {SERVED_MODEL!r}"
        )
