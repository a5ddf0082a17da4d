"""Errors as problem objects (RFC 9457), in OpenAI's form on its routes, as pages for browsers."""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from rag.api.access.rules import scopes_for
from rag.api.feedback.wire import FeedbackBody
from rag.api.middleware.collections import COLLECTIONS
from rag.api.middleware.root_path import root_of
from rag.api.pages import render_error_page
from rag.api.telemetry.request_ids import current_request_id
from rag.errors import CollectionNotFound, RagError, TryLater
from rag.wire.answers import AskBody, ProblemBody
from rag.wire.filters import FiltersBody
from rag.wire.invalid_fields import explain_field
from rag.wire.openai.errors import error_body, error_status, is_openai_client, not_offered, speaks_openai
from rag.wire.search import SearchQuery

_logger = logging.getLogger(__name__)

FAULT = "the server failed; its log says why"
METHODS = ("GET", "POST", "DELETE")
HEADERS_BY_STATUS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "3"}}
_MAX_FIELD_CHARACTERS = 40
_MAX_PATH_CHARACTERS = 100
_NO_JSON = "json_invalid"
_EXAMPLE = '{"question": "…"}'
_OPENAI_EXAMPLE = '{"model": "…", "messages": [{"role": "user", "content": "…"}]}'
_FOR_PROGRAMS = ("/v1/", "/static/")
# An error whose code is not here gives 500.
_CODES_BY_STATUS = {
    400: {"body_invalid"},
    401: {"key_refused", "visitor_refused"},
    403: {"scope_missing", "link_refused"},
    404: {"document_not_found", "conversation_not_found", "answer_not_found", "model_not_found"}
    | {"collection_not_found"}
    | {"original_not_served"},
    409: {"key_reused"},
    410: {"original_gone"},
    422: {"question_invalid", "document_refused"},
    429: {error.code for error in TryLater.__subclasses__()},
    503: {"index_missing", "index_stale", "index_corrupt", "model_missing", "model_corrupt", "not_ready", "stopping"}
    | {"reader_gone", "conversations_unavailable", "feedback_unavailable", "keys_unavailable"},
}


def problem_of(error: RagError) -> ProblemBody:
    """Return the problem object of an error; log one that nothing else logs."""
    status = next((status for status, codes in _CODES_BY_STATUS.items() if error.code in codes), 500)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.error("a request failed: %s", error)
        return make_problem(status, error.code, FAULT)
    if error.code == "keys_unavailable":
        _logger.error("a request was not answered: %s", error)
    return make_problem(status, error.code, error.public)


def make_problem(status: int, code: str, detail: str) -> ProblemBody:
    """Return a problem object; its title is the standard phrase of the status."""
    return ProblemBody(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=current_request_id(),
    )


def install_problems(app: FastAPI) -> None:
    """Answer each expected error with a problem object; `FaultsAsProblems` answers the others."""

    @app.exception_handler(RagError)
    async def on_our_error(request: Request, error: RagError) -> Response:
        return respond_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
        if any(one["type"] == _NO_JSON or one["loc"] == ("body",) for one in error.errors()):
            return respond(request, _no_json_object(request))
        return respond(request, make_problem(422, "request_invalid", _explain(request, error)), _place_of(error))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RagError):
            # FastAPI wraps what is raised while it reads a body.
            return respond_to(request, error.__cause__)
        if error.status_code == HTTPStatus.BAD_REQUEST:
            # FastAPI rejects bytes that are not text before it parses JSON.
            return respond(request, _unreadable_body(request))
        path = request.scope["path"][:_MAX_PATH_CHARACTERS]
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _methods_at(request)
            detail = f"{request.method} {path} is not possible; use {headers['Allow']}"
        elif error.status_code == HTTPStatus.NOT_FOUND:
            return respond(request, nothing_here(request))
        else:
            detail = f"{request.method} {path}: {error.detail}"
        reply = respond(request, make_problem(error.status_code, code, detail))
        reply.headers.update(headers)
        return reply


