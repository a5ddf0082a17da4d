"""Search, documents and the pages that people read."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag.api.loading import EngineLoader
from rag.api.pages import WEB_FOLDER, render_chat_page, render_document_page, render_documents_page
from rag.api.wire import (
    DocumentsBody,
    DocumentTextBody,
    ProblemBody,
    SearchBody,
    document_body,
    document_text_body,
    search_body,
)
from rag.errors import DocumentNotFound
from rag.questions import validate_question
from rag.types import Span

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_PAGE_HEADERS = {"Content-Security-Policy": _CONTENT_SECURITY_POLICY, "Referrer-Policy": "same-origin"}
_STATIC_FILES = {"pages.css": "text/css", "document.js": "text/javascript"}
_MAX_OFFSET = 10**10


def make_router(loader: EngineLoader, title: str, max_question_characters: int) -> APIRouter:
    """Return the routes that read the index."""
    router = APIRouter()

    @router.get("/v1/search", tags=["search"], summary="Find passages", responses={503: {"model": ProblemBody}})
    async def search(
        q: Annotated[str, Query(description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=100, description="How many hits.")] = 10,
    ) -> SearchBody:
        query = validate_question(q, max_question_characters)
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

    @router.get("/", include_in_schema=False)
    async def chat_page() -> HTMLResponse:
        return HTMLResponse(render_chat_page(title), headers=_PAGE_HEADERS)

    @router.get("/documents", include_in_schema=False)
    async def documents_page() -> HTMLResponse:
        retriever = (await loader.engine()).retriever
        return HTMLResponse(render_documents_page(retriever.documents()), headers=_PAGE_HEADERS)

    @router.get("/documents/{document_id}", include_in_schema=False)
    async def document_page(
        document_id: str,
        start: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
        end: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
    ) -> HTMLResponse:
        document = (await loader.engine()).retriever.document(document_id)
        marked = Span(start, end) if start is not None and end is not None else None
        return HTMLResponse(render_document_page(document, marked), headers=_PAGE_HEADERS)

    @router.get("/widget.js", include_in_schema=False)
    async def widget(request: Request) -> Response:
        # Sites of any origin load the script; what it may ask is decided by the allowed origins.
        headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        return _file_response(request, "widget.js", "text/javascript", headers)

    @router.get("/static/{name}", include_in_schema=False)
    async def static_file(request: Request, name: str) -> Response:
        if name not in _STATIC_FILES:
            raise DocumentNotFound("no such file under /static")
        return _file_response(request, name, _STATIC_FILES[name], {})

    return router


def _file_response(request: Request, name: str, media_type: str, headers: dict[str, str]) -> Response:
    """Return a file with an ETag, so that browsers ask again but need not fetch again."""
    content = (WEB_FOLDER / name).read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {**headers, "ETag": etag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
