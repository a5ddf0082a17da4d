"""GET /v1/search and /v1/documents: what the index holds, as JSON."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rag.api.citation_links.issuing import links_of
from rag.api.services import AskedCollection, SearchTurn, VisibleAnswerer, caller_of, visible_answerer
from rag.retrieval.search import search_for
from rag.wire.documents import DocumentsBody, DocumentTextBody, document_text_body, documents_body
from rag.wire.search import SearchBody, SearchQuery, search_body

router = APIRouter()


@router.get(
    "/v1/search",
    tags=["search"],
    summary="Find passages",
    dependencies=[SearchTurn],
    responses={200: {"model": SearchBody}},
)
async def search(wanted: Annotated[SearchQuery, Query()], request: Request, collection: AskedCollection) -> Response:
    retriever = (await visible_answerer(request)).retriever
    search_these = partial(
        search_for,
        wanted.q,
        retriever,
        k=wanted.k,
        max_characters=collection.settings.max_question_characters,
        filters=wanted.as_filters(),
    )
    found = await asyncio.to_thread(search_these)
    links = links_of(request, collection)
    body = search_body(found, retriever.version, explain=wanted.explain)
    body = body.model_copy(update={"hits": tuple(map(links.hit, body.hits))})
    # The body is valid; FastAPI would validate it again.
    return Response(body.model_dump_json(), media_type="application/json")


@router.get(
    "/v1/documents",
    tags=["documents"],
    summary="List the documents",
    responses={200: {"model": DocumentsBody}},
)
async def list_documents(answerer: VisibleAnswerer, request: Request, collection: AskedCollection) -> Response:
    retriever = answerer.retriever
    waiting, sees_all = collection.upkeep.waiting(retriever.version), caller_of(request).groups is None

    def listed() -> bytes:
        entries = retriever.entries()
        # A file that is not indexed yet may be of any group.
        shown = waiting if sees_all else waiting & {entry.uri for entry in entries}
        return documents_body(retriever.version, entries, shown).model_dump_json().encode()

    return Response(await asyncio.to_thread(listed), media_type="application/json")


@router.get(
    "/v1/documents/{document_id}",
    tags=["documents"],
    summary="One document with its text",
    responses={200: {"model": DocumentTextBody}, 404: {"description": "No such document."}},
)
async def show_document(document_id: str, answerer: VisibleAnswerer) -> Response:
    retriever = answerer.retriever
    body = await asyncio.to_thread(
        lambda: document_text_body(retriever.document(document_id)).model_dump_json().encode()
    )
    return Response(body, media_type="application/json")
