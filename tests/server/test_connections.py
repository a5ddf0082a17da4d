"""No single client can hold the server or fill its memory. Real sockets, and limits that come soon."""

import asyncio
import json
import logging
import resource
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse

from rag.api.app import create_app
from rag.api.connections.protocol import MAX_BUFFERED_BYTES, MAX_HEAD_BYTES
from rag.api.connections.server import allow_open_files, make_server
from rag.api.serving import open_port
from rag.assembly.settings import Settings
from tests.running import MAX_SECONDS, wait_until

SOON = 0.2
NEVER = 3600.0
N_SLOW = 20
PATIENT = {"request_head_seconds": NEVER, "request_body_seconds": NEVER, "slow_reader_seconds": NEVER}
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def serving(folder: Path, **limits: float) -> Iterator[int]:
    """Serve an empty index on a free port; yield the port."""
    settings = Settings(index_folder=folder / "index", llm="extractive", **{**PATIENT, **limits})
    with serving_app(create_app(settings), settings) as port:
        yield port


@contextmanager
def serving_app(app: FastAPI, settings: Settings) -> Iterator[int]:
    with open_port("127.0.0.1", 0) as listener:
        server = make_server(app, settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("patient")) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=MAX_SECONDS)


def read_to_end(connection: socket.socket) -> bytes:
    """Return all that the server sends until it closes."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def exchange(port: int, *sent: bytes) -> tuple[int, dict]:
    """Send pieces until the server closes; return the status and the body of its reply."""
    with connect(port) as connection:
        try:
            for piece in sent:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
        return int(head.split()[1]), {"head": head.decode().lower(), **json.loads(body)}


def is_alive(port: int) -> bool:
    with connect(port) as connection:
        connection.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return read_to_end(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000_000,
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 1_000_000,
        b"GET /" + b"a" * 10_000_000,
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n" + b" folded\r\n" * 1_000_000,
        b"A" * 10_000_000,
    ],
    ids=["long line", "many lines", "long path", "folded", "no request"],
)
def test_a_head_without_end_is_refused(port: int, head: bytes) -> None:
    status, reply = exchange(port, head)

    assert (status, reply["code"]) in {(431, "head_too_large"), (400, "request_not_http")}
    assert "server:" not in reply["head"]
    assert is_alive(port)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nA\x00B: c\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_a_problem_object(port: int, request_bytes: bytes) -> None:
    status, reply = exchange(port, request_bytes)

    assert (status, reply["code"]) == (400, "request_not_http")
    assert "content-type: application/problem+json" in reply["head"]


@pytest.mark.parametrize("n_more", [0, 1])
def test_a_head_that_comes_in_one_piece_has_the_same_bound(port: int, n_more: int) -> None:
    head = HEALTH[:-4] + b"\r\nConnection: close\r\nX: "
    filler = b"a" * (MAX_HEAD_BYTES - len(head) - 4 + n_more)

    with connect(port) as connection:
        connection.sendall(head + filler + b"\r\n\r\n")
        reply = read_to_end(connection)

    assert reply.startswith(b"HTTP/1.1 431 " if n_more else b"HTTP/1.1 200 ")


def test_a_large_head_sent_ahead_is_refused_after_the_reply_before_it(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(HEALTH + HEALTH[:-2] + b"X: a\r\n" * 5000 + b"\r\n")
        received = read_to_end(connection)

    assert received.count(b"HTTP/1.1 200 ") == 1
    assert received.count(b"HTTP/1.1 431 ") == 1


def test_the_log_says_once_what_a_client_got(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="rag")
    head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with serving(tmp_path, request_body_seconds=SOON) as port:
        exchange(port, head, b'{"question": "')
        exchange(port, b"nonsense\r\n\r\n")
        wait_until(lambda: any(record.getMessage() == "request" for record in caplog.records))

    told = [(record.getMessage(), getattr(record, "fields", {})) for record in caplog.records]
    assert [fields["code"] for message, fields in told if message == "a connection was refused"] == [
        "request_timeout",
        "request_not_http",
    ]
    assert [(fields["status"], fields["code"]) for message, fields in told if message == "request"] == [
        (408, "request_timeout")
    ]
    assert not any("Invalid HTTP" in message for message, _ in told)


def test_trailers_without_end_are_refused(port: int) -> None:
    head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    with connect(port) as connection:
        try:
            connection.sendall(head)
            for _ in range(1000):
                connection.sendall(b"X: a\r\n" * 1000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            pytest.fail("a megabyte of trailers was taken")

    assert is_alive(port)


def test_requests_sent_ahead_are_all_answered_in_order(port: int) -> None:
    n_requests = 500
    with connect(port) as connection:
        threading.Thread(target=connection.sendall, args=(HEALTH * n_requests,)).start()
        received = b""
        while received.count(b"HTTP/1.1 200 ") < n_requests:
            piece = connection.recv(65536)
            assert piece
            received += piece


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", HEALTH + b"GET /hea"], ids=["nothing", "part", "second"])
def test_a_head_that_does_not_come_ends_the_connection(tmp_path: Path, sent: bytes) -> None:
    with serving(tmp_path, request_head_seconds=SOON) as port, connect(port) as connection:
        connection.sendall(sent)
        received = read_to_end(connection)

    assert received.count(b"HTTP/1.1 200 ") == sent.count(HEALTH)
    assert received.endswith(b"}") == bool(sent)
    assert (b'"code": "request_timeout"' in received) == bool(sent)


def test_a_body_that_drips_is_refused_and_one_that_flows_is_not(tmp_path: Path) -> None:
    head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with serving(tmp_path, request_body_seconds=SOON) as port:
        status, reply = exchange(port, head, b'{"question": "')
        with connect(port) as connection:
            connection.sendall(head + b" " * 100_000)
            flowed = connection.recv(65536)

    assert (status, reply["code"]) == (408, "request_timeout")
    assert flowed.startswith(b"HTTP/1.1 400 ")


def test_who_asks_takes_the_place_of_the_client_that_has_owed_a_request_longest(tmp_path: Path) -> None:
    with serving(tmp_path, max_connections=4) as port:
        body, begun, silent, idle = (connect(port) for _ in range(4))
        body.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        begun.sendall(HEALTH[:-2])
        idle.sendall(HEALTH)
        reply = b""
        while not reply.endswith(b"}"):
            reply += idle.recv(65536)

        others = []
        for pushed_out in (begun, silent, idle, body):
            others.append(connect(port))
            others[-1].sendall(b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            assert read_to_end(pushed_out) == b""
        for connection in (body, begun, silent, idle, *others):
            connection.close()


def test_a_client_beyond_the_cap_of_those_that_are_answered_is_told_to_come_back() -> None:
    app = FastAPI()
    app.state.services = SimpleNamespace(stopping=asyncio.Event())

    @app.get("/healthz")
    async def answer_for_long() -> StreamingResponse:
        async def words() -> AsyncIterator[bytes]:
            yield b"word"
            await asyncio.sleep(NEVER)

        return StreamingResponse(words())

    with serving_app(app, Settings(max_connections=3, **PATIENT)) as port:
        held = [connect(port) for _ in range(3)]
        for connection in held:
            connection.sendall(HEALTH)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        status, reply = exchange(port, HEALTH)
        for connection in held:
            connection.close()
        wait_until(lambda: is_answered_again(port))

    assert (status, reply["code"]) == (503, "too_many_connections")
    assert "retry-after: " in reply["head"]


def test_a_client_that_reads_no_reply_gets_no_further_one() -> None:
    app, begun = FastAPI(), []
    # More than the buffers of a connection hold.
    n_bytes = 2**25
    app.state.services = SimpleNamespace(stopping=asyncio.Event())

    @app.get("/healthz")
    async def answer_at_length() -> Response:
        begun.append(1)
        return Response(bytes(n_bytes))

    with serving_app(app, Settings(**PATIENT)) as port:
        with connect(port) as connection:
            connection.sendall(HEALTH * 3)
            connection.recv(1)
            assert is_answered_again(port)
            n_begun = len(begun)
            received = 1
            while received < 3 * n_bytes:
                received += len(connection.recv(2**20))
        wait_until(lambda: len(begun) == 4)

    assert n_begun == 2, "the first of three, and the one of the other client"


def test_many_clients_that_read_nothing_hold_a_bounded_number_of_bytes() -> None:
    app, n_begun, n_piece_bytes = FastAPI(), [], 1024
    app.state.services = SimpleNamespace(stopping=asyncio.Event())

    @app.get("/healthz")
    async def answer_without_end() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            n_begun.append(1)
            while True:
                yield bytes(n_piece_bytes)
                # Nothing waits once the client is gone.
                await asyncio.sleep(0)

        return StreamingResponse(pieces())

    server = make_server(app, Settings(**PATIENT))
    with open_port("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        with ExitStack() as clients:
            for _ in range(N_SLOW):
                connection = clients.enter_context(connect(listener.getsockname()[1]))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.sendall(HEALTH)
            open_ones = server.server_state.connections
            wait_until(lambda: len(n_begun) == N_SLOW and all(one.flow.write_paused for one in open_ones))
            waiting = [one.transport.get_write_buffer_size() for one in list(open_ones)]
        server.should_exit = True
        thread.join()

    assert len(waiting) == N_SLOW
    # The head of a piece says how long it is.
    assert max(waiting) <= MAX_BUFFERED_BYTES + n_piece_bytes + 16


def is_answered_again(port: int) -> bool:
    try:
        with connect(port) as connection:
            connection.sendall(HEALTH)
            return connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def test_as_many_files_are_allowed_as_connections_may_need() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, before[1]))

        allow_open_files(200)

        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 656
        allow_open_files(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 656, "it takes nothing away"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_refused_body_that_still_arrives_does_not_reset_the_last_connection(port: int) -> None:
    head = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 9000000\r\n\r\n"

    with connect(port) as connection:
        connection.sendall(head)
        reply = connection.recv(65536)
        connection.sendall(b" " * 100_000)
        rest = b"".join(iter(lambda: connection.recv(65536), b""))

    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"HTTP/1.1" not in rest


def test_a_client_that_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, slow_reader_seconds=SOON) as port, connect(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            ask_on(connection)


def ask_on(connection: socket.socket) -> NoReturn:
    while True:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
