"""Middleware: checks the host, answers HEAD as GET, turns faults and plain errors into problems."""

import logging
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import FAULT, make_problem, respond
from rag.assembly.server_settings import is_address
from rag.wire.answers import ProblemBody

_logger = logging.getLogger(__name__)

_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_BODY_HEADERS = ("content-type", "content-length")


class PlainErrorsAsProblems:
    """Replaces the errors that Starlette sends itself, most as plain text, by problem objects."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_problem(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and _is_starlettes(message):
                is_replaced = True
                reply = respond(Request(scope), _problem_behind(message["status"], scope))
                headers = Headers(raw=message["headers"])
                reply.headers.update({name: headers[name] for name in headers if name not in _BODY_HEADERS})
                await reply(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self._app(scope, receive, send_problem)


class FaultsAsProblems:
    """Logs an exception that nothing expected, once, and answers it with a problem object.

    Starlette's own way sends the reply outside of all middleware, and raises the exception again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            if has_started or scope["type"] != "http":
                # Only the HTTP server can break off a reply.
                raise
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            problem = make_problem(500, "internal_error", FAULT)
            await respond(Request(scope), problem)(scope, receive, send)


class HostGuard:
    """Answers only under the names that readers know this server by.

    Any site can make its name resolve to this machine (DNS rebinding); its page could then read the
    documents. Bare addresses and localhost belong to no site and are always allowed, which
    Starlette's TrustedHostMiddleware cannot do.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_allowed(dict(scope["headers"]).get(b"host", b"")):
            problem = make_problem(
                421,
                "host_not_allowed",
                "this server does not answer under that name; its owner can add the name to the setting allowed_hosts",
            )
            await respond(Request(scope), problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, header: bytes) -> bool:
        try:
            host = (urlsplit("//" + header.decode("ascii")).hostname or "").lower()
        except ValueError:
            return False
        return not header or "*" in self._allowed or host in self._allowed | {"localhost"} or is_address(host)


class HeadAsGet:
    """Answers HEAD as GET, without the body; FastAPI's routes do not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def _is_starlettes(message: Message) -> bool:
    """Return whether a response is an error that no handler of ours made."""
    is_text = Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
    return message["status"] == _TOO_LARGE or (message["status"] >= HTTPStatus.BAD_REQUEST and is_text)


def _problem_behind(status: int, scope: Scope) -> ProblemBody:
    if status == _TOO_LARGE:
        advice = "a smaller file, or raise max_file_mb" if scope["path"] == "/v1/documents" else "less"
        max_bytes = scope[MAX_BODY_SIZE_SCOPE_KEY]
        return make_problem(
            status, "content_too_large", f"the request is larger than {max_bytes:,} bytes; send {advice}"
        )
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        detail = "the header Range begins after the end of the file; Content-Range has the file's length"
        return make_problem(status, "range_not_satisfiable", detail)
    if scope["method"] == "OPTIONS":
        detail = (
            "a page of this origin may not send that method or these headers; "
            "the server's owner can add the origin to the setting allowed_origins"
        )
        return make_problem(status, "origin_not_allowed", detail)
    detail = "the header Range cannot be read; send one such as bytes=0-499, or none"
    return make_problem(status, "range_invalid", detail)
