"""Errors as problem objects (RFC 9457), and as pages where a person's browser asked for one."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.pages import render_error_page
from rag.api.wire import ProblemBody
from rag.errors import RagError

_logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024
_RETRY_SECONDS = "3"
_MAX_FIELD_CHARACTERS = 40
_PAGES = ("/", "/documents")


def make_problem(status: int, code: str, detail: str) -> ProblemBody:
    """Return the problem object of a status; its title is the status's standard phrase."""
    return ProblemBody(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)


def install_problems(app: FastAPI) -> None:
    """Make every error of the app a problem object; none shows a stack trace."""

    @app.exception_handler(RagError)
    async def on_our_error(request: Request, error: RagError) -> Response:
        return _respond(request, make_problem(error.status, error.code, str(error)))

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
        return _respond(request, make_problem(422, "request_invalid", _explain(error)))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _respond(request, _too_large(MAX_BODY_BYTES))
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        detail = f"{request.method} {request.url.path[:100]}: {error.detail}; GET /openapi.json lists what there is"
        reply = _respond(request, make_problem(error.status_code, code, detail))
        reply.headers.update(error.headers or {})
        return reply

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _respond(
            request, make_problem(500, "internal_error", "Something broke in the server; its log says what.")
        )


class BodyLimit:
    """Refuses request bodies over a size before they are read into memory."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        n_bytes = 0
        declared = dict(scope["headers"]).get(b"content-length", b"0")

        async def receive_limited() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        if declared.isdigit() and int(declared) > self._max_bytes:
            await _problem_response(_too_large(self._max_bytes))(scope, receive, send)
            return
        await self._app(scope, receive_limited, send)


def _respond(request: Request, problem: ProblemBody) -> Response:
    is_page = request.url.path == _PAGES[0] or request.url.path.startswith(_PAGES[1])
    if is_page and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(render_error_page(problem.title, problem.detail), problem.status)
    return _problem_response(problem)


def _problem_response(problem: ProblemBody) -> JSONResponse:
    headers = {"Retry-After": _RETRY_SECONDS} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type="application/problem+json")


def _too_large(max_bytes: int) -> ProblemBody:
    return make_problem(
        413, "content_too_large", f"the request is larger than {max_bytes} bytes; ask a shorter question"
    )


def _explain(error: RequestValidationError) -> str:
    """Name the field and what is wrong with it, never the value: it may be a reader's question."""
    first = error.errors()[0]
    where = ".".join(str(part)[:_MAX_FIELD_CHARACTERS] for part in first["loc"][1:] if isinstance(part, str)) or str(
        first["loc"][0]
    )
    return f"{where}: {first['msg']}"
