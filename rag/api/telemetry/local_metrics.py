"""Middleware: GET /metrics without a key, for a collector on this machine."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.api.access.this_machine import is_on_this_machine

METRICS_PATH = "/metrics"


class LocalMetrics:
    """Answers a loopback address itself, if it came through no proxy; others need a key."""

    def __init__(self, app: ASGIApp, expose: Callable[[Request], Response]) -> None:
        self._app = app
        self._expose = expose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asked = scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", METRICS_PATH)
        if is_asked and is_on_this_machine(scope):
            await self._expose(Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)
