"""The id of a request, from a trusted proxy or made here: in its reply, log lines and errors."""

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,127}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """Return the id of the request that this code runs for; None outside of one."""
    return _current.get()


def continue_request(request_id: str | None) -> None:
    """Run the rest of this task for a request that began in another one."""
    _current.set(request_id)


class IdentifiedRequests(ProxyHeadersMiddleware):
    """Gives each request an id; takes from trusted proxies the id, the address and the scheme.

    It sees who really connected, so `X-Request-ID` of anybody else is not used.
    """

    def __init__(
        self, app: ASGIApp, trusted_proxies: Sequence[str], make_id: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        super().__init__(app, list(trusted_proxies))  # type: ignore[arg-type]  # uvicorn's own names of the same
        self._make_id = make_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)  # type: ignore[arg-type]
            return
        is_by_proxy = (scope.get("client") or ("",))[0] in self.trusted_hosts
        request_id = (_sent_id(scope) if is_by_proxy else None) or self._make_id()
        _current.set(request_id)
        # What handles a request elsewhere, as MCP does, finds it here.
        scope.setdefault("state", {}).update(request_id=request_id, is_by_proxy=is_by_proxy)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await super().__call__(scope, receive, send_with_id)  # type: ignore[arg-type]


def _sent_id(scope: Scope) -> str | None:
    sent = Headers(scope=scope).getlist(HEADER)
    return sent[0] if len(sent) == 1 and _WELL_FORMED.fullmatch(sent[0]) else None
