"""Feedback over HTTP, in a real server process: stored, replaced, taken back, and never lost."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.killing import N_WRITE_KILLS
from tests.running import MAX_SECONDS, Running, serve, wait_until

pytestmark = pytest.mark.model

WITKOFF = "Who is Steve Witkoff?"
# A server takes seconds to start.
N_KILLS = max(2, N_WRITE_KILLS // 5)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "answers.sqlite"


@pytest.fixture(scope="module")
def server(seed_index: Path, file: Path) -> Iterator[Running]:
    with serve(seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(file.with_name("c.sqlite"))) as running:
        yield running


def give(server: Running, answer_id: str, **body: object) -> httpx2.Response:
    # In ASCII, which can hold halves of characters.
    content = json.dumps({"answer_id": answer_id, "thumbs": "down", **body})
    headers = {"Content-Type": "application/json"}
    return httpx2.post(server.url + "/v1/feedback", content=content, headers=headers, timeout=MAX_SECONDS)


def delete(server: Running, path: str) -> httpx2.Response:
    return httpx2.delete(server.url + path, timeout=MAX_SECONDS)


def rows(file: Path, query: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def has_answer(file: Path) -> bool:
    """Return whether an answer is recorded; the file is there a moment before its tables are."""
    tables = rows(file, "SELECT 1 FROM sqlite_master WHERE name = 'answers'")
    return bool(tables) and bool(rows(file, "SELECT 1 FROM answers"))


def feedback_on(file: Path, answer_id: str) -> list[tuple]:
    return rows(
        file,
        "SELECT thumbs, reason, corrected_answer FROM feedback JOIN answers USING (number) WHERE id = ?",
        answer_id,
    )


def test_feedback_is_stored_and_replaced(server: Running, file: Path) -> None:
    answer = server.ask(WITKOFF)

    first = give(server, answer["id"], reason=" He is more. ", corrected_answer="An envoy.")
    second = give(server, answer["id"], thumbs="up")

    assert first.status_code == 200
    told = first.json()
    assert told.pop("given").endswith("Z")
    assert told == {
        "answer_id": answer["id"],
        "thumbs": "down",
        "reason": "He is more.",
        "corrected_answer": "An envoy.",
    }
    assert second.status_code == 200
    assert feedback_on(file, answer["id"]) == [("up", "", "")]


def test_a_record_has_figures_and_what_is_cited_but_no_words(server: Running, file: Path) -> None:
    answer = server.ask(WITKOFF)
    give(server, answer["id"])

    (record,) = rows(
        file,
        "SELECT outcome, kind, answered_by, total_ms, key_id, question, answer, user FROM answers WHERE id = ?",
        answer["id"],
    )
    cited = rows(file, "SELECT document_id, sha256 FROM cited JOIN answers USING (number) WHERE id = ?", answer["id"])

    document = server.get(f"/v1/documents/{answer['citations'][0]['document_id']}").json()
    assert record[:3] == ("answered", "fact", "extractive")
    assert record[3:] == (answer["timings_ms"]["total"], None, None, None, None)
    assert cited == [(document["id"], document["sha256"])]


def test_answers_to_openai_clients_and_streams_are_recorded_too(server: Running) -> None:
    completion = server.post(
        "/v1/chat/completions", {"model": "footnote", "messages": [{"role": "user", "content": WITKOFF}]}
    ).json()
    streamed = server.stream(WITKOFF)[-1].data

    ids = [completion["footnote"]["id"], streamed["id"]]

    assert [give(server, answer_id).status_code for answer_id in ids] == [200, 200]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"answer_id": "0" * 32}, 404, "there is no such answer"),
        ({"answer_id": "../../etc"}, 422, "the server did not issue this value"),
        ({"thumbs": "sideways"}, 422, "thumbs"),
        ({"reason": "x" * 2001}, 422, "reason must have at most 2,000"),
        ({"reason": "\ud800"}, 422, "reason must be a text of whole characters"),
        ({"thumbs": "up", "corrected_answer": "No."}, 422, "corrected_answer: it goes only with thumbs down"),
        ({"stars": 5}, 422, "the known names are answer_id, corrected_answer, reason, thumbs"),
    ],
)
def test_what_cannot_be_feedback_is_refused(server: Running, body: dict, status: int, words: str) -> None:
    answer = server.ask(WITKOFF)

    reply = give(server, **{"answer_id": answer["id"], **body})

    assert (reply.status_code, words in reply.json()["detail"]) == (status, True), reply.text


def test_feedback_can_be_taken_back(server: Running, file: Path) -> None:
    answer = server.ask(WITKOFF)
    give(server, answer["id"], reason="Wrong.")

    assert delete(server, f"/v1/feedback/{answer['id']}").status_code == 204
    assert delete(server, f"/v1/feedback/{answer['id']}").status_code == 204
    assert delete(server, "/v1/feedback/unknown").status_code == 404

    assert feedback_on(file, answer["id"]) == []


def test_deleting_a_conversation_deletes_the_words_of_its_feedback(server: Running, file: Path) -> None:
    answer = server.ask(WITKOFF)
    give(server, answer["id"], reason="My secret.")

    assert delete(server, f"/v1/conversations/{answer['conversation_id']}").status_code == 204

    assert feedback_on(file, answer["id"]) == [("down", "", "")]
    assert all(b"My secret." not in part.read_bytes() for part in file.parent.iterdir())


def test_words_are_kept_only_where_the_owner_wants_it(seed_index: Path, tmp_path: Path) -> None:
    environment = {"RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite"), "RAG_KEEP_QUESTIONS": "true"}
    with serve(seed_index, RAG_LLM="extractive", **environment) as running:
        answer = running.ask(WITKOFF)
        file = tmp_path / "answers.sqlite"
        wait_until(lambda: file.exists() and has_answer(file))

    assert rows(file, "SELECT id, question FROM answers") == [(answer["id"], WITKOFF)]


def test_a_killed_server_loses_no_turn_and_no_feedback_that_it_acknowledged(seed_index: Path, tmp_path: Path) -> None:
    environment = {"RAG_LLM": "extractive", "RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite")}
    acknowledged: list[tuple[str, str]] = []
    for cycle in range(N_KILLS):
        with serve(seed_index, **environment) as running:
            for n in range(3):
                answer = running.ask(WITKOFF)
                assert give(running, answer["id"], reason=f"{cycle} {n}").status_code == 200
                acknowledged.append((answer["id"], f"{cycle} {n}"))
            running.process.kill()
            running.process.wait()

    kept = {id_ for (id_,) in rows(tmp_path / "c.sqlite", "SELECT answer_id FROM turns")}
    assert [id_ for id_, _ in acknowledged if id_ not in kept] == []
    assert [feedback_on(tmp_path / "answers.sqlite", id_) for id_, _ in acknowledged] == [
        [("down", reason, "")] for _, reason in acknowledged
    ]
