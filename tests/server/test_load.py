"""More questions than the server has room for: what was taken is answered, the rest is refused at once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from benchmarks.loading.paced_llm import PacedLlm, serve_paced_llm
from tests.running import MAX_SECONDS, Event, Running, read_events, serve, wait_until

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
N_ANSWERS = 40


@contextmanager
def serve_held(index: Path, **settings: str) -> Iterator[tuple[Running, PacedLlm]]:
    """Run a server over an LLM that says nothing before it may."""
    llm = PacedLlm(first_seconds=0.0, between_seconds=0.0, is_held=True)
    with serve_paced_llm(llm), serve(index, RAG_LLM="openai", OPENAI_BASE_URL=llm.base_url, **settings) as running:
        yield running, llm


def open_stream(streams: ExitStack, running: Running) -> Iterator[Event]:
    """Ask, and return the events after the sources; the stream stays open."""
    body = {"question": QUESTION, "stream": True}
    reply = streams.enter_context(httpx2.stream("POST", running.url + "/v1/ask", json=body, timeout=MAX_SECONDS))
    assert reply.status_code == 200
    events = read_events(reply.iter_lines())
    assert "sources" in (event.name for event in events)
    return events


def test_what_the_server_has_room_for_is_answered_and_the_rest_refused_at_once(seed_index: Path) -> None:
    with serve_held(seed_index, RAG_MAX_ANSWERS=str(N_ANSWERS)) as (running, llm), ExitStack() as streams:
        open_streams = [open_stream(streams, running) for _ in range(N_ANSWERS)]
        refusals = [
            running.post(path, body)
            for path, body in {
                "/v1/ask": {"question": QUESTION},
                "/v1/chat/completions": {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]},
            }.items()
        ]
        health, search = running.get("/healthz"), running.get("/v1/search?q=Moscow")
        llm.is_held = False
        finals = [list(events)[-1] for events in open_streams]

    assert [reply.status_code for reply in refusals] == [429, 429]
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refusals)
    assert refusals[0].json()["code"] == "server_busy"
    assert (health.status_code, search.status_code) == (200, 200)
    assert [final.name for final in finals] == ["final"] * N_ANSWERS
    assert [final.data["degraded"] for final in finals] == [None] * N_ANSWERS


def test_readers_who_leave_make_room_and_stop_the_llm(seed_index: Path) -> None:
    with serve_held(seed_index, RAG_MAX_ANSWERS="3") as (running, llm):
        for _ in range(4):
            with ExitStack() as streams:
                # Streams that nobody holds would be closed.
                held = [open_stream(streams, running) for _ in range(3)]
                assert len(held) == 3
                assert running.post("/v1/ask", {"question": QUESTION}).status_code == 429
            wait_until(lambda: llm.n_open == 0)
            wait_until(lambda: running.post("/v1/ask", {"question": "Hello!"}).status_code == 200)


def test_questions_that_find_the_llm_busy_say_so_and_do_not_blame_it(seed_index: Path) -> None:
    with (
        serve_held(seed_index, RAG_LLM_SLOTS="1", RAG_LLM_QUEUE="1", RAG_LOCAL_METRICS="true") as (running, llm),
        ExitStack() as streams,
    ):
        first = open_stream(streams, running)
        wait_until(lambda: llm.n_open == 1)
        second = open_stream(streams, running)
        position = next(event for event in second if event.name == "queued")
        refused = running.ask(QUESTION)
        metrics = running.get("/metrics").text
        degraded = running.get("/readyz").json()["degraded"]
        llm.is_held = False
        finals = [list(events)[-1].data for events in (first, second)]

    assert position.data == {"before": 0}
    assert 'footnote_waiting_for_llm{collection="default"} 1.0' in metrics
    assert (refused["answered_by"], refused["degraded"]) == (
        "extractive",
        "the language model is busy with other questions",
    )
    assert degraded == []
    assert [(final["answered_by"], final["degraded"]) for final in finals] == [("llm", None)] * 2
