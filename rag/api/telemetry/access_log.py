"""Middleware: log and count each request, without anything that a reader or a key says."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.access.caller import Caller
from rag.api.access.rules import template_of
from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.telemetry.logs import log_event
from rag.api.telemetry.metrics import Metrics

_logger = logging.getLogger(__name__)

REFUSED = "refused"
"""Where the state of a request holds its `Refusal`, if there is one."""
NO_ROUTE = "none"
"""The route of a request whose path is none of ours."""
# They are asked every few seconds, by programs.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
# 503: it still loads, or says in the log what is wrong.
_USUAL = frozenset({200, 503})
METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
"""What logs and metrics call by its name; all else is `other`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reply that a client got from the connection, in place of the app's."""

    status: int
    code: str
    n_bytes: int


class AccessLog:
    """Counts a request, and logs route, status, time, bytes and key, never its path or query."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, n_bytes, is_whole = self._clock(), 0, 0, False

        async def send_and_count(message: Message) -> None:
            nonlocal status, n_bytes, is_whole
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                n_bytes += len(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            await send(message)

        # Those who handle the request add to it who asks and what is wrong.
        state = scope.setdefault("state", {})
        try:
            with self._metrics.request_in_flight():
                await self._app(scope, receive, send_and_count)
        finally:
            route = template_of(scope) or NO_ROUTE
            method = scope["method"] if scope["method"] in METHODS else "other"
            seconds = self._clock() - began
            refusal: Refusal | None = state.get(REFUSED)
            if refusal:
                status, n_bytes, state["problem"] = refusal.status, refusal.n_bytes, refusal.code
            self._metrics.count_request(method, route, status, seconds)
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self._metrics.count_refused(state.get("problem", "other"))
            caller: Caller | None = state.get("caller")
            log_event(
                _logger,
                "request",
                level=logging.DEBUG if route in _QUIET and status in _USUAL else logging.INFO,
                method=method,
                route=route,
                collection=scope.get(NAMED_COLLECTION, "").rpartition("/")[2] or None,
                status=status,
                ms=round(seconds * 1000, 1),
                bytes=n_bytes,
                key=caller.key_name if caller else None,
                code=state.get("problem"),
                ended=None if is_whole else "early",
            )
