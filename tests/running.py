"""Start the real server in a process of its own, and speak to it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
SECONDS_TO_LOAD = 90.0


@dataclass(frozen=True)
class Running:
    """A server under test."""

    url: str
    process: subprocess.Popen[str]

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(self.url + path, headers=headers, timeout=60)

    def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        return httpx2.post(self.url + path, json=body, headers=headers, timeout=60)

    def ask(self, question: str, **more: object) -> dict:
        reply = self.post("/v1/ask", {"question": question, **more})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def stream(self, question: str, **more: object) -> list["Event"]:
        body = {"question": question, "stream": True, **more}
        began = time.monotonic()
        with httpx2.stream("POST", self.url + "/v1/ask", json=body, timeout=60) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            return list(read_events(reply.iter_lines(), began))


@dataclass(frozen=True)
class Event:
    """A server-sent event, and when it came."""

    id: str
    name: str
    data: dict
    seconds: float


def read_events(lines: Iterator[str], began: float) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic() - began)
            fields = {}


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without the settings of whoever runs the tests, but for the models' folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RAG_", "OPENAI_")) or name == "RAG_MODELS_FOLDER"
    }
    return {**kept, "NO_COLOR": "1", **more}


def run_rag(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "rag.cli.main", *arguments],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(index: Path, *flags: str, wait_until_ready: bool = True, **environment: str) -> Iterator[Running]:
    """Run `rag serve` on a free port over an index."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "rag.cli.main", "serve", "--port", str(port), *flags],
        cwd=ROOT,
        env=clean_environment(RAG_INDEX_FOLDER=str(index), **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(f"http://127.0.0.1:{port}", process)
    try:
        wait_for(running, "/readyz" if wait_until_ready else "/healthz")
        yield running
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def wait_for(running: Running, path: str, status: int = 200) -> httpx2.Response:
    """Ask until the server answers with a status."""
    deadline = time.monotonic() + SECONDS_TO_LOAD
    last = "nothing"
    while time.monotonic() < deadline:
        assert running.process.poll() is None, f"the server ended: {running.process.stdout.read()}"
        try:
            reply = running.get(path)
            if reply.status_code == status:
                return reply
            last = reply.text
        except httpx2.TransportError as error:
            last = repr(error)
        time.sleep(0.1)
    raise AssertionError(f"{path} never answered {status}; last: {last}")
