"""GET /v1/search and /v1/documents: what the index holds, as JSON."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from rag.api.loading import EngineLoader
from rag.api.wire import (
    DocumentsBody,
    DocumentTextBody,
    ProblemBody,
    SearchBody,
    document_body,
    document_text_body,
    search_body,
)
from rag.questions import validate_question


def make_router(loader: EngineLoader, max_question_characters: int) -> APIRouter:
    """Return the routes that search and list."""
    router = APIRouter()

    @router.get("/v1/search", tags=["search"], summary="Find passages", responses={503: {"model": ProblemBody}})
    async def search(
        q: Annotated[str, Query(description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=100, description="How many hits.")] = 10,
    ) -> SearchBody:
        query = validate_question(q, max_question_characters, "query")
        retriever = (await loader.engine()).retriever
        hits = await asyncio.to_thread(retriever.search, query, k=k)
        documents = [retriever.document(hit.passage.document_id) for hit in hits]
        return search_body(query, retriever.version, hits, documents)

    @router.get("/v1/documents", tags=["documents"], summary="List the documents")
    async def list_documents() -> DocumentsBody:
        retriever = (await loader.engine()).retriever
        bodies = tuple(document_body(document) for document in retriever.documents())
        return DocumentsBody(index_version=retriever.version, documents=bodies)

    @router.get(
        "/v1/documents/{document_id}",
        tags=["documents"],
        summary="One document with its text",
        responses={404: {"model": ProblemBody}},
    )
    async def show_document(document_id: str) -> DocumentTextBody:
        return document_text_body((await loader.engine()).retriever.document(document_id))

    return router