def respond_to(request: Request, error: RagError) -> Response:
    """Return the response for an error, with the time to wait if it passes by itself."""
    reply = respond(request, problem_of(error))
    if isinstance(error, TryLater):
        reply.headers["Retry-After"] = str(error.seconds_to_wait)
    return reply


def nothing_here(request: Request) -> ProblemBody:
    """Return the problem of a path that leads nowhere."""
    path = request.scope["path"][:_MAX_PATH_CHARACTERS]
    if path.startswith(COLLECTIONS):
        return problem_of(no_collection_at("/".join(path.split("/", 3)[:3])))
    if _expects_openai(request):
        return make_problem(404, "not_found", not_offered(request.method, path))
    return make_problem(404, "not_found", f"there is nothing at {path}; GET /openapi.json lists what there is")


def no_collection_at(path: str) -> CollectionNotFound:
    """Return the error of a collection that is not there for the caller, whoever else has it."""
    return CollectionNotFound(
        f"there is no collection at {path}", next_step="GET /v1/collections lists those that you can ask"
    )


def respond(request: Request, problem: ProblemBody, place: str | None = None) -> Response:
    """Return the response for a problem: a page, OpenAI's form on its routes, or the object.

    Args:
        place: The invalid field of the request, if there is one.
    """
    request.state.problem = problem.code
    # The host in `request.url` may be invalid.
    path = request.scope["path"]
    is_for_a_person = request.method == "GET" and not path.startswith(_FOR_PROGRAMS)
    if is_for_a_person and "text/html" in request.headers.get("accept", ""):
        is_closed = problem.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        page = render_error_page(problem.title, problem.detail, root_of(request), is_closed=is_closed)
        return HTMLResponse(page, problem.status)
    headers = HEADERS_BY_STATUS.get(problem.status)
    if _expects_openai(request):
        return JSONResponse(error_body(problem, place, path).model_dump(), error_status(problem.status), headers)
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type="application/problem+json")


def _expects_openai(request: Request) -> bool:
    """Return whether errors have OpenAI's form: on its paths, or unknown ones for its clients."""
    path = request.scope["path"]
    if speaks_openai(path):
        return True
    is_unknown = path.startswith("/v1/") and scopes_for(request.scope) is None
    return is_unknown and is_openai_client(request.headers)


def _methods_at(request: Request) -> str:
    """Return the methods of a path; Starlette names only those of the first route there."""
    return ", ".join(
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    )


def _no_json_object(request: Request) -> ProblemBody:
    example = _OPENAI_EXAMPLE if speaks_openai(request.url.path) else _EXAMPLE
    detail = f"the body is not a JSON object; send one such as {example} with Content-Type: application/json"
    return make_problem(400, "body_not_json", detail)


def _unreadable_body(request: Request) -> ProblemBody:
    """Return the problem of bytes that are neither text nor a form."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return _no_json_object(request)
    detail = "the form cannot be read; send one such as curl -F file=@report.pdf"
    return make_problem(400, "request_invalid", detail)


def _place_of(error: RequestValidationError) -> str:
    """Return the path of the first invalid field."""
    place = error.errors()[0]["loc"]
    return ".".join(str(part)[:_MAX_FIELD_CHARACTERS] for part in place[1:] if isinstance(part, str)) or str(place[0])


def _explain(request: Request, error: RequestValidationError) -> str:
    """Return the invalid field and what is wrong, never the value: it may be a question."""
    first = error.errors()[0]
    where = _place_of(error)
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(_names_beside(first["loc"], request.scope["path"])))
        return f"{where} is unknown; the known names are {known}"
    if first["type"] == "string_pattern_mismatch":
        return f"{where}: the server did not issue this value; take it from an earlier reply"
    return explain_field(where, first)


def _names_beside(place: Sequence[str | int], path: str) -> Iterable[str]:
    """Return the known names at the place of an unknown one."""
    if place[0] == "query":
        return [field.alias or name for name, field in SearchQuery.model_fields.items()]
    if path == "/v1/feedback":
        return FeedbackBody.model_fields
    return FiltersBody.model_fields if "filters" in place[:-1] else AskBody.model_fields
