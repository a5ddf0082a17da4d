"""The pages that people read, and the widget: HTML, CSS and JavaScript."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag.api.engine_loader import EngineLoader
from rag.api.pages import PAGE_HEADERS, WEB_FOLDER, render_chat_page, render_document_page, render_documents_page
from rag.errors import DocumentNotFound
from rag.types import Span

_STATIC_FILES = {"pages.css": "text/css", "document.js": "text/javascript"}
_MAX_OFFSET = 10**10


def make_router(loader: EngineLoader, title: str) -> APIRouter:
    """Return the routes of the chat page, the documents' pages and the files that they load."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def chat_page() -> HTMLResponse:
        return HTMLResponse(render_chat_page(title), headers=PAGE_HEADERS)

    @router.get("/documents")
    async def documents_page() -> HTMLResponse:
        retriever = (await loader.engine()).retriever
        entries = await asyncio.to_thread(retriever.entries)
        return HTMLResponse(render_documents_page(entries), headers=PAGE_HEADERS)

    @router.get("/documents/{document_id}")
    async def document_page(
        document_id: str,
        start: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
        end: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
    ) -> HTMLResponse:
        retriever = (await loader.engine()).retriever
        marked = Span(start, end) if start is not None and end is not None else None
        page = await asyncio.to_thread(lambda: render_document_page(retriever.document(document_id), marked).encode())
        return HTMLResponse(page, headers=PAGE_HEADERS)

    @router.get("/widget.js")
    async def widget(request: Request) -> Response:
        # Sites of any origin load the script; what it may ask is decided by the allowed origins.
        headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        return _file_response(request, "widget.js", "text/javascript", headers)

    @router.get("/static/{name}")
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
