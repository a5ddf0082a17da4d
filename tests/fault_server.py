"""A loopback server that answers as LLM servers do on their worst days, byte by byte as scripted."""

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Fault = Callable[[socket.socket], None]

_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
_MODELS = json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}).encode()
ANSWER = "Steve Witkoff met with Putin in Moscow."


def _reply(status: str, body: bytes, kind: str = "application/json", extra: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n"
    )
    return head.encode() + body


def _event(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "1", "choices": [choice]}).encode() + b"\n\n"


def _sends(content: bytes) -> Fault:
    return lambda connection: connection.sendall(content)


def _drips(piece: bytes, pause_seconds: float) -> Fault:
    """Send until the other side hangs up."""

    def send(connection: socket.socket) -> None:
        connection.sendall(_STREAM)
        while True:
            connection.sendall(piece)
            time.sleep(pause_seconds)

    return send


def _is_silent_after(before: bytes) -> Fault:
    """Send no more until the other side hangs up."""

    def send(connection: socket.socket) -> None:
        connection.sendall(before)
        connection.recv(1)

    return send


def _resets(connection: socket.socket) -> None:
    connection.sendall(_STREAM + _event({"content": "Steve "}))
    # Closing with unsent bytes to be lost sends a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


_HALF = _event({"content": "Steve Witkoff met "})
FAULTS: dict[str, Fault] = {
    "429": _sends(_reply("429 Too Many Requests", b"{}")),
    "429 with a short wait": _sends(_reply("429 Too Many Requests", b"{}", extra="Retry-After: 0\r\n")),
    "429 with a long wait": _sends(_reply("429 Too Many Requests", b"{}", extra="Retry-After: 36000\r\n")),
    "500": _sends(_reply("500 Internal Server Error", b"oops", "text/plain")),
    "503 in HTML": _sends(_reply("503 Service Unavailable", b"<html>busy</html>", "text/html")),
    "an image with 200": _sends(_reply("200 OK", b"\x89PNG\r\n\x1a\n\x00\x00", "image/png")),
    "HTML with 200": _sends(_reply("200 OK", b"<html><script>alert(1)</script></html>", "text/html")),
    "JSON error with 200": _sends(_reply("200 OK", b'{"error": {"message": "no"}}')),
    "nothing with 200": _sends(_reply("200 OK", b"")),
    "204": _sends(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
    "closed without a word": _sends(b""),
    "no HTTP": _sends(b"\x00\xff\x17garbage\r\n\r\n"),
    "an empty stream": _sends(_STREAM + b"data: [DONE]\n\n"),
    "broken JSON": _sends(_STREAM + _HALF + b'data: {"choices": [{"delta": {"content": "a\n\n'),
    "no end": _sends(_STREAM + _HALF),
    "a reset": _resets,
    "endless text": _drips(_event({"content": "word " * 50_000}), 0.001),
    "a line of ten megabytes": _sends(_STREAM + b'data: {"a": "' + b"x" * 10_000_000 + b'"}\n\n'),
    "null content": _sends(_STREAM + _event({"content": None}) + _event({}, "stop") + b"data: [DONE]\n\n"),
    "a list as content": _sends(_STREAM + _event({"content": [1, {}]}) + _event({}, "stop") + b"data: [DONE]\n\n"),
    "tool calls only": _sends(_STREAM + _event({"tool_calls": [{"id": "x"}]}, "tool_calls") + b"data: [DONE]\n\n"),
    "cut at its length": _sends(_STREAM + _HALF + _event({}, "length") + b"data: [DONE]\n\n"),
    "filtered": _sends(_STREAM + _HALF + _event({}, "content_filter") + b"data: [DONE]\n\n"),
    "a redirect to itself": _sends(_reply("307 Temporary Redirect", b"", extra="Location: /v1/chat/completions\r\n")),
    "gzip garbage": _sends(_reply("200 OK", b"\x1f\x8bnonsense", extra="Content-Encoding: gzip\r\n")),
    "no UTF-8": _sends(_STREAM + b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n'),
}

# Only our own patience ends these.
ENDLESS_FAULTS: dict[str, Fault] = {
    "endless empty chunks": _drips(_event({}), 0.02),
    "endless comments": _drips(b": still here\n\n", 0.02),
    "a slow drip": _drips(_event({"content": "a"}), 0.3),
    "silence at first": _is_silent_after(b""),
    "silence in the middle": _is_silent_after(_STREAM + _HALF),
}
# Goes on for as long as a reply may take, in pieces that come soon enough.
STEADY_WRITING = _drips(_event({"content": "a"}), 0.05)


class FaultServer:
    """Serves the model list well and questions as `fault` says; None answers well.

    Attributes:
        n_asked: How many questions have come.
        is_writing: Set once a question has come.
        was_cut_off: Set once a reply could not be sent to its end.
    """

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.base_url = ""
        self.n_asked = 0
        self.is_writing = threading.Event()
        self.was_cut_off = threading.Event()

    def answer(self, connection: socket.socket) -> None:
        self.n_asked += 1
        self.is_writing.set()
        if self.fault is not None:
            self.fault(connection)
            return
        connection.sendall(_STREAM + _event({"content": ANSWER}) + _event({}, "stop") + b"data: [DONE]\n\n")


@contextmanager
def serve_faults() -> Iterator[FaultServer]:
    faults = FaultServer()

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                if b"/models" in _read_request(self.request):
                    self.request.sendall(_reply("200 OK", _MODELS))
                else:
                    faults.answer(self.request)
            except OSError:
                faults.was_cut_off.set()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Connection) as server:
        faults.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield faults
        finally:
            server.shutdown()


def _read_request(connection: socket.socket) -> bytes:
    """Read a request whole and return its first line."""
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(65536)
    head, _, body = content.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    n_left = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while n_left > 0:
        n_left -= len(connection.recv(65536))
    return head.split(b"\r\n")[0]
