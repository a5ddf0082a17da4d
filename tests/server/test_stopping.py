"""A server that stops while requests are on their way, on a socket that outlives it."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rag.api.app import create_app
from rag.api.connections.server import make_server
from rag.api.serving import open_port, take_port
from rag.assembly.settings import Settings
from rag.errors import SettingsInvalid
from tests.running import MAX_SECONDS, ROOT, clean_environment, wait_until

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def stopping_server(folder: Path) -> Iterator[tuple[int, threading.Event]]:
    """Serve an empty index; yield the port and what stops the server. It has ended after the block."""
    settings = Settings(index_folder=folder / "index", llm="extractive")
    stop = threading.Event()
    with open_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = make_server(create_app(settings), settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)

        def end() -> None:
            stop.wait(MAX_SECONDS)
            server.should_exit = True

        waiter = threading.Thread(target=end)
        waiter.start()
        try:
            yield port, stop
        finally:
            stop.set()
            waiter.join()
            thread.join()


def is_refused(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=MAX_SECONDS)):
            return False
    except ConnectionRefusedError:
        return True


@pytest.mark.parametrize("n_before", [0, 1], ids=["new connection", "kept-alive connection"])
def test_a_request_that_was_on_its_way_is_answered_with_the_last_reply_of_its_connection(
    tmp_path: Path, n_before: int
) -> None:
    with (
        stopping_server(tmp_path) as (port, stop),
        closing(socket.create_connection(("127.0.0.1", port), timeout=MAX_SECONDS)) as connection,
    ):
        for _ in range(n_before):
            connection.sendall(HEALTH)
            before = b""
            while not before.endswith(b'{"status":"ok"}'):
                before += connection.recv(65536)
        stop.set()
        wait_until(lambda: is_refused(port))

        connection.sendall(HEALTH)
        reply = b"".join(iter(lambda: connection.recv(65536), b""))

    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in reply.lower()


def test_connections_that_stay_silent_do_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with (
        stopping_server(tmp_path) as (port, stop),
        closing(socket.create_connection(("127.0.0.1", port), timeout=MAX_SECONDS)) as connection,
    ):
        stop.set()

        assert connection.recv(1) == b""


@contextmanager
def passed(listener: socket.socket, index: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that serves on the socket of this one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rag.cli.main", "serve", "--fd", str(listener.fileno())],
        cwd=ROOT,
        env=clean_environment(RAG_INDEX_FOLDER=str(index), RAG_LLM="extractive"),
        pass_fds=[listener.fileno()],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=MAX_SECONDS)


def test_a_passed_socket_takes_connections_before_between_and_after_two_processes(tmp_path: Path) -> None:
    with open_port("127.0.0.1", 0) as listener:
        for _ in range(2):
            # Nobody accepts it yet.
            with closing(socket.create_connection(listener.getsockname(), timeout=MAX_SECONDS)) as connection:
                connection.sendall(HEALTH)
                with passed(listener, tmp_path / "index"):
                    reply = connection.recv(65536)

                assert reply.startswith(b"HTTP/1.1 200 ")


@pytest.mark.model
def test_on_a_passed_socket_the_first_request_is_taken_when_all_is_loaded(seed_index: Path) -> None:
    with (
        open_port("127.0.0.1", 0) as listener,
        closing(socket.create_connection(listener.getsockname(), timeout=MAX_SECONDS)) as connection,
    ):
        connection.sendall(HEALTH.replace(b"/healthz", b"/readyz"))
        with passed(listener, seed_index):
            reply = connection.recv(65536)

    assert reply.startswith(b"HTTP/1.1 200 ")


def test_a_descriptor_that_is_no_listening_tcp_socket_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file, pytest.raises(SettingsInvalid, match="is no socket"):
        take_port(file.fileno())
    one, other = socket.socketpair()
    with closing(one), closing(other), pytest.raises(SettingsInvalid, match="is no TCP socket that listens"):
        take_port(one.fileno())


def test_a_passed_socket_that_others_reach_needs_keys_whatever_the_host_setting_says(tmp_path: Path) -> None:
    with open_port("0.0.0.0", 0) as listener:  # noqa: S104 -- the case
        refused = subprocess.run(
            [sys.executable, "-m", "rag.cli.main", "serve", "--fd", str(listener.fileno())],
            cwd=ROOT,
            env=clean_environment(RAG_INDEX_FOLDER=str(tmp_path / "index"), RAG_HOST="127.0.0.1"),
            pass_fds=[listener.fileno()],
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
            check=False,
        )

    assert refused.returncode == 1
    assert "0.0.0.0 can be reached from other machines, and there are no keys" in refused.stderr
