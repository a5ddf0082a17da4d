"""Conversations over HTTP, in a real server process: stored, shown, continued, deleted, listed."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, run_rag, serve, wait_for, wait_until

pytestmark = pytest.mark.model

WITKOFF = "Who is Steve Witkoff?"
KEY = {"authorization": "Bearer secret-of-the-owner"}
MADE_UP = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversations") / "conversations.sqlite"


@pytest.fixture(scope="module")
def server(seed_index: Path, file: Path) -> Iterator[Running]:
    with serve(
        seed_index, RAG_LLM="extractive", RAG_ADMIN_KEY="secret-of-the-owner", RAG_CONVERSATIONS_FILE=str(file)
    ) as running:
        yield running


def delete(server: Running, path: str, **headers: str) -> httpx2.Response:
    return httpx2.delete(server.url + path, headers=headers, timeout=MAX_SECONDS)


def test_a_conversation_shows_each_answer_exactly_as_it_was_given(server: Running) -> None:
    first = server.ask(WITKOFF)
    second = server.stream("and who did he meet?", conversation_id=first["conversation_id"])[-1].data

    reply = server.get(f"/v1/conversations/{first['conversation_id']}")

    told = reply.json()
    assert [turn["answer"] for turn in told["turns"]] == [first, second]
    assert (told["id"], told["title"]) == (first["conversation_id"], WITKOFF)
    assert told["created"] == told["turns"][0]["answered"] < told["turns"][1]["answered"] == told["updated"]
    assert reply.headers["cache-control"] == "no-store"


def test_an_abstention_is_stored_too(server: Running) -> None:
    answer = server.ask("What is the capital of France?")

    told = server.get(f"/v1/conversations/{answer['conversation_id']}").json()

    assert told["turns"][0]["answer"] == answer


def test_a_restarted_server_shows_and_continues_what_was_asked_before(seed_index: Path, tmp_path: Path) -> None:
    environment = {"RAG_LLM": "extractive", "RAG_CONVERSATIONS_FILE": str(tmp_path / "kept.sqlite")}
    with serve(seed_index, **environment) as before:
        first = before.ask(WITKOFF)
        before.process.kill()
        before.process.wait()

    with serve(seed_index, **environment) as after:
        second = after.ask("and who did he meet?", conversation_id=first["conversation_id"])
        told = after.get(f"/v1/conversations/{first['conversation_id']}").json()

    assert second["query"] == "Who did Steve Witkoff meet?"
    assert [turn["answer"] for turn in told["turns"]] == [first, second]


def test_an_id_that_somebody_made_up_is_not_taken(server: Running) -> None:
    answer = server.ask(WITKOFF, conversation_id=MADE_UP)

    assert answer["conversation_id"] != MADE_UP
    assert server.get(f"/v1/conversations/{MADE_UP}").status_code == 404


def test_fifty_questions_at_once_lose_no_turn(server: Running) -> None:
    first = server.ask(WITKOFF)["conversation_id"]

    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda n: server.ask("Who met with Putin in Moscow?", conversation_id=first if n % 2 else None),
                range(50),
            )
        )

    ids = {server.get(f"/v1/conversations/{answer['conversation_id']}").json()["id"] for answer in answers}
    assert len(ids) == 26
    shared = server.get(f"/v1/conversations/{first}").json()["turns"]
    told = {turn["answer"]["id"] for turn in shared}
    assert told >= {answer["id"] for answer in answers if answer["conversation_id"] == first}
    assert len(shared) == 26


def test_a_deleted_conversation_is_gone_for_good(server: Running, file: Path) -> None:
    question = "Who is Steve Witkoff, my unmistakable friend?"
    conversation_id = server.ask(question)["conversation_id"]

    reply = delete(server, f"/v1/conversations/{conversation_id}")

    assert (reply.status_code, reply.content) == (204, b"")
    assert not any(b"unmistakable" in part.read_bytes() for part in file.parent.iterdir())
    for again in (server.get(f"/v1/conversations/{conversation_id}"), delete(server, reply.url.path)):
        assert (again.status_code, again.json()["code"]) == (404, "conversation_not_found")
        assert again.headers["content-type"] == "application/problem+json"
    assert server.ask(WITKOFF, conversation_id=conversation_id)["conversation_id"] != conversation_id


def test_the_list_wants_the_key_and_shows_the_newest_first_in_parts(server: Running) -> None:
    ids = [server.ask(question)["conversation_id"] for question in (WITKOFF, "Who met with Putin?", WITKOFF)]

    first = server.get("/v1/conversations?limit=2", **KEY).json()
    second = server.get(f"/v1/conversations?limit=1&cursor={first['next']}", **KEY).json()

    assert [one["id"] for one in (*first["conversations"], *second["conversations"])] == ids[::-1]
    assert set(first["conversations"][0]) == {"id", "title", "created", "updated", "n_turns", "key_id", "user"}
    alone = server.get(f"/v1/conversations/{ids[-1]}").json()
    assert first["conversations"][0]["created"] == alone["created"]
    n_stored = len(server.get("/v1/conversations?limit=100", **KEY).json()["conversations"])
    last = server.get(f"/v1/conversations?limit={n_stored}", **KEY).json()
    assert last["next"] is None
    for headers in ({}, {"authorization": "Bearer wrong"}):
        refused = server.get("/v1/conversations", **headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_refused")
        assert refused.headers["www-authenticate"] == "Bearer"


def test_nobody_lists_conversations_where_no_key_is_set(quoting_server: Running) -> None:
    reply = quoting_server.get("/v1/conversations", authorization="Bearer guessed")

    assert (reply.status_code, reply.json()["code"]) == (401, "key_refused")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/conversations/a.b",
        f"/v1/conversations/{'x' * 65}",
        "/v1/conversations?limit=0",
        "/v1/conversations?cursor=x",
    ],
)
def test_what_can_be_no_conversation_is_refused(server: Running, path: str) -> None:
    reply = server.get(path, **KEY)

    assert (reply.status_code, reply.json()["code"]) == (422, "request_invalid")
    assert "[" not in reply.json()["detail"], "a pattern says nothing to a person"


def test_other_sites_may_delete_a_conversation_only_when_allowed(server: Running) -> None:
    conversation_id = server.ask(WITKOFF)["conversation_id"]

    def preflight(origin: str) -> httpx2.Response:
        asked = {"origin": origin, "access-control-request-method": "DELETE"}
        return httpx2.options(f"{server.url}/v1/conversations/{conversation_id}", headers=asked)

    assert preflight("http://localhost:3000").status_code == 200
    assert "DELETE" in preflight("http://localhost:3000").headers["access-control-allow-methods"]
    assert preflight("https://news.example").status_code == 400


@pytest.mark.parametrize("fault", ["damaged", "locked", "gone"])
def test_a_file_that_cannot_be_used_stops_no_answer(seed_index: Path, tmp_path: Path, fault: str) -> None:
    file = tmp_path / "folder" / "conversations.sqlite"
    if fault != "gone":
        file.parent.mkdir()
    lock = sqlite3.connect(file, isolation_level=None) if fault == "locked" else None
    if fault == "damaged":
        file.write_bytes(b"no database " * 500)
    if lock:
        lock.execute("BEGIN EXCLUSIVE")

    with serve(seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(file)) as server:
        first = server.ask(WITKOFF)
        second = server.ask("and who did he meet?", conversation_id=first["conversation_id"])
        ready = server.get("/readyz")
        unknown = server.get(f"/v1/conversations/{MADE_UP}")

    assert second["query"] == "Who did Steve Witkoff meet?"
    assert ready.status_code == 200
    assert [(one["part"], one["code"]) for one in ready.json()["degraded"]] == [
        ("conversations", "conversations_unavailable")
    ]
    assert (unknown.status_code, unknown.json()["code"]) == (503, "conversations_unavailable")
    assert str(tmp_path) not in unknown.text


def test_a_stored_citation_keeps_its_quote_when_its_document_changes_or_goes(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    story = documents / "story.txt"
    story.write_text(
        "Shoes and boots\n\nShoes may be sent back within 30 days. The shop in Leeds is run by Ada Brown.\n"
    )
    index = tmp_path / "index"
    assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(index)).returncode == 0

    with serve(index, RAG_LLM="extractive") as server:
        answer = server.ask("Who runs the shop in Leeds?")
        (citation,) = answer["citations"]
        story.write_text("Shoes.\n")
        (documents / "other.txt").write_text("The ferry Aurora carries 420 passengers across the bay every day.\n")
        assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(index)).returncode == 0
        wait_until(lambda: server.ask("Who runs the shop in Leeds?")["index_version"] != answer["index_version"])
        changed = server.get(citation["url"], accept="text/html")
        story.unlink()
        assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(index)).returncode == 0
        gone = wait_for(server, citation["url"], status=404)
        page = server.get(citation["url"], accept="text/html")
        told = server.get(f"/v1/conversations/{answer['conversation_id']}").json()

    assert changed.status_code == 200
    assert "may have changed since the answer was built" in changed.text
    assert gone.json()["code"] == "document_not_found"
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert told["turns"][0]["answer"] == answer
    assert citation["quote"] == "Shoes may be sent back within 30 days. The shop in Leeds is run by Ada Brown."
    # An index build leaves the conversations alone, which lie beside its versions.
    assert (index / "conversations.sqlite").exists()


def test_the_api_describes_conversations(quoting_server: Running) -> None:
    paths = quoting_server.get("/openapi.json").json()["paths"]

    one = paths["/v1/conversations/{conversation_id}"]
    assert set(one) == {"get", "delete"}
    shown = one["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/ConversationBody"}
    assert paths["/v1/conversations"]["get"]["security"] == [{"key": []}]
