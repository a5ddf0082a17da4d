"""POST /v1/chat/completions, POST /v1/responses and GET /v1/models: the answers of POST /v1/ask.

The client sends the conversation with every question, so nothing of it is stored here.
"""

import time
import uuid

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from rag.api.finishing import finish_answer
from rag.api.middleware.json_routes import JsonRoute
from rag.api.openai.asking import (
    NO_CALL,
    asked_collection,
    begin_answer,
    empty_content,
    invalid_field,
    named_collections,
    reply_to_task,
)
from rag.api.openai.chunks import ChunkFormat
from rag.api.openai.response_events import ResponseEvents
from rag.api.services import AdmittedAnswer, AppServices
from rag.api.streaming import EVENT_STREAM, stream_answer
from rag.wire.openai.completions import CompletionBody, ModelBody, ModelsBody, completion_body, reply_body
from rag.wire.openai.requests import SERVED_MODEL, CompletionRequestBody
from rag.wire.openai.responses import ResponseBody, ResponseRequestBody, output_body, response_body

router = APIRouter(tags=["OpenAI protocol"], route_class=JsonRoute)


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
    body: CompletionRequestBody, request: Request, services: AppServices, admitted: AdmittedAnswer
) -> CompletionBody | StreamingResponse:
    collection = asked_collection(request, body.model, body.metadata)
    created, content = int(time.time()), empty_content(request, collection)
    chunks = ChunkFormat(content, model=body.model, created=created, includes_usage=body.includes_usage)
    if body.needs_function:
        raise invalid_field("function_call", NO_CALL)
    names = body.response_format.names if body.response_format else None
    reply, reply_id = await reply_to_task(body.messages, names, "response_format.type", body.offer), uuid.uuid4().hex
    if reply is not None:
        if body.stream:
            return StreamingResponse(iter([chunks.format_reply(*reply, reply_id)]), media_type=EVENT_STREAM)
        return reply_body(*reply, reply_id=reply_id, model=body.model, created=created)
    events = await begin_answer(request, collection, body.messages, body.metadata, admitted)
    if body.stream:
        return stream_answer(events, chunks, services.stopping)
    answer = await finish_answer(events, request)
    return completion_body(answer, content, model=body.model, created=created)


@router.post(
    "/v1/responses",
    summary="The same, for clients of the Responses API",
    response_model=ResponseBody,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "The answer; with `stream` its events."},
        404: {"description": "No such model."},
    },
)
async def respond_to_input(
    body: ResponseRequestBody, request: Request, services: AppServices, admitted: AdmittedAnswer
) -> ResponseBody | StreamingResponse:
    collection = asked_collection(request, body.model, body.metadata)
    created, content = int(time.time()), empty_content(request, collection)
    formatted = ResponseEvents(content, model=body.model, created=created)
    if body.needs_call:
        raise invalid_field("tool_choice", NO_CALL)
    names = body.text.format.names if body.text and body.text.format else None
    reply, reply_id = await reply_to_task(body.messages, names, "text.format.type"), uuid.uuid4().hex
    if reply is not None:
        if body.stream:
            return StreamingResponse(iter([formatted.format_reply(reply.text, reply_id)]), media_type=EVENT_STREAM)
        output = output_body(reply.text, ())
        return response_body(output, None, response_id=reply_id, model=body.model, created=created)
    events = await begin_answer(request, collection, body.messages, body.metadata, admitted)
    if body.stream:
        return stream_answer(events, formatted, services.stopping)
    answer = await finish_answer(events, request)
    output = output_body(*content.finish(answer))
    return response_body(output, answer, response_id=answer.id, model=body.model, created=created)


@router.get("/v1/models", summary="The models that OpenAI clients can ask: one for each collection")
async def list_models(request: Request, services: AppServices) -> ModelsBody:
    names = [SERVED_MODEL, *named_collections(request)]
    return ModelsBody(data=tuple(ModelBody(id=name, created=services.started) for name in names))


@router.get("/v1/models/{name:path}", summary="One model", responses={404: {"description": "No such model."}})
async def show_model(name: str, request: Request, services: AppServices) -> ModelBody:
    asked_collection(request, name)
    return ModelBody(id=name, created=services.started)
