"""Whatever the LLM does, a reader gets a whole answer in time: from the LLM, or quoted and marked degraded."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fault_server import FAULTS, FaultServer, serve_faults
from tests.running import Running, serve

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
N_REQUESTS = int(os.environ.get("FOOTNOTE_FAULTS", "5"))
TOTAL_SECONDS = 2.0
# One call may take its whole time, and ten readers share two cores.
DEADLINE_SECONDS = TOTAL_SECONDS + 3.0
PATIENCE = {
    "RAG_LLM_CONNECT_SECONDS": "0.5",
    "RAG_LLM_FIRST_TOKEN_SECONDS": "0.7",
    "RAG_LLM_BETWEEN_TOKENS_SECONDS": "0.5",
    "RAG_LLM_TOTAL_SECONDS": str(TOTAL_SECONDS),
}


@pytest.fixture(scope="module")
def faulty(seed_index: Path) -> Iterator[tuple[Running, FaultServer]]:
    with (
        serve_faults() as faults,
        serve(seed_index, RAG_LLM="openai", OPENAI_BASE_URL=faults.base_url, RAG_LLM_PAUSE_SECONDS="0", **PATIENCE) as (
            running
        ),
    ):
        yield running, faults


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_llm_ends_in_a_quoted_answer_in_time(faulty: tuple[Running, FaultServer], name: str) -> None:
    running, faults = faulty
    faults.fault = FAULTS[name]

    def ask(number: int) -> tuple[float, dict]:
        began = time.monotonic()
        answer = running.stream(QUESTION)[-1].data if number % 2 else running.ask(QUESTION)
        return time.monotonic() - began, answer

    with ThreadPoolExecutor(10) as readers:
        replies = list(readers.map(ask, range(N_REQUESTS)))

    for seconds, answer in replies:
        assert seconds < DEADLINE_SECONDS
        assert (answer["answered_by"], answer["abstained"]) == ("extractive", False)
        assert answer["degraded"]
        assert "Witkoff" in answer["answer"]
        assert answer["citations"]


def test_after_all_faults_a_healthy_llm_writes_again(faulty: tuple[Running, FaultServer]) -> None:
    running, faults = faulty
    faults.fault = None

    answer = running.ask(QUESTION)

    assert (answer["answered_by"], answer["degraded"]) == ("llm", None)


def test_an_ill_llm_is_left_alone_and_asked_again_after_the_pause(seed_index: Path) -> None:
    with (
        serve_faults() as faults,
        serve(seed_index, RAG_LLM="openai", OPENAI_BASE_URL=faults.base_url, RAG_LLM_PAUSE_SECONDS="2", **PATIENCE) as (
            running
        ),
    ):
        faults.fault = FAULTS["silence at first"]
        slow = [running.ask(QUESTION) for _ in range(5)]
        began = time.monotonic()
        at_once = running.ask(QUESTION)
        seconds = time.monotonic() - began
        not_ready = running.get("/readyz")
        faults.fault = None
        time.sleep(2.1)
        again = running.ask(QUESTION)

    assert all(answer["degraded"] for answer in [*slow, at_once])
    assert seconds < 0.5
    assert not_ready.status_code == 503
    assert "did not answer in time" in not_ready.text
    assert again["answered_by"] == "llm"


def test_no_fault_leaves_a_traceback_in_the_log(seed_index: Path) -> None:
    with (
        serve_faults() as faults,
        serve(seed_index, RAG_LLM="openai", OPENAI_BASE_URL=faults.base_url, RAG_LLM_PAUSE_SECONDS="0", **PATIENCE) as (
            running
        ),
    ):
        for fault in FAULTS.values():
            faults.fault = fault
            running.ask(QUESTION)
        running.process.terminate()
        assert running.process.stdout is not None
        log = running.process.stdout.read()

    assert "Traceback" not in log
    assert "answered without the LLM" in log
