"""Processes that share a socket restart under load behind nginx, and no reader notices."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from rag.api.serving import open_port
from tests.operating.proxies import Proxy, find_program, run_nginx
from tests.running import MAX_SECONDS, ROOT, clean_environment, read_events, wait_until

N_RESTARTS = int(os.environ.get("FOOTNOTE_RESTARTS", "2"))
N_CLIENTS = 4
WITKOFF = "Who met with Putin in Moscow?"

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(find_program("nginx") is None, reason="nginx is not installed"),
]


@dataclass
class Load:
    """What clients that ask without a pause got."""

    n_answered: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def asking(proxy: Proxy) -> Iterator[Load]:
    """Ask with several clients until the block ends, in turns for JSON and for a stream."""
    load, is_over, lock = Load(), threading.Event(), threading.Lock()

    def ask_on() -> None:
        with httpx2.Client(verify=proxy.tls, timeout=MAX_SECONDS) as client:
            while not is_over.is_set():
                failure = attempt(client, proxy.url)
                with lock:
                    load.n_answered += failure is None
                    load.failures += [failure] if failure else []

    clients = [threading.Thread(target=ask_on) for _ in range(N_CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        is_over.set()
        for client in clients:
            client.join()


def attempt(client: httpx2.Client, url: str) -> str | None:
    """Ask once as JSON and once as a stream; return what went wrong."""
    try:
        reply = client.post(url + "/v1/ask", json={"question": WITKOFF})
        if reply.status_code != 200 or "Witkoff" not in reply.text:
            return f"{reply.status_code} {reply.text[:200]}"
        with client.stream("POST", url + "/v1/ask", json={"question": WITKOFF, "stream": True}) as stream:
            names = [event.name for event in read_events(stream.iter_lines())]
        return None if names[-1] == "final" else f"the stream ended with {names}"
    except httpx2.HTTPError as error:
        return repr(error)


class Shared:
    """Processes of `rag serve` on one socket, which stays open while they come and go."""

    def __init__(self, descriptor: int, index: Path, notices: socket.socket, log: Path) -> None:
        self._descriptor = descriptor
        # A pipe that nobody reads would be full after some hundred requests, and the server would wait for ever.
        self._log = log
        self._notices = notices
        self._environment = clean_environment(
            RAG_INDEX_FOLDER=str(index),
            RAG_LLM="extractive",
            RAG_CONVERSATION_DAYS="0",
            NOTIFY_SOCKET=notices.getsockname(),
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start a process; return once it says that it is ready."""
        with self._log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rag.cli.main", "serve", "--fd", str(self._descriptor)],
                cwd=ROOT,
                env=self._environment,
                pass_fds=[self._descriptor],
                stdout=log,
                stderr=log,
            )
        assert self._notices.recv(100) == b"READY=1"
        return process

    def restart(self, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Do what `systemctl restart` does: stop it, wait for its end, start the next."""
        stop(process)
        return self.start()


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(MAX_SECONDS)


@pytest.mark.parametrize("n_processes", [1, 2])
def test_no_request_fails_while_processes_restart(n_processes: int, seed_index: Path, tmp_path: Path) -> None:
    with (
        open_port("127.0.0.1", 0) as listener,
        run_nginx(tmp_path, listener.getsockname()[1]) as proxy,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices,
    ):
        notices.bind(str(tmp_path / "notices"))
        notices.settimeout(MAX_SECONDS)
        shared = Shared(listener.fileno(), seed_index, notices, tmp_path / "servers.log")
        processes = [shared.start() for _ in range(n_processes)]
        try:
            with asking(proxy) as load:
                for number in range(N_RESTARTS):
                    n_before = load.n_answered
                    # Each restart meets clients that are asking.
                    wait_until(lambda n=n_before: load.n_answered >= n + N_CLIENTS or bool(load.failures))
                    place = number % n_processes
                    processes[place] = shared.restart(processes[place])
        finally:
            for process in processes:
                stop(process)

    assert load.failures == []
    assert "Traceback" not in (tmp_path / "servers.log").read_text(encoding="utf-8")
    assert load.n_answered >= N_RESTARTS * N_CLIENTS
