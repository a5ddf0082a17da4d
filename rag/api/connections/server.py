"""Run uvicorn with bounded connections, and let open answers end when it is told to stop."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from rag.api.connections.protocol import CLOSE_HEADER, MAX_HEAD_BYTES, ConnectionLimits, protocol_with
from rag.api.connections.supervisor import report_ready
from rag.api.telemetry.logs import log_event
from rag.assembly.settings import Settings

_logger = logging.getLogger(__name__)

# For answers to send their last words after they were told to end.
_SECONDS_FOR_LAST_WORDS = 5
# An answer may hold a second connection, to an LLM server; the rest is for files.
_FILES_A_CONNECTION, _MORE_FILES = 2, 256


def make_server(app: FastAPI, settings: Settings, on_hangup: Callable[[], None] | None = None) -> uvicorn.Server:
    """Return a server for an app of `create_app`.

    Args:
        on_hangup: Called at SIGHUP; only for a server in the main thread. None leaves the signal to
            Python, which ends the process.
    """
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    limits = ConnectionLimits(
        n_connections=settings.max_connections,
        head_seconds=settings.request_head_seconds,
        body_seconds=settings.request_body_seconds,
        read_seconds=settings.slow_reader_seconds,
    )
    config = uvicorn.Config(
        app,
        http=protocol_with(limits),
        ws="none",
        # uvloop accepts one connection in each turn of the loop: under load they wait seconds.
        loop="asyncio",
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        # The app does it, because it has to see who really connected.
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings.drain_seconds) + _SECONDS_FOR_LAST_WORDS,
    )
    return _DrainingServer(config, app.state.services.stopping, settings.drain_seconds, on_hangup)


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether uvicorn says what no line of ours says: "a connection was refused" does."""
    return record.msg != "Invalid HTTP request received."


class _DrainingServer(uvicorn.Server):
    """Sets an event some seconds after it was told to stop; answers in progress then end."""

    def __init__(
        self,
        config: uvicorn.Config,
        stopping: asyncio.Event,
        drain_seconds: float,
        on_hangup: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._on_hangup = on_hangup
        self._stopping = stopping
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_hangup:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._on_hangup)
        await super().startup(sockets)
        report_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The client's next request then comes over a new connection, which another process accepts.
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE_HEADER]
        timer = asyncio.get_running_loop().call_later(self._drain_seconds, self._stopping.set)
        await super().shutdown(sockets)
        timer.cancel()


def allow_open_files(n_connections: int) -> None:
    """Let this process open as many files as its connections may need, or warn that it cannot.

    Most systems allow 1,024 until a process asks for more. Without a free one, nobody can connect.
    """
    n_needed = _FILES_A_CONNECTION * n_connections + _MORE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= n_needed:
        return
    n_allowed = n_needed if hard == resource.RLIM_INFINITY else min(n_needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (n_allowed, hard))
    if n_allowed < n_needed:
        log_event(
            _logger,
            "too few open files are allowed for max_connections; raise `ulimit -Hn` or lower the setting",
            level=logging.WARNING,
            allowed=n_allowed,
            needed=n_needed,
        )
