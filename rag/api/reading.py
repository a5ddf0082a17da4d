"""GET /v1/search and /v1/documents: what the index holds, as JSON."""

import asyncio
from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from rag.api.loading import EngineLoader
from rag.api.wire import (
    DocumentsBody,
    DocumentTextBody,
    ProblemBody,
    SearchBody,
    document_text_body,
    documents_body,
    search_body,
)
from rag.questions import validate_question
from rag.types import Filters


def make_router(
    loader: EngineLoader, max_question_characters: int, waiting: Callable[[str], Collection[str]]
) -> APIRouter:
    """Return the routes that search and list; `waiting` gives the uris of changes that are not indexed yet."""
    router = APIRouter()

    @router.get("/v1/search", tags=["search"], summary="Find passages", responses={503: {"model": ProblemBody}})
    async def search(
        q: Annotated[str, Query(description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=100, description="How many hits.")] = 10,
        tag: Annotated[list[str], Query(max_length=100, description="Only documents with one of these tags.")] = [],  # noqa: B006
        group: Annotated[list[str], Query(max_length=100, description="Only of these access groups.")] = [],  # noqa: B006
        language: Annotated[list[str], Query(max_length=100, description="ISO 639-1 codes.")] = [],  # noqa: B006
        media_type: Annotated[list[str], Query(max_length=100, description="Only of these kinds.")] = [],  # noqa: B006
        folder: Annotated[str | None, Query(max_length=1000, description="Only below this path.")] = None,
        date_from: Annotated[date | None, Query()] = None,
        date_to: Annotated[date | None, Query()] = None,
    ) -> SearchBody:
        query = validate_question(q, max_question_characters, "query")
        retriever = (await loader.engine()).retriever
        wanted = Filters(
            tags=tuple(tag),
            groups=tuple(group),
            languages=tuple(language),
            media_types=tuple(media_type),
            folder=folder,
            date_from=date_from.isoformat() if date_from else None,
            date_to=date_to.isoformat() if date_to else None,
        )
        hits = await asyncio.to_thread(partial(retriever.search, query, k=k, filters=wanted))
        documents = [retriever.document(hit.passage.document_id) for hit in hits]
        return search_body(query, retriever.version, hits, documents)

    @router.get("/v1/documents", tags=["documents"], summary="List the documents")
    async def list_documents() -> DocumentsBody:
        retriever = (await loader.engine()).retriever
        entries = await asyncio.to_thread(retriever.entries)
        return documents_body(retriever.version, entries, waiting(retriever.version))

    @router.get(
        "/v1/documents/{document_id}",
        tags=["documents"],
        summary="One document with its text",
        responses={404: {"model": ProblemBody}},
    )
    async def show_document(document_id: str) -> DocumentTextBody:
        return document_text_body((await loader.engine()).retriever.document(document_id))

    return router
