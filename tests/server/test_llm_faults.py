"""Whatever the LLM does, a reader gets a whole answer: from the LLM, or quoted and marked degraded."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fault_server import ENDLESS_FAULTS, FAULTS, STEADY_WRITING, FaultServer, serve_faults
from tests.running import MAX_SECONDS, Running, free_port, serve, wait_until

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
N_REQUESTS = int(os.environ.get("FOOTNOTE_FAULTS", "5"))
N_READERS = 10
# For what never ends by itself; it says nothing of an LLM that answers.
IMPATIENT = {
    "RAG_LLM_CONNECT_SECONDS": "0.5",
    "RAG_LLM_FIRST_TOKEN_SECONDS": "0.7",
    "RAG_LLM_BETWEEN_TOKENS_SECONDS": "0.5",
    "RAG_LLM_TOTAL_SECONDS": "2",
}


@dataclass(frozen=True)
class Faulty:
    """A server of ours, and the LLM that it asks."""

    running: Running
    llm: FaultServer


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
            **environment,
        ) as running,
    ):
        yield Faulty(running, llm)
    assert not [line for line in running.log if "Traceback" in line]


@pytest.fixture(scope="module")
def faulty(seed_index: Path) -> Iterator[Faulty]:
    with serve_with_faults(seed_index) as faulty:
        yield faulty


@pytest.fixture(scope="module")
def impatient(seed_index: Path) -> Iterator[Faulty]:
    with serve_with_faults(seed_index, **IMPATIENT) as faulty:
        yield faulty


def ask_often(running: Running) -> list[dict]:
    """Return the answers to many questions, half of them streamed."""

    def ask(number: int) -> dict:
        return running.stream(QUESTION)[-1].data if number % 2 else running.ask(QUESTION)

    with ThreadPoolExecutor(N_READERS) as readers:
        return list(readers.map(ask, range(N_REQUESTS)))


def assert_quoted(answers: list[dict]) -> None:
    assert len(answers) == N_REQUESTS
    for answer in answers:
        assert (answer["answered_by"], answer["abstained"]) == ("extractive", False)
        assert answer["degraded"]
        assert "Witkoff" in answer["answer"]
        assert answer["citations"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_llm_ends_in_a_quoted_answer(faulty: Faulty, name: str) -> None:
    faulty.llm.fault = FAULTS[name]
    faulty.llm.is_writing.clear()

    assert_quoted(ask_often(faulty.running))
    assert faulty.llm.is_writing.is_set()


def has_logged(running: Running, n_before: int, said: str) -> bool:
    return any("answered without the LLM" in line and said in line for line in running.log[n_before:])


@pytest.mark.parametrize("name", ENDLESS_FAULTS)
def test_an_llm_that_never_ends_is_left_when_its_time_is_over(impatient: Faulty, name: str) -> None:
    impatient.llm.fault = ENDLESS_FAULTS[name]
    n_before = len(impatient.running.log)

    assert_quoted(ask_often(impatient.running))
    said = f"the LLM at {impatient.llm.base_url.removesuffix('/v1')} did not answer in time"
    wait_until(lambda: has_logged(impatient.running, n_before, said))


def test_an_llm_that_refuses_connections_means_quoted_answers(seed_index: Path) -> None:
    with serve_with_faults(seed_index, base_url=f"http://127.0.0.1:{free_port()}/v1") as faulty:
        faulty.running.ask(QUESTION)

        assert_quoted(ask_often(faulty.running))


def test_after_all_faults_a_healthy_llm_writes_again(faulty: Faulty) -> None:
    faulty.llm.fault = None

    answer = faulty.running.ask(QUESTION)

    assert (answer["answered_by"], answer["degraded"]) == ("llm", None)


@pytest.mark.parametrize("streams", [False, True])
def test_a_reader_who_leaves_stops_the_model(faulty: Faulty, streams: bool) -> None:  # noqa: FBT001
    faulty.llm.fault = STEADY_WRITING
    faulty.llm.is_writing.clear()
    faulty.llm.was_cut_off.clear()
    body = {"question": QUESTION, "stream": streams}

    # No sentence ends, so nothing but the reader's leaving ends the reply.
    with faulty.running.asking("/v1/ask", body):
        assert faulty.llm.is_writing.wait(MAX_SECONDS)
        assert not faulty.llm.was_cut_off.is_set()

    assert faulty.llm.was_cut_off.wait(MAX_SECONDS)


def test_an_ill_llm_is_left_alone(seed_index: Path) -> None:
    with serve_with_faults(seed_index, pause_seconds=3600) as faulty:
        faulty.llm.fault = FAULTS["500"]
        answers = [faulty.running.ask(QUESTION) for _ in range(5)]
        n_asked = faulty.llm.n_asked
        answers.append(faulty.running.ask(QUESTION))
        ready = faulty.running.get("/readyz")

    assert all(answer["degraded"] for answer in answers)
    assert faulty.llm.n_asked == n_asked
    assert ready.status_code == 200
    assert "status 500" in ready.json()["degraded"][0]["reason"]
    assert "asked again in" in ready.json()["degraded"][0]["next_step"]


def test_an_ill_llm_is_asked_again_after_the_pause(seed_index: Path) -> None:
    with serve_with_faults(seed_index, pause_seconds=0.5) as faulty:
        faulty.llm.fault = FAULTS["500"]
        assert all(faulty.running.ask(QUESTION)["degraded"] for _ in range(5))

        faulty.llm.fault = None

        wait_until(lambda: faulty.running.ask(QUESTION)["answered_by"] == "llm")


def test_the_log_says_what_was_wrong_and_the_next_command(faulty: Faulty) -> None:
    faulty.llm.fault = FAULTS["HTML with 200"]
    origin = faulty.llm.base_url.removesuffix("/v1")
    said = f"the LLM at {origin} sent no chat reply; check OPENAI_BASE_URL, then run `rag doctor`"
    n_before = len(faulty.running.log)

    faulty.running.ask(QUESTION)

    wait_until(lambda: has_logged(faulty.running, n_before, said))


def test_a_server_that_is_stopped_says_so_to_who_still_waits(seed_index: Path) -> None:
    with serve_with_faults(seed_index) as faulty, ThreadPoolExecutor(1) as reader:
        faulty.llm.fault = STEADY_WRITING
        faulty.llm.is_writing.clear()
        asking = reader.submit(faulty.running.post, "/v1/ask", {"question": QUESTION})
        assert faulty.llm.is_writing.wait(MAX_SECONDS)

        faulty.running.process.terminate()

        reply = asking.result(MAX_SECONDS)
    assert (reply.status_code, reply.json()["code"]) == (503, "stopping")


def test_thirty_open_streams_end_with_a_problem_when_the_server_is_stopped(seed_index: Path) -> None:
    with serve_with_faults(seed_index, RAG_DRAIN_SECONDS="1") as faulty, ThreadPoolExecutor(30) as readers:
        faulty.llm.fault = STEADY_WRITING
        asking = [readers.submit(faulty.running.stream, f"{QUESTION} {n}") for n in range(30)]
        wait_until(lambda: faulty.llm.n_asked == 30)

        faulty.running.process.terminate()

        last = [one.result(MAX_SECONDS)[-1] for one in asking]
    assert {(event.name, event.data.get("code")) for event in last} == {("error", "stopping")}
