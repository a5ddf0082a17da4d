"""Readers who leave anywhere in a reply, and requests without end: nothing of them stays in the server."""

import json
import os
import random
import socket
import statistics
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.loading.paced_llm import PacedLlm, serve_paced_llm
from tests.running import Running, serve, wait_until

pytestmark = pytest.mark.model

# `make torture` asks for 1,000 and 1,200.
N_LEAVERS = int(os.environ.get("FOOTNOTE_LEAVERS", "60"))
SOAK_SECONDS = float(os.environ.get("FOOTNOTE_SOAK_SECONDS", "5"))
QUESTION = "Who met with Putin in Moscow?"
MESSAGES = [{"role": "user", "content": QUESTION}]
STREAMS = {
    "/v1/ask": {"question": QUESTION, "stream": True},
    "/v1/chat/completions": {"model": "footnote", "messages": MESSAGES, "stream": True},
    "/v1/responses": {"model": "footnote", "input": QUESTION, "stream": True},
}
REQUESTS = [
    ("/v1/ask", {"question": QUESTION}),
    ("/v1/ask", {"question": "What is the capital of France?"}),
    ("/v1/ask", {"question": ""}),
    ("/v1/chat/completions", {"model": "footnote", "messages": MESSAGES}),
    ("/v1/feedback", {"answer_id": "unknown", "thumbs": "up"}),
    ("/v1/nothing", {}),
]
N_SAMPLES_AT_LEAST = 6
# Of memory: of the median, over all that is measured.
MAX_GROWTH = 0.05
# The server keeps a thread or a connection to the LLM for each of the questions asked at once.
N_AT_ONCE = 4
_LONGEST_READ_SECONDS = 1.0
_MAX_BYTES_READ = 12_000


@dataclass(frozen=True)
class Sample:
    """What the server holds while it has nothing to do."""

    memory_kb: int
    n_threads: int
    n_descriptors: int


@pytest.fixture(scope="module")
def slow(seed_index: Path) -> Iterator[tuple[Running, PacedLlm]]:
    """A server over an LLM whose replies take longer than any reader stays."""
    llm = PacedLlm(first_seconds=0.1, between_seconds=0.5)
    settings = {"RAG_LLM": "openai", "RAG_MAX_ANSWERS": "1000"}
    with serve_paced_llm(llm), serve(seed_index, OPENAI_BASE_URL=llm.base_url, **settings) as running:
        yield running, llm


def ask_and_leave(running: Running, seed: int) -> None:
    """Ask for a stream; leave within the request or after some bytes of the reply, politely or with a reset."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    path = chance.choice(list(STREAMS))
    body = json.dumps(STREAMS[path]).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    n_bytes_left = chance.randrange(_MAX_BYTES_READ)
    with (
        closing(socket.create_connection(("127.0.0.1", int(running.url.rsplit(":", 1)[1])))) as connection,
        suppress(TimeoutError),
    ):
        connection.settimeout(chance.uniform(0, _LONGEST_READ_SECONDS))
        if chance.random() < 0.2:
            connection.sendall(request[: chance.randrange(len(request))])
        else:
            connection.sendall(request)
            while n_bytes_left > 0 and (piece := connection.recv(min(n_bytes_left, 4096))):
                n_bytes_left -= len(piece)
        if chance.random() < 0.5:
            # Closing then sends a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sample(running: Running) -> Sample:
    process = Path("/proc") / str(running.process.pid)
    values = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    n_descriptors = len(list((process / "fd").iterdir()))
    return Sample(int(values["VmRSS"].split()[0]), int(values["Threads"]), n_descriptors)


def growth(values: list[int]) -> float:
    """Return by how much a straight line through the values rises, as a part of their median."""
    slope = statistics.linear_regression(range(len(values)), values).slope
    return slope * (len(values) - 1) / statistics.median(values)


def test_no_call_to_the_llm_outlives_its_reader(slow: tuple[Running, PacedLlm]) -> None:
    running, llm = slow

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda seed: ask_and_leave(running, seed), range(N_LEAVERS)))
    gone = time.monotonic()
    started = time.monotonic()
    running.get("/v1/search?q=Moscow")
    seconds_for_a_search = time.monotonic() - started
    wait_until(lambda: llm.n_open == 0)
    seconds = time.monotonic() - gone

    assert llm.n_asked > 0
    print(f"{N_LEAVERS} readers left, {llm.n_asked} asked the LLM; none open after {seconds:.2f} s")  # noqa: T201
    # The second part is for a busy machine.
    assert seconds < 2 + 20 * seconds_for_a_search


def test_memory_threads_and_descriptors_stay_as_they_are(seed_index: Path) -> None:
    llm = PacedLlm(first_seconds=0.0, between_seconds=0.0)
    samples = []
    with (
        serve_paced_llm(llm),
        serve(seed_index, RAG_LLM="openai", OPENAI_BASE_URL=llm.base_url) as running,
        ThreadPoolExecutor(N_AT_ONCE) as pool,
    ):
        end = time.monotonic() + SOAK_SECONDS
        while time.monotonic() < end or len(samples) < N_SAMPLES_AT_LEAST * 3 // 2:
            asked = [pool.submit(running.post, path, body) for path, body in REQUESTS]
            streamed = [pool.submit(running.stream, QUESTION)]
            left = [pool.submit(ask_and_leave, running, len(samples))]
            for one in (*asked, *streamed, *left):
                one.result()
            wait_until(lambda: llm.n_open == 0)
            samples.append(sample(running))
        n_warming = len(samples) // 3
        n_threads, n_descriptors = (
            max(getattr(one, name) for one in samples[:n_warming]) + N_AT_ONCE
            for name in ("n_threads", "n_descriptors")
        )
        # Connections that are just being closed need a moment.
        wait_until(lambda: sample(running).n_threads <= n_threads)
        wait_until(lambda: sample(running).n_descriptors <= n_descriptors)

    grown = growth([one.memory_kb for one in samples[n_warming:]])
    print(f"{len(samples)} rounds, {samples[n_warming]} to {samples[-1]}, memory {grown:+.3f}")  # noqa: T201
    assert grown <= MAX_GROWTH
