"""Whatever the LLM does, a reader gets a whole answer in time: from the LLM, or quoted and marked degraded."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.fault_server import FAULTS, STEADY_WRITING, FaultServer, serve_faults
from tests.running import Running, free_port, serve

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
N_REQUESTS = int(os.environ.get("FOOTNOTE_FAULTS", "5"))
N_READERS = 10
TOTAL_SECONDS = 2.0
# One call may take its whole time, and ten readers share two cores.
DEADLINE_SECONDS = TOTAL_SECONDS + 3.0
PATIENCE = {
    "RAG_LLM_CONNECT_SECONDS": "0.5",
    "RAG_LLM_FIRST_TOKEN_SECONDS": "0.7",
    "RAG_LLM_BETWEEN_TOKENS_SECONDS": "0.5",
    "RAG_LLM_TOTAL_SECONDS": str(TOTAL_SECONDS),
}


@dataclass(frozen=True)
class Faulty:
    """A server of ours, the LLM that it asks, and all that it has logged."""

    running: Running
    llm: FaultServer
    log: list[str]


@contextmanager
def serve_with_faults(
    index: Path, *, base_url: str | None = None, pause_seconds: float = 0.0, **environment: str
) -> Iterator[Faulty]:
    """Run our server over an LLM that can be made to fail; `base_url` sends it elsewhere."""
    with (
        serve_faults() as llm,
        serve(
            index,
            wait_until_ready=base_url is None,
            RAG_LLM="openai",
            OPENAI_BASE_URL=base_url or llm.base_url,
            RAG_LLM_PAUSE_SECONDS=str(pause_seconds),
            **{**PATIENCE, **environment},
        ) as running,
    ):
        log: list[str] = []
        output = running.process.stdout
        assert output is not None
        # A pipe that nobody reads is full after some hundred warnings, and then the server waits for ever.
        reader = threading.Thread(target=log.extend, args=(output,))
        reader.start()
        try:
            yield Faulty(running, llm, log)
        finally:
            running.process.terminate()
            reader.join(15)
        assert not [line for line in log if "Traceback" in line]


@pytest.fixture(scope="module")
def faulty(seed_index: Path) -> Iterator[Faulty]:
    with serve_with_faults(seed_index) as faulty:
        yield faulty


def ask_often(running: Running) -> list[tuple[float, dict]]:
    """Return the seconds and the answer of each of many questions, half of them streamed."""

    def ask(number: int) -> tuple[float, dict]:
        began = time.monotonic()
        answer = running.stream(QUESTION)[-1].data if number % 2 else running.ask(QUESTION)
        return time.monotonic() - began, answer

    with ThreadPoolExecutor(N_READERS) as readers:
        return list(readers.map(ask, range(N_REQUESTS)))


def assert_quoted_in_time(replies: list[tuple[float, dict]]) -> None:
    assert len(replies) == N_REQUESTS
    for seconds, answer in replies:
        assert seconds < DEADLINE_SECONDS
        assert (answer["answered_by"], answer["abstained"]) == ("extractive", False)
        assert answer["degraded"]
        assert "Witkoff" in answer["answer"]
        assert answer["citations"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_llm_ends_in_a_quoted_answer_in_time(faulty: Faulty, name: str) -> None:
    faulty.llm.fault = FAULTS[name]
    faulty.llm.is_writing.clear()

    assert_quoted_in_time(ask_often(faulty.running))
    assert faulty.llm.is_writing.is_set()


def test_an_llm_that_refuses_connections_means_quoted_answers_in_time(seed_index: Path) -> None:
    with serve_with_faults(seed_index, base_url=f"http://127.0.0.1:{free_port()}/v1") as faulty:
        faulty.running.ask(QUESTION)

        assert_quoted_in_time(ask_often(faulty.running))


def test_after_all_faults_a_healthy_llm_writes_again(faulty: Faulty) -> None:
    faulty.llm.fault = None

    answer = faulty.running.ask(QUESTION)

    assert (answer["answered_by"], answer["degraded"]) == ("llm", None)


@pytest.mark.parametrize("streams", [False, True])
def test_a_reader_who_leaves_stops_the_model_within_a_second(faulty: Faulty, streams: bool) -> None:  # noqa: FBT001
    faulty.llm.fault = STEADY_WRITING
    faulty.llm.is_writing.clear()
    faulty.llm.was_cut_off.clear()
    body = {"question": QUESTION, "stream": streams}

    # No sentence ends, so the reader hears nothing and leaves, long before the time for a reply would end it.
    with (
        pytest.raises(httpx2.ReadTimeout),
        httpx2.stream("POST", faulty.running.url + "/v1/ask", json=body, timeout=0.5) as reply,
    ):
        reply.read()

    assert faulty.llm.is_writing.is_set()
    assert not faulty.llm.was_cut_off.is_set()
    assert faulty.llm.was_cut_off.wait(1.0)


def test_an_ill_llm_is_left_alone_and_asked_again_after_the_pause(seed_index: Path) -> None:
    with serve_with_faults(seed_index, pause_seconds=2) as faulty:
        running = faulty.running
        faulty.llm.fault = FAULTS["silence at first"]
        slow = [running.ask(QUESTION) for _ in range(5)]
        began = time.monotonic()
        at_once = running.ask(QUESTION)
        seconds = time.monotonic() - began
        ready = running.get("/readyz")
        faulty.llm.fault = None
        time.sleep(2.1)
        again = running.ask(QUESTION)

    assert all(answer["degraded"] for answer in [*slow, at_once])
    assert seconds < 0.5
    assert ready.status_code == 200
    assert "did not answer in time" in ready.json()["degraded"][0]["reason"]
    assert "asked again in" in ready.json()["degraded"][0]["next_step"]
    assert again["answered_by"] == "llm"


def test_the_log_says_what_was_wrong_and_the_next_command(faulty: Faulty) -> None:
    faulty.llm.fault = FAULTS["HTML with 200"]
    n_before = len(faulty.log)

    faulty.running.ask(QUESTION)
    faulty.running.ask(QUESTION)

    said = f"the LLM at {faulty.llm.base_url}/ sent no chat reply; check OPENAI_BASE_URL, then run `rag doctor`"
    # The second question gives the first line the time to arrive.
    assert faulty.log[n_before] == f"answered without the LLM: {said}\n"


def test_a_server_that_is_stopped_says_so_to_who_still_waits(seed_index: Path) -> None:
    with serve_with_faults(seed_index, RAG_LLM_TOTAL_SECONDS="30") as faulty, ThreadPoolExecutor(1) as reader:
        faulty.llm.fault = STEADY_WRITING
        faulty.llm.is_writing.clear()
        asking = reader.submit(faulty.running.post, "/v1/ask", {"question": QUESTION})
        assert faulty.llm.is_writing.wait(5)

        faulty.running.process.terminate()

        reply = asking.result(timeout=15)
    assert (reply.status_code, reply.json()["code"]) == (503, "stopping")
