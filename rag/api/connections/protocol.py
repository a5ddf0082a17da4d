"""HTTP/1.1 that no single client can hold or fill: uvicorn's protocol on h11, with bounds.

h11 bounds the bytes of trailers and of a head without an end. It reads nothing while an earlier
request of the connection is answered. What it lacks is added here: a bound on a head that comes in
one piece, and deadlines for the head, the body and the reader. What waits for a reader is bounded,
and so are the connections. At the cap, who asks takes the place of who only holds one. `uvicorn
server:app` has none of these.
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from operator import itemgetter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from rag.api.middleware.headers import ALWAYS, PRIVATE
from rag.api.problems import HEADERS_BY_STATUS, make_problem
from rag.api.telemetry.access_log import REFUSED, Refusal
from rag.api.telemetry.logs import log_event

_logger = logging.getLogger(__name__)

# Request line and headers together; nginx allows one line of 8 KB.
MAX_HEAD_BYTES = 16 * 1024
# What waits for a client that reads slowly; beyond it, who writes the reply waits.
MAX_BUFFERED_BYTES = 64 * 1024
# As long as nginx takes (lingering_timeout).
_SECONDS_TO_LEAVE = 5.0
# A proxy or browser may have sent its next request just before the server was told to stop.
_SECONDS_FOR_LAST_REQUEST = 1.0
CLOSE_HEADER = (b"connection", b"close")
_CAN_REPLY = (h11.IDLE, h11.SEND_RESPONSE)
# Where h11 ends a head.
_BLANK_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client, and all of them together, may take.

    Attributes:
        n_connections: The most that are open at the same time.
        head_seconds: From a connection, or the first byte of its next request, to the end of the
            head.
        body_seconds: How often `min_body_bytes` more must have come while a body is sent.
        read_seconds: The longest time in which a client takes nothing of what it is sent.
    """

    n_connections: int
    head_seconds: float
    body_seconds: float
    read_seconds: float
    min_body_bytes: int = 16 * 1024


