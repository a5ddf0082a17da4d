"""Middleware: checks the host, answers HEAD as GET, reports large bodies as problem objects."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import make_problem, problem_response

_TOO_LARGE = 413


class LargeBodyProblem:
    """Replaces the plain text that Starlette's body limit sends as 413 by a problem object."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_problem(message: Message) -> None:
            nonlocal is_replaced
            if is_replaced:
                return
            if message.get("status") != _TOO_LARGE:
                await send(message)
                return
            is_replaced = True
            max_bytes = scope[MAX_BODY_SIZE_SCOPE_KEY]
            problem = make_problem(
                _TOO_LARGE, "content_too_large", f"the request is larger than {max_bytes:,} bytes; send less"
            )
            await problem_response(problem, scope["path"])(scope, receive, send)

        await self._app(scope, receive, send_problem)


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
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, header: bytes) -> bool:
        try:
            host = (urlsplit("//" + header.decode("ascii")).hostname or "").lower()
        except ValueError:
            return False
        return not header or "*" in self._allowed or host in self._allowed | {"localhost"} or _is_address(host)


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


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
