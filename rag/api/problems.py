"""Errors as problem objects (RFC 9457), and as pages where a person's browser asked for one."""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from rag.api.pages import PAGE_HEADERS, render_error_page
from rag.api.search_wire import SearchQuery
from rag.api.wire import AskBody, FiltersBody, ProblemBody
from rag.errors import RagError

_logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024
_RETRY_SECONDS = "3"
_MAX_FIELD_CHARACTERS = 40
_NO_JSON = "json_invalid"
_NOT_JSON = 'the body is no JSON object; send one such as {"question": "…"} with Content-Type: application/json'
_FOR_PROGRAMS = ("/v1/", "/static/")


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
        if any(one["type"] == _NO_JSON or one["loc"] == ("body",) for one in error.errors()):
            return _respond(request, make_problem(400, "body_not_json", _NOT_JSON))
        return _respond(request, make_problem(422, "request_invalid", _explain(error)))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _respond(request, too_large(int(error.detail) if error.detail.isdigit() else MAX_BODY_BYTES))
        if error.status_code == HTTPStatus.BAD_REQUEST:
            # Bytes that are no text: FastAPI gives up before it looks for JSON.
            return _respond(request, make_problem(400, "body_not_json", _NOT_JSON))
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        asked = f"{request.method} {request.url.path[:100]}"
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{asked} is not possible; use {(error.headers or {}).get('Allow', 'another method')}"
        elif error.status_code == HTTPStatus.NOT_FOUND:
            detail = f"there is nothing at {request.url.path[:100]}; GET /openapi.json lists what there is"
        else:
            detail = f"{asked}: {error.detail}"
        reply = _respond(request, make_problem(error.status_code, code, detail))
        reply.headers.update(error.headers or {})
        return reply

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _respond(
            request, make_problem(500, "internal_error", "Something broke in the server; its log says what.")
        )


def _respond(request: Request, problem: ProblemBody) -> Response:
    is_for_a_person = request.method == "GET" and not request.url.path.startswith(_FOR_PROGRAMS)
    if is_for_a_person and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(render_error_page(problem.title, problem.detail), problem.status, PAGE_HEADERS)
    return problem_response(problem)


def problem_response(problem: ProblemBody) -> JSONResponse:
    """Return the reply that carries a problem object."""
    headers = {"Retry-After": _RETRY_SECONDS} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type="application/problem+json")


def too_large(max_bytes: int) -> ProblemBody:
    """Return the problem of a body over the limit."""
    return make_problem(413, "content_too_large", f"the request is larger than {max_bytes:,} bytes; send less")


def _explain(error: RequestValidationError) -> str:
    """Name the field and what is wrong with it, never the value: it may be a reader's question."""
    first = error.errors()[0]
    where = ".".join(str(part)[:_MAX_FIELD_CHARACTERS] for part in first["loc"][1:] if isinstance(part, str)) or str(
        first["loc"][0]
    )
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(_names_beside(first["loc"])))
        return f"{where} is unknown here; there are {known}"
    return f"{where}: {first['msg']}"


def _names_beside(place: Sequence[str | int]) -> Iterable[str]:
    """Return the names that may stand where an unknown one did."""
    if place[0] == "query":
        return SearchQuery.model_fields
    return FiltersBody.model_fields if "filters" in place[:-1] else AskBody.model_fields
