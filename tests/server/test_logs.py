"""What the log of a real server says, read as an operator and as a program would read it."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, serve, wait_until

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"
ADMIN_KEY = "a-key-of-24-characters-x"
OWNER = {"authorization": f"Bearer {ADMIN_KEY}"}
HOSTILE_PATH = "/%0A2026-03-01T09:30:00.000Z%20INFO%20answered%1B[2J"


def events_of(running: Running) -> list[dict]:
    return [json.loads(line) for line in running.log if line.startswith("{")]


def test_json_logs_follow_a_question_an_upload_and_a_refusal_by_their_ids(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Pier\n\nTom Reed closed the old pier.\n")
    environment = {"RAG_LOG_FORMAT": "json", "RAG_LLM": "extractive", "RAG_ADMIN_KEY": ADMIN_KEY}
    index = tmp_path / "index"
    with serve(index, "--watch", wait_until_ready=False, RAG_DOCUMENTS_FOLDER=str(folder), **environment) as running:
        wait_until(lambda: running.get("/readyz").status_code == 200)
        answer = running.post("/v1/ask", {"question": QUESTION}, **{"X-Request-ID": "asked-by-proxy"})
        refused = running.post("/v1/ask", {"question": "x" * 5000})
        running.get(HOSTILE_PATH)
        files = {"file": ("new.md", b"# Ferry\n\nThe ferry is blue.\n")}
        sent = httpx2.post(running.url + "/v1/documents", files=files, headers=OWNER, timeout=MAX_SECONDS)
        wait_until(lambda: any(event["message"] == "answering from a new index" for event in events_of(running)))

    events = events_of(running)
    by_request = {
        reply.headers["x-request-id"]: {
            event["message"]: event for event in events if event.get("request") == reply.headers["x-request-id"]
        }
        for reply in (answer, refused, sent)
    }
    assert not [line for line in running.log if not line.startswith(("{", "Footnote is at", "No key", "Ctrl-C"))]
    answered = by_request["asked-by-proxy"]["answered"]
    assert (answered["answer"], answered["outcome"]) == (answer.json()["id"], answer.json()["outcome"])
    assert answered["ms"] >= answered["search_ms"] > 0
    asked = by_request["asked-by-proxy"]["request"]
    assert (asked["method"], asked["route"], asked["status"], asked["bytes"]) == (
        *("POST", "/v1/ask", 200),
        len(answer.content),
    )
    assert by_request[refused.headers["x-request-id"]]["request"]["code"] == "question_invalid"
    stored = by_request[sent.headers["x-request-id"]]
    assert stored["a document was stored"]["document"] == "new.md"
    assert stored["request"]["key"] == "admin_key"
    assert [event["message"] for event in events if event["message"].startswith("the index was updated")]
    assert QUESTION not in "".join(running.log)
    assert ADMIN_KEY not in "".join(running.log)


def test_text_logs_have_one_line_an_event_whatever_a_path_holds(seed_index: Path) -> None:
    with serve(seed_index, RAG_LLM="extractive") as running:
        running.ask(QUESTION)
        running.get(HOSTILE_PATH)
        running.stream(QUESTION)

    lines = [line.rstrip("\n") for line in running.log if not line.startswith(("Footnote is at", "No key", "Ctrl-C"))]
    assert [line.split(" ")[2] for line in lines] == ["ready", "answered", "request", "request", "answered", "request"]
    assert all(line.isprintable() for line in lines)
