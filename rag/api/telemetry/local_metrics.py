"""Middleware: GET /metrics without a key, for a collector on this machine."""

from collections.abc import Callable
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_PATH = "/metrics"
# A proxy on this machine sends at least one of them.
_FORWARDED = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


class LocalMetrics:
    """Answers a loopback address itself, if it came through no proxy; others need a key."""

    def __init__(self, app: ASGIApp, expose: Callable[[Request], Response]) -> None:
        self._app = app
        self._expose = expose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", _PATH) and _is_local(scope):
            await self._expose(Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    sender = (scope.get("client") or ("",))[0]
    try:
        is_loopback = ip_address(sender).is_loopback
    except ValueError:
        return False
    return is_loopback and not any(name in _FORWARDED for name, _ in scope["headers"])
