"""The pages that people read, and the files that these load: HTML, CSS and JavaScript."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

from rag.api.citation_links.issuing import links_of
from rag.api.file_responses import if_changed
from rag.api.middleware.root_path import root_of
from rag.api.pages import render_chat_page, render_document_page, render_documents_page, render_passage_page
from rag.api.services import AskedCollection, VisibleAnswerer
from rag.types import Span
from rag.wire.templates import WEB_FOLDER

_STATIC_FILES = {"pages.css": "text/css", "document.js": "text/javascript"}
_FILE_HEADERS = {"Cache-Control": "no-cache"}
# Any site may load the widget; `allowed_origins` says which may ask.
_WIDGET_HEADERS = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_WIDGET_FOLDER = WEB_FOLDER / "widget"
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_HASHED_NAME = re.compile(r"[a-z_]+-[A-Z0-9]{8}\.js")
_MAX_OFFSET = 10**10
router = APIRouter(include_in_schema=False)


@router.get("/")
async def chat_page(request: Request, collection: AskedCollection) -> HTMLResponse:
    settings, root = collection.settings, root_of(request)
    page = render_chat_page(settings.title, settings.greeting, root, has_documents=settings.public_documents)
    return HTMLResponse(page)


@router.get("/documents")
async def documents_page(request: Request, answerer: VisibleAnswerer) -> HTMLResponse:
    root = root_of(request)

    def render() -> bytes:
        return render_documents_page(answerer.retriever.entries(), root).encode()

    return HTMLResponse(await asyncio.to_thread(render))


@router.get("/documents/{document_id}")
async def document_page(  # noqa: PLR0917 -- FastAPI calls it by name
    document_id: str,
    request: Request,
    answerer: VisibleAnswerer,
    collection: AskedCollection,
    start: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
    end: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
) -> HTMLResponse:
    retriever = answerer.retriever
    marked = Span(start, end) if start is not None and end is not None else None
    links, root = links_of(request, collection), root_of(request)

    def render() -> bytes:
        document = retriever.document(document_id, marked)
        links.require_unchanged(document)
        if not links.shows_texts:
            return render_passage_page(document, marked or Span(0, 0), root).encode()
        has_nav = links.caller.kind == "open"
        return render_document_page(document, marked, root, file_of=links.file_of, has_nav=has_nav).encode()

    return HTMLResponse(await asyncio.to_thread(render))


@router.get("/widget.js")
async def widget(request: Request) -> Response:
    return _web_file(request, "widget/loader.js", "text/javascript", _WIDGET_HEADERS)


@router.get("/widget/{name}")
async def widget_file(request: Request, name: str) -> Response:
    """Send what the loader fetches; the names hold a hash of the content.

    A page that was open while the server was upgraded asks for a file of another version. It gets
    the present one, and keeps it for this time only.
    """
    if not _HASHED_NAME.fullmatch(name):
        raise HTTPException(404)
    if (_WIDGET_FOLDER / name).is_file():
        return _web_file(request, f"widget/{name}", "text/javascript", {**_WIDGET_HEADERS, **_FOREVER})
    present = sorted(_WIDGET_FOLDER.glob(f"{name.split('-', maxsplit=1)[0]}-*.js"))
    if len(present) != 1:
        raise HTTPException(404)
    return _web_file(request, f"widget/{present[0].name}", "text/javascript", _WIDGET_HEADERS)


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    if name not in _STATIC_FILES:
        raise HTTPException(404)
    return _web_file(request, name, _STATIC_FILES[name], {})


def _web_file(request: Request, name: str, media_type: str, headers: dict[str, str]) -> Response:
    path = WEB_FOLDER / name
    response = if_changed(FileResponse(path, media_type=media_type, stat_result=path.stat()), request)
    response.headers.update({**_FILE_HEADERS, **headers})
    return response
