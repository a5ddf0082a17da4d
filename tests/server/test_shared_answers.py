"""The same question asked by many: the LLM is called once, and each reader has an answer of his own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from benchmarks.loading.paced_llm import PacedLlm, serve_paced_llm
from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, Event, Running, read_events, run_rag, serve, wait_until

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
REPLY = "Steve Witkoff met with Putin in Moscow."
N_READERS = 20
OWN = {"id", "conversation_id", "usage", "timings_ms", "cached", "citations"}


@contextmanager
def serve_sharing(index: Path, llm: str, **settings: str) -> Iterator[Running]:
    with serve(index, RAG_LLM="openai", OPENAI_BASE_URL=llm, RAG_CACHED_ANSWERS="10", **settings) as running:
        yield running


@contextmanager
def serve_scripted(index: Path, **settings: str) -> Iterator[tuple[Running, Script]]:
    script = Script([REPLY])
    with serve_llm(script) as llm, serve_sharing(index, llm, **settings) as running:
        yield running, script


@contextmanager
def serve_held(index: Path, **settings: str) -> Iterator[tuple[Running, PacedLlm]]:
    """Run a server over an LLM that says nothing before it may."""
    llm = PacedLlm(first_seconds=0.0, between_seconds=0.0, is_held=True)
    with serve_paced_llm(llm), serve_sharing(index, llm.base_url, **settings) as running:
        yield running, llm


def open_stream(streams: ExitStack, running: Running, question: str = QUESTION) -> Iterator[Event]:
    """Ask, and return the events after the sources; the stream stays open."""
    body = {"question": question, "stream": True}
    reply = streams.enter_context(httpx2.stream("POST", running.url + "/v1/ask", json=body, timeout=MAX_SECONDS))
    assert reply.status_code == 200, reply.read()
    events = read_events(reply.iter_lines())
    names = []
    for event in events:
        names.append(event.name)
        if event.name == "sources":
            break
    assert names == ["meta", "sources"]
    return events


def without_own(answer: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name not in OWN}


def test_twenty_readers_at_the_same_time_cost_one_call_of_the_llm_and_one_place(seed_index: Path) -> None:
    with serve_held(seed_index, RAG_MAX_ANSWERS="2") as (running, llm), ExitStack() as streams:
        opened = [open_stream(streams, running) for _ in range(N_READERS)]
        wait_until(lambda: llm.n_open == 1)
        other = open_stream(streams, running, "What did Hamas demand?")
        refused = running.post("/v1/ask", {"question": "Who leads the talks in Doha?"})
        wait_until(lambda: llm.n_open == 2)
        llm.is_held = False
        finals = [list(events)[-1] for events in opened]
        assert list(other)[-1].name == "final"

    assert refused.status_code == 429
    answers = [final.data for final in finals]
    assert [answer["cached"] for answer in answers] == [False] + [True] * (N_READERS - 1)
    assert all(without_own(answer) == without_own(answers[0]) for answer in answers)
    assert answers[0]["degraded"] is None
    assert len({answer["id"] for answer in answers}) == N_READERS
    assert len({answer["conversation_id"] for answer in answers}) == N_READERS
    assert [answer["usage"]["prompt_tokens"] for answer in answers[1:]] == [0] * (N_READERS - 1)


def test_the_llm_works_until_the_last_reader_has_left(seed_index: Path) -> None:
    with serve_held(seed_index, RAG_MAX_ANSWERS="1") as (running, llm), ExitStack() as last:
        with ExitStack() as first:
            # A stream that nobody holds would be closed.
            held = open_stream(first, running)
            wait_until(lambda: llm.n_open == 1)
            stays = open_stream(last, running)
            assert held is not stays
        # The place of the first is that of the work, which goes on.
        refused = running.post("/v1/ask", {"question": "What did Hamas demand?"})
        n_open = llm.n_open
        last.close()
        wait_until(lambda: llm.n_open == 0)
        wait_until(lambda: running.post("/v1/ask", {"question": "Hello!"}).status_code == 200)

    assert (refused.status_code, n_open) == (429, 1)


def test_who_asks_later_gets_a_stored_answer_of_his_own_by_every_route(seed_index: Path) -> None:
    chat = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
    with serve_scripted(seed_index, RAG_ADMIN_KEY="key-of-16-letters") as (running, script):
        first = running.ask(QUESTION)
        n_calls = len(script.requests)
        second = running.ask("  Who met with  Putin in Moscow? ")
        streamed = running.stream(QUESTION)
        completed = running.post("/v1/chat/completions", chat).json()
        stored = running.get(f"/v1/conversations/{second['conversation_id']}").json()
        liked = running.post("/v1/feedback", {"answer_id": second["id"], "thumbs": "up"})
        metrics = running.get("/metrics", Authorization="Bearer key-of-16-letters").text

    assert len(script.requests) == n_calls
    assert (first["cached"], second["cached"], second["answered_by"]) == (False, True, "llm")
    assert second["question"] == "Who met with  Putin in Moscow?"
    assert {**without_own(second), "question": QUESTION} == without_own(first)
    assert len({first["id"], second["id"], streamed[-1].data["id"]}) == 3
    assert second["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}
    assert "".join(event.data["text"] for event in streamed if event.name == "delta") == first["answer"]
    assert completed["footnote"]["cached"] is True
    assert stored["turns"][0]["answer"]["id"] == second["id"]
    assert liked.status_code in {200, 201, 204}
    assert "footnote_cached_answers_total 3.0" in metrics


def test_a_question_after_another_is_worked_on_for_its_reader(seed_index: Path) -> None:
    with serve_scripted(seed_index) as (running, script):
        first = running.ask(QUESTION)
        n_calls = len(script.requests)
        second = running.ask(QUESTION, conversation_id=first["conversation_id"])

    assert second["cached"] is False
    assert len(script.requests) > n_calls


def test_a_quoted_answer_is_not_given_on_once_the_llm_is_back(seed_index: Path) -> None:
    with serve_scripted(seed_index, RAG_LLM_PAUSE_SECONDS="0") as (running, script):
        script.status = 400
        without_llm = [running.ask(QUESTION) for _ in range(2)]
        script.status = 200
        back = running.ask(QUESTION)

    assert [(answer["cached"], answer["degraded"] is None) for answer in without_llm] == [(False, False)] * 2
    assert (back["cached"], back["degraded"]) == (False, None)


def test_a_reader_who_deletes_his_conversation_leaves_no_answer_for_others(seed_index: Path) -> None:
    with serve_scripted(seed_index) as (running, _):
        first = running.ask(QUESTION)
        path = f"/v1/conversations/{first['conversation_id']}"
        deleted = httpx2.delete(running.url + path, timeout=MAX_SECONDS)
        again = running.ask(QUESTION)

    assert deleted.status_code == 204
    assert again["cached"] is False


def test_a_new_index_gives_a_new_answer(tmp_path: Path) -> None:
    documents = tmp_path / "docs"
    documents.mkdir()
    (documents / "a.md").write_text("# Ferry\n\nThe ferry Aurora carries 420 passengers.")
    question = "How many passengers does the ferry Aurora carry?"
    assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(tmp_path / "index")).returncode == 0
    with serve(tmp_path / "index", RAG_LLM="extractive", RAG_CACHED_ANSWERS="10") as running:
        old = [running.ask(question) for _ in range(2)]
        (documents / "a.md").write_text("# Ferry\n\nThe ferry Aurora carries 510 passengers.")
        assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(tmp_path / "index")).returncode == 0
        wait_until(lambda: running.get("/readyz").json()["index_version"] != old[0]["index_version"])
        new = running.ask(question)

    assert [answer["cached"] for answer in old] == [False, True]
    assert "420" in old[1]["answer"]
    assert (new["cached"], "510" in new["answer"]) == (False, True)


def test_twenty_whole_answers_at_the_same_time_are_worked_on_once(seed_index: Path) -> None:
    with serve_scripted(seed_index) as (running, script), ThreadPoolExecutor(N_READERS) as readers:
        answers = list(readers.map(running.ask, [QUESTION] * N_READERS))

    assert sum(not answer["cached"] for answer in answers) == 1
    assert len(script.requests) == 1
