"""GET /v1/search and /v1/documents: what the index holds, as JSON."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from rag.api.engine_loader import EngineLoader
from rag.retrieval.search import search_for
from rag.wire.answers import (
    DocumentsBody,
    DocumentTextBody,
    ProblemBody,
    document_text_body,
    documents_body,
)
from rag.wire.search import SearchBody, SearchQuery, search_body


def make_router(
    loader: EngineLoader, max_question_characters: int, waiting: Callable[[str], Collection[str]]
) -> APIRouter:
    """Return the routes that search and list; `waiting` gives the uris of changes that are not indexed yet."""
    router = APIRouter()

    @router.get(
        "/v1/search",
        tags=["search"],
        summary="Find passages",
        responses={200: {"model": SearchBody}, 503: {"model": ProblemBody}},
    )
    async def search(wanted: Annotated[SearchQuery, Query()]) -> Response:
        retriever = (await loader.engine()).retriever
        search_these = partial(
            search_for,
            wanted.q,
            retriever,
            k=wanted.k,
            max_characters=max_question_characters,
            filters=wanted.as_filters(),
        )
        found = await asyncio.to_thread(search_these)
        body = search_body(found, retriever.version, explain=wanted.explain)
        # It is valid as it is: FastAPI would look through all of it once more.
        return Response(body.model_dump_json(), media_type="application/json")

    @router.get("/v1/documents", tags=["documents"], summary="List the documents")
    async def list_documents() -> DocumentsBody:
        retriever = (await loader.engine()).retriever
        entries = await asyncio.to_thread(retriever.entries)
        return documents_body(retriever.version, entries, waiting(retriever.version))

    @router.get(
        "/v1/documents/{document_id}",
        tags=["documents"],
        summary="One document with its text",
        responses={200: {"model": DocumentTextBody}, 404: {"model": ProblemBody}},
    )
    async def show_document(document_id: str) -> Response:
        retriever = (await loader.engine()).retriever
        body = await asyncio.to_thread(
            lambda: document_text_body(retriever.document(document_id)).model_dump_json().encode()
        )
        return Response(body, media_type="application/json")

    return router
