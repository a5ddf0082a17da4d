"""Start the real server in a process of its own, and speak to it."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
# However slow or busy the machine is: this only ends a test whose event never comes.
MAX_SECONDS = 900.0
# What the product gives up after, so long that a busy machine never makes it give up; and no rate
# that a quick test exceeds.
_PATIENT = {
    "RAG_PARSE_SECONDS": "3600",
    "RAG_LLM_CONNECT_SECONDS": "600",
    "RAG_LLM_FIRST_TOKEN_SECONDS": "3600",
    "RAG_LLM_BETWEEN_TOKENS_SECONDS": "3600",
    "RAG_LLM_TOTAL_SECONDS": "3600",
    "RAG_MAX_WAITING": "1000",
    "RAG_KEY_QUESTIONS_PER_MINUTE": "0",
    # A test that asks the same question twice wants it to be worked on twice.
    "RAG_CACHED_ANSWERS": "0",
}
# The key of an LLM, in the environment of every server that needs none; no reply and no log may
# hold it.
CANARY_KEY = "canary-key-of-an-llm-5d1f"
# Fields of requests with what a person wrote.
_WRITTEN = ("question", "query", "input", "q")
# Shorter ones may stand in a log by chance.
_MIN_TELLING_CHARACTERS = 12


@dataclass(frozen=True)
class Running:
    """A server under test, all that it has logged, and what it was asked by `get` and `post`."""

    url: str
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return _checked(httpx2.get(self.url + path, headers=headers, timeout=MAX_SECONDS))

    def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        self.asked.extend(_written_in(body))
        return _checked(httpx2.post(self.url + path, json=body, headers=headers, timeout=MAX_SECONDS))

    def ask(self, question: str, **more: object) -> dict:
        reply = self.post("/v1/ask", {"question": question, **more})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def stream(self, question: str, **more: object) -> list["Event"]:
        body = {"question": question, "stream": True, **more}
        self.asked.extend(_written_in(body))
        with httpx2.stream("POST", self.url + "/v1/ask", json=body, timeout=MAX_SECONDS) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            return list(read_events(reply.iter_lines()))

    @contextmanager
    def asking(self, path: str, body: object) -> Iterator[None]:
        """Send a request whose reply is not read; at the end the reader leaves."""
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        with closing(socket.create_connection(("127.0.0.1", int(self.url.rsplit(":", 1)[1])))) as connection:
            connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            yield


def _written_in(body: object) -> list[str]:
    fields = body if isinstance(body, dict) else {}
    messages = [one for one in fields.get("messages") or () if isinstance(one, dict)]
    texts = [*(fields.get(name) for name in _WRITTEN), *(one.get("content") for one in messages)]
    return [text for text in texts if isinstance(text, str) and len(text) >= _MIN_TELLING_CHARACTERS]


def _checked(reply: httpx2.Response) -> httpx2.Response:
    assert CANARY_KEY not in f"{reply.headers} {reply.text}", reply.url
    return reply


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    id: str
    name: str
    data: dict


def read_events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment with patience, and of other settings with the models' folder alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RAG_", "OPENAI_")) or name == "RAG_MODELS_FOLDER"
    }
    return {**kept, **_PATIENT, "NO_COLOR": "1", **more}


def run_rag(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "rag.cli.main", *arguments],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
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
    if environment.get("RAG_LLM") in {"extractive", "local"}:
        environment = {"OPENAI_API_KEY": CANARY_KEY, **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "rag.cli.main", "serve", "--port", str(port), *flags],
        cwd=ROOT,
        env=clean_environment(RAG_INDEX_FOLDER=str(index), **environment),
        # A server in a terminal ends at SIGHUP.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(f"http://127.0.0.1:{port}", process)
    assert process.stdout is not None
    # A pipe that is not read is full after some hundred lines, and then the server waits for ever.
    reader = threading.Thread(target=running.log.extend, args=(process.stdout,))
    reader.start()
    try:
        wait_for(running, "/readyz" if wait_until_ready else "/healthz")
        yield running
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        process.stdout.close()
    told = [text for text in (CANARY_KEY, *running.asked) if any(text in line for line in running.log)]
    assert not told, f"the log of the server holds {told}"


def wait_for(running: Running, path: str, status: int = 200) -> httpx2.Response:
    """Ask until the server answers with a status."""
    replies: list[httpx2.Response] = []

    def has_status() -> bool:
        assert running.process.poll() is None, f"the server ended: {''.join(running.log)}"
        with suppress(httpx2.TransportError):
            replies.append(running.get(path))
        return bool(replies) and replies[-1].status_code == status

    wait_until(has_status)
    return replies[-1]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + MAX_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
