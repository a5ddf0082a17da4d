"""An answer whose connection is cut goes on, and its reader gets the rest: POST /v1/ask with Idempotency-Key."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest

from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, Event, Running, read_events, serve, wait_until

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
SENTENCES = ["U.S. envoy Steve Witkoff ", "recently met with Putin ", "in Moscow. ", "He met him in Moscow."]


@pytest.fixture
def server(seed_index: Path, tmp_path: Path) -> Iterator[Running]:
    with serve(seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(tmp_path / "c.sqlite")) as running:
        yield running


def stream(server: Running, key: str, *, after: int | None = None, question: str = QUESTION) -> list[Event]:
    headers = {"Idempotency-Key": key, **({"Last-Event-ID": str(after)} if after is not None else {})}
    with open_stream(server, question, headers) as reply:
        return list(read_events(reply.iter_lines()))


def open_stream(server: Running, question: str, headers: dict[str, str]) -> AbstractContextManager[httpx2.Response]:
    body = {"question": question, "stream": True}
    return httpx2.stream("POST", f"{server.url}/v1/ask", json=body, headers=headers, timeout=MAX_SECONDS)


def test_a_reader_who_has_some_events_gets_the_others_and_the_question_is_answered_once(server: Running) -> None:
    whole = stream(server, "key-of-one-question")
    assert [event.id for event in whole] == [str(n) for n in range(1, len(whole) + 1)]

    for n_read in range(len(whole) + 1):
        assert stream(server, "key-of-one-question", after=n_read) == whole[n_read:]

    conversation = server.get(f"/v1/conversations/{whole[-1].data['conversation_id']}").json()
    assert len(conversation["turns"]) == 1
    answered = [line for line in server.log if "answered answer=" in line]
    assert len(answered) == 1


@pytest.mark.parametrize("after", ["x", "-1", "99999", "9" * 30, "1.5"])
def test_a_number_that_names_no_event_of_the_answer_begins_at_the_first(server: Running, after: str) -> None:
    whole = stream(server, "key-of-one-question")
    with open_stream(server, QUESTION, {"Idempotency-Key": "key-of-one-question", "Last-Event-ID": after}) as reply:
        assert list(read_events(reply.iter_lines())) == whole


def test_a_request_without_stream_gets_the_same_answer(server: Running) -> None:
    whole = stream(server, "key-of-one-question")
    reply = server.post("/v1/ask", {"question": QUESTION}, **{"Idempotency-Key": "key-of-one-question"})

    assert reply.json() == whole[-1].data


def test_without_a_key_or_with_another_each_request_is_a_question(server: Running) -> None:
    ids = {server.ask(QUESTION)["id"], server.ask(QUESTION)["id"]}
    ids |= {stream(server, key)[-1].data["id"] for key in ("first-key", "second-key")}

    assert len(ids) == 4


def test_the_key_of_one_question_is_refused_with_another(server: Running) -> None:
    stream(server, "key-of-one-question")
    reply = server.post("/v1/ask", {"question": "Who is Zelensky?"}, **{"Idempotency-Key": "key-of-one-question"})

    assert (reply.status_code, reply.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space in it", "größe-and-more"])
def test_what_is_no_key_is_refused(server: Running, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    reply = httpx2.post(f"{server.url}/v1/ask", json={"question": QUESTION}, headers=headers, timeout=MAX_SECONDS)

    assert (reply.status_code, reply.json()["code"]) == (422, "request_invalid")


def test_pages_of_other_origins_may_send_the_headers(server: Running) -> None:
    asked = {"Origin": "http://localhost:9", "Access-Control-Request-Method": "POST"}
    named = {"Access-Control-Request-Headers": "content-type,idempotency-key,last-event-id"}
    reply = httpx2.options(f"{server.url}/v1/ask", headers={**asked, **named}, timeout=MAX_SECONDS)

    assert reply.status_code == 200, reply.text


def test_an_answer_whose_reader_is_cut_off_goes_on_and_the_llm_is_asked_once(seed_index: Path, tmp_path: Path) -> None:
    script = Script(SENTENCES, pause_seconds=0.2)
    environment = {"RAG_LLM": "openai", "RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite"), "RAG_VERIFY": "never"}
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, **environment) as server:
        with open_stream(server, QUESTION, {"Idempotency-Key": "key-of-one-question"}) as reply:
            read = []
            for event in read_events(reply.iter_lines()):
                read.append(event)
                if event.name == "sources":
                    break

        rest = stream(server, "key-of-one-question", after=int(read[-1].id))

    assert [event.name for event in read] == ["meta", "sources"]
    assert rest[-1].name == "final"
    assert rest[-1].data["answered_by"] == "llm"
    assert int(rest[0].id) == int(read[-1].id) + 1
    assert len(script.requests) == 1


def test_who_stops_an_answer_stops_the_llm_and_nothing_is_stored(seed_index: Path, tmp_path: Path) -> None:
    script = Script(SENTENCES * 2000, pause_seconds=0.05)
    environment = {"RAG_LLM": "openai", "RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite"), "RAG_VERIFY": "never"}
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, **environment) as server:
        events: list[Event] = []
        has_sources = threading.Event()

        def read() -> None:
            with open_stream(server, QUESTION, {"Idempotency-Key": "key-of-one-question"}) as reply:
                for event in read_events(reply.iter_lines()):
                    events.append(event)
                    if event.name == "sources":
                        has_sources.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert has_sources.wait(MAX_SECONDS)
        wait_until(lambda: len(script.requests) == 1)
        status = httpx2.delete(f"{server.url}/v1/ask/key-of-one-question", timeout=MAX_SECONDS).status_code
        reader.join(MAX_SECONDS)
        wait_until(script.was_cut_off.is_set)
        conversation = server.get(f"/v1/conversations/{events[0].data['conversation_id']}")

    assert status == 204
    assert (events[-1].name, events[-1].data["code"]) == ("error", "reader_gone")
    assert conversation.status_code == 404


def test_stopping_what_no_key_names_tells_nothing(server: Running) -> None:
    assert httpx2.delete(f"{server.url}/v1/ask/never-sent-before", timeout=MAX_SECONDS).status_code == 204
