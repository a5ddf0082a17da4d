"""A running server follows its folder: what is added, changed or removed is soon known."""

import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, run_rag, serve, wait_until

pytestmark = pytest.mark.model

KEY = {"Authorization": "Bearer secret-key-of-the-owner"}
FERRY = "The ferry Aurora carries 420 passengers across the bay every day."


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live") / "docs"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    return folder


@pytest.fixture(scope="module")
def index(docs: Path) -> Path:
    index = docs.parent / "index"
    done = run_rag("index", str(docs), RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    return index


@pytest.fixture(scope="module")
def server(index: Path) -> Iterator[Running]:
    with serve(index, "--watch", RAG_LLM="extractive", RAG_ADMIN_KEY="secret-key-of-the-owner") as running:
        yield running


def uris(server: Running) -> set[str]:
    return {file["uri"] for file in server.get("/v1/documents").json()["files"] if file["state"] == "indexed"}


def test_a_document_that_is_sent_is_answered_from_and_one_removed_is_gone(server: Running, docs: Path) -> None:
    files = {"file": ("pier.md", b"# Pier\n\nThe old pier was closed by Tom Reed in 2019.")}
    sent = httpx2.post(server.url + "/v1/documents", files=files, headers=KEY, timeout=MAX_SECONDS)
    assert (sent.status_code, sent.json()) == (202, {"uri": "pier.md", "state": "waiting"})
    assert (docs / "pier.md").is_file()
    wait_until(lambda: "pier.md" in uris(server))
    answer = server.ask("Who closed the old pier?")
    assert "Tom Reed" in answer["answer"]
    document = answer["citations"][0]["document_id"]

    removed = httpx2.delete(f"{server.url}/v1/documents/{document}", headers=KEY, timeout=MAX_SECONDS)

    assert removed.status_code == 202
    wait_until(lambda: "pier.md" not in {file["uri"] for file in server.get("/v1/documents").json()["files"]})
    assert server.ask("Who closed the old pier?")["abstained"]
    assert server.get(f"/documents/{document}").status_code == 404


@pytest.mark.parametrize(
    ("name", "headers", "status", "code"),
    [
        ("a.txt", {}, 401, "key_refused"),
        ("a.txt", {"Authorization": "Bearer wrong"}, 401, "key_refused"),
        ("../a.txt", KEY, 422, "document_refused"),
        ("/etc/a.txt", KEY, 422, "document_refused"),
        (".hidden.txt", KEY, 422, "document_refused"),
        ("a.exe", KEY, 422, "document_refused"),
    ],
)
def test_what_may_not_be_sent_is_refused(
    server: Running, name: str, headers: dict[str, str], status: int, code: str
) -> None:
    files = {"file": ("f.txt", b"words")}
    reply = httpx2.post(
        server.url + "/v1/documents", files=files, data={"name": name}, headers=headers, timeout=MAX_SECONDS
    )

    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_a_watched_folder_is_followed_while_readers_ask(server: Running, docs: Path) -> None:
    failures: list[str] = []
    is_over = threading.Event()

    def keep_asking() -> None:
        while not is_over.is_set():
            answer = server.ask("How many passengers does the ferry Aurora carry?")
            quoted = [citation["quote"] for citation in answer["citations"]]
            if not quoted or not all("passengers" in quote and quote in answer["answer"] for quote in quoted):
                failures.append(answer["answer"])

    readers = [threading.Thread(target=keep_asking, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(500, 503):
        (docs / "ferry.txt").write_text(FERRY.replace("420", str(number)))
        wait_until(lambda n=number: str(n) in server.ask("How many passengers does the ferry carry?")["answer"])
    is_over.set()
    for reader in readers:
        reader.join()

    assert not failures


def test_a_change_during_another_build_is_indexed_after_it(server: Running, docs: Path, index: Path) -> None:
    with (index / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (docs / "late.txt").write_text("The crane was painted by Ada Finch.")
        wait_until(lambda: any("is being built by" in line for line in server.log))
    wait_until(lambda: "late.txt" in uris(server))

    assert "Ada Finch" in server.ask("Who painted the crane?")["answer"]


def test_a_document_whose_name_is_not_utf8_can_be_read_and_removed(server: Running, docs: Path) -> None:
    path = docs / os.fsdecode(b"caf\xe9.txt")
    path.write_text("The cafe sells plum cake on Sundays.")
    wait_until(lambda: "caf\\xe9.txt" in uris(server))
    citation = server.ask("What does the cafe sell on Sundays?")["citations"][0]
    assert server.get(citation["url"]).status_code == 200
    assert server.get(f"/v1/documents/{citation['document_id']}").json()["uri"] == "caf\\xe9.txt"

    removed = httpx2.delete(f"{server.url}/v1/documents/{citation['document_id']}", headers=KEY, timeout=MAX_SECONDS)

    assert (removed.status_code, path.exists()) == (202, False)
    wait_until(lambda: "caf\\xe9.txt" not in uris(server))


def test_a_search_can_be_limited_to_some_documents(server: Running, docs: Path) -> None:
    (docs / "old").mkdir()
    (docs / "old/metadata.toml").write_text('[defaults]\ntags = ["archive"]\nlink = "https://example.org/old"\n')
    (docs / "old/ferry.txt").write_text(FERRY.replace("420", "99"))
    wait_until(lambda: "old/ferry.txt" in uris(server))

    answer = server.ask("How many passengers does the ferry carry?", filters={"tags": ["archive"]})
    found = server.get("/v1/search?q=ferry&folder=old&media_type=text/plain").json()["hits"]
    no_pdf = server.get("/v1/search?q=ferry&folder=old&media_type=application/pdf").json()["hits"]

    assert "99 passengers" in answer["answer"]
    assert [citation["link"] for citation in answer["citations"]] == ["https://example.org/old"]
    assert [(hit["uri"], hit["link"]) for hit in found] == [("old/ferry.txt", "https://example.org/old")]
    assert no_pdf == []