class _BoundedConnection(h11.Connection):
    """Bounds each head, also one that comes in one piece; h11 measures only what has no end yet."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self.their_state is h11.IDLE:
            received = self.trailing_data[0]
            if len(received) > MAX_HEAD_BYTES and not _BLANK_LINE.search(received, 0, MAX_HEAD_BYTES):
                raise h11.RemoteProtocolError("the head is too large", error_status_hint=431)
        return super().next_event()


class BoundedProtocol(H11Protocol):
    """One connection under limits."""

    limits: ConnectionLimits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.conn = _BoundedConnection(h11.SERVER, MAX_HEAD_BYTES)
        transport.set_write_buffer_limits(MAX_BUFFERED_BYTES)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._n_body_bytes = 0
        self._holds_next = False
        if len(self.connections) > self.limits.n_connections and not self._make_room():
            self._refuse(503, "too_many_connections", "too many clients are connected; try again in a few seconds")
            return
        self._start("head", self.limits.head_seconds, self._end_slow_head)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in self._timers.values():
            timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self.conn.our_state is h11.CLOSED:
            return
        self._n_body_bytes += len(data)
        super().data_received(data)
        if self._cycle_now is not None and self.cycle.transport is self.transport:
            self.cycle.transport = _ReplyTransport(self.transport, self._leave)
        self._watch_request()

    def on_response_complete(self) -> None:
        # Replies to pipelined requests would fill the memory of a server whose client reads none.
        self._holds_next = self.flow.write_paused and not self.transport.is_closing()
        if self._holds_next:
            return
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            # It still sends a body that nobody reads.
            self._start("leave", _SECONDS_TO_LEAVE, self._close)
        self._watch_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._start("read", self.limits.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop("read")
        if self._holds_next:
            self.on_response_complete()

    def shutdown(self) -> None:
        """Close after the response in progress, or after a request that is on its way.

        uvicorn's own closes connections without a response in progress at once. A request that was
        sent in the same moment would fail.
        """
        if self._cycle_now is not None and not self._cycle_now.response_complete:
            self.cycle.default_headers = [*self.cycle.default_headers, CLOSE_HEADER]
            super().shutdown()
        else:
            self._start("stop", _SECONDS_FOR_LAST_REQUEST, self._close_if_idle)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        # Closing waits until the client has read the rest.
        self._start("read", self.limits.read_seconds, self.transport.abort)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- as uvicorn calls it
        """Reply to what is no valid request; uvicorn calls this while it handles h11's error."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            detail = f"the request line and headers have more than {MAX_HEAD_BYTES:,} bytes; send less"
            self._refuse(status, "head_too_large", detail)
        else:
            self._refuse(400, "request_not_http", "this is no valid HTTP/1.1 request")

    @property
    def _cycle_now(self) -> RequestResponseCycle | None:
        """The request in progress, or the last one; uvicorn declares that there is always one."""
        return self.cycle

    def _leave(self) -> None:
        """Close after the last reply of the connection.

        A body that nobody reads may still be arriving. Closing before its end resets the
        connection, and the client would lose the reply (RFC 9112, section 9.6).
        """
        if self.conn.their_state is h11.SEND_BODY:
            self.flow.resume_reading()
            self._start("leave", _SECONDS_TO_LEAVE, self._close)
        else:
            self.transport.close()

    @property
    def owes(self) -> tuple[bool, float] | None:
        """Whether a body or only a head is owed, and by when; None if the client owes nothing.

        The time is that of the event loop, in seconds.
        """
        for name in ("head", "body"):
            if timer := self._timers.get(name):
                return name == "body", timer.when()
        return None

    def give_way(self) -> None:
        """Close without a reply."""
        self._close()

    def _make_room(self) -> bool:
        """Close the connection whose client has owed a request longest; False if none owes one.

        So clients that only hold connections cannot keep out those that ask. A client that has
        begun to send a body goes after all that have not.
        """
        debts = [
            (debt, one)
            for one in self.connections
            if isinstance(one, BoundedProtocol) and one is not self and not one.transport.is_closing()
            if (debt := one.owes)
        ]
        if not debts:
            return False
        _, oldest = min(debts, key=itemgetter(0))
        oldest.give_way()
        return True

    def _watch_request(self) -> None:
        """Start or stop the deadlines for what the client has to send next."""
        if self.transport.is_closing():
            return
        state = self.conn.their_state
        has_begun = self._cycle_now is None or bool(self.conn.trailing_data[0])
        if state is h11.IDLE and has_begun:
            self._start("head", self.limits.head_seconds, self._end_slow_head)
        else:
            self._stop("head")
        if state is h11.SEND_BODY:
            self._start("body", self.limits.body_seconds, self._end_slow_body)
        else:
            self._stop("body")

    def _close_if_idle(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._close()

    def _end_slow_head(self) -> None:
        if self.conn.trailing_data[0]:
            detail = f"the request's head did not arrive within {self.limits.head_seconds:g} seconds"
            self._refuse(408, "request_timeout", detail)
        else:
            self._close()

    def _end_slow_body(self) -> None:
        del self._timers["body"]
        is_slow = self._n_body_bytes < self.limits.min_body_bytes and not self.flow.read_paused
        self._n_body_bytes = 0
        if is_slow:
            detail = f"the request's body came too slowly; send {self.limits.min_body_bytes:,} bytes or its end "
            self._refuse(408, "request_timeout", f"{detail}within {self.limits.body_seconds:g} seconds")
        else:
            self._watch_request()

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Send a problem object, if no response has begun, and close."""
        log_event(_logger, "a connection was refused", status=status, code=code)
        is_head = self._cycle_now is not None and self._cycle_now.scope["method"] == "HEAD"
        if self.conn.our_state in _CAN_REPLY and not is_head:
            body = json.dumps(make_problem(status, code, detail).model_dump()).encode()
            if self._cycle_now is not None and not self._cycle_now.response_complete:
                self._cycle_now.scope["state"][REFUSED] = Refusal(status, code, len(body))
            headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
            headers += [("Connection", "close"), *(ALWAYS | PRIVATE | HEADERS_BY_STATUS.get(status, {})).items()]
            reply = h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase)
            for event in (reply, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self._close()

    def _close(self) -> None:
        self.transport.close()
        self._start("read", self.limits.read_seconds, self.transport.abort)

    def _start(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """Start a timer that does not run yet."""
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, act)

    def _stop(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()


class _ReplyTransport(asyncio.Transport):
    """What a reply is written to: a transport that closes in another way."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._close = close

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._close()


def protocol_with(limits: ConnectionLimits) -> type[BoundedProtocol]:
    """Return the protocol under limits, as uvicorn takes it: a class."""
    return type("BoundedProtocol", (BoundedProtocol,), {"limits": limits})
