"""Keys of groups over HTTP: nothing that a reader gets tells of documents that are not for its groups."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, run_rag, serve

N_READS = int(os.environ.get("FOOTNOTE_READS", "300"))
GROUPS = ("board", "staff", "works council")
# A word of each document that stands nowhere else; the last group is None.
NAMES = {
    "board": ("Quillhaven", "Brontavex", "Zephyrine"),
    "staff": ("Marrowgate", "Velunthia", "Orchidell"),
    "works council": ("Thistlewick", "Granvolar", "Pellamere"),
    None: ("Hollowbrook", "Sandrivane", "Tamberly"),
}


@dataclass(frozen=True)
class Reader:
    """A key and what it must never see."""

    headers: dict[str, str]
    hidden: tuple[str, ...]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("groups")
    for group, names in NAMES.items():
        folder = place / "docs" / (group or "open")
        folder.mkdir(parents=True)
        if group:
            (folder / "metadata.toml").write_text(f"[defaults]\ngroup = {json.dumps(group)}\n")
        for number, name in enumerate(names):
            (folder / f"{name}.md").write_text(
                f"---\ntags: [{name}tag]\nauthor: {name} Author\n---\n# Project {name}\n\n"
                f"The {name} Operations Office (N{name[:3].upper()}) opens at {number + 7} in the morning. "
                f"The budget of {name} for 2026 is {number + 3} million euros. "
                f"Its code is {name[:2].upper()}-90{number}."
            )
        (folder / f"{names[0]}-broken.pdf").write_bytes(b"%PDF-1.4 broken")
    done = run_rag("index", str(place / "docs"), RAG_INDEX_FOLDER=str(place / "index"))
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[Running]:
    # Readers of different groups ask the same questions, so a shared answer would be found out.
    with serve(place / "index", RAG_LLM="extractive", RAG_CACHED_ANSWERS="1000") as running:
        yield running


@pytest.fixture(scope="module")
def readers(place: Path, running: Running) -> list[Reader]:
    assert running.process.poll() is None
    return [reader_of(place, groups) for groups in [(), *((group,) for group in GROUPS), GROUPS[:2], GROUPS[1:]]]


def reader_of(place: Path, groups: tuple[str, ...]) -> Reader:
    flags = [flag for group in groups for flag in ("--group", group)]
    scopes = [flag for scope in ("ask", "search", "documents") for flag in ("--scope", scope)]
    created = run_rag("keys", "create", "key", *scopes, *flags, "--json", RAG_INDEX_FOLDER=str(place / "index"))
    assert created.returncode == 0, created.stderr
    hidden = tuple(name for group, names in NAMES.items() if group not in {None, *groups} for name in names)
    return Reader({"Authorization": f"Bearer {json.loads(created.stdout)['secret']}"}, hidden)


@pytest.fixture(scope="module")
def document_ids(place: Path) -> list[str]:
    """Return the ids of all documents, which a former reader may remember."""
    from rag.index.store import Store
    from rag.index.versions import STORE_FILE, read_version

    store = Store(read_version(place / "index").folder / STORE_FILE)
    return [entry.id for entry in store.entries() if entry.reason is None]


def words_of(chance: Random) -> str:
    """Return a question for the name of any document, whole, misspelt or in part; no name in it is whole."""
    name = chance.choice([name for names in NAMES.values() for name in names])
    return chance.choice(
        [
            f"When does the {name[:-1]} open?",
            f"budget of {name[:4]}{name[5:]}",
            f"What does N{name[:3].upper()} mean?",
            f"{name[:2].lower()} 900",
            "Which projects are there?",
            "How many documents are there?",
            "What is the newest file?",
            "Which project has the highest budget?",
            "Summarize the documents.",
            "Who wrote about the office?",
            "opens in the morning",
        ]
    )


def reads(chance: Random, ids: list[str], running: Running) -> httpx2.Request:
    """Return a request for one of all the ways to read."""
    group, words, document = chance.choice(list(NAMES)), words_of(chance), chance.choice(ids)
    messages = [{"role": "user", "content": words}]
    filters = chance.choice([{}, {"groups": [group or "staff"]}, {"folder": group or "open"}, {"tags": ["x"]}])
    ways: list[Callable[[], tuple[str, str, dict | None]]] = [
        lambda: (
            "GET",
            f"/v1/search?q={words}&k={chance.choice([1, 5, 20])}&explain={chance.choice(['true', 'false'])}",
            None,
        ),
        lambda: ("GET", f"/v1/search?q={words}&group={group or 'board'}", None),
        lambda: ("POST", "/v1/ask", {"question": words, "filters": filters}),
        lambda: ("POST", "/v1/ask", {"question": words, "stream": True}),
        lambda: (
            "POST",
            "/v1/chat/completions",
            {"model": "footnote", "messages": messages},
        ),
        lambda: ("GET", "/v1/documents", None),
        lambda: ("GET", "/documents", None),
        lambda: ("GET", f"/v1/documents/{document}", None),
        lambda: ("GET", f"/documents/{document}?start=0&end=20", None),
        lambda: ("GET", f"/documents/{document}/file", None),
        lambda: ("GET", "/readyz", None),
        lambda: ("POST", "/mcp", call("list_documents", {})),
        lambda: ("POST", "/mcp", call("search", {"query": words})),
        lambda: ("POST", "/mcp", call("fetch", {"id": document})),
        lambda: ("POST", "/mcp", call("ask", {"question": words})),
    ]
    method, path, body = chance.choice(ways)()
    headers = {"Accept": "application/json, text/event-stream"} if path == "/mcp" else {}
    return httpx2.Request(method, running.url + path, json=body, headers=headers)


def call(tool: str, arguments: dict) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def test_no_read_of_any_kind_tells_of_a_hidden_document(
    running: Running, readers: list[Reader], document_ids: list[str]
) -> None:
    chance = Random(20)  # noqa: S311
    statuses = set()
    with httpx2.Client(timeout=MAX_SECONDS) as client:
        for _ in range(N_READS):
            reader, request = chance.choice(readers), reads(chance, document_ids, running)
            request.headers.update(reader.headers)
            reply = client.send(request)
            statuses.add(reply.status_code)
            shown = reply.text.lower() + str(reply.headers).lower()
            told = [name for name in reader.hidden if name.lower() in shown]
            assert not told, (request.method, str(request.url), request.content, reply.text)
    assert 200 in statuses
    assert statuses <= {200, 404}


def test_a_reader_finds_lists_and_opens_what_its_groups_may_see(
    running: Running, readers: list[Reader], document_ids: list[str]
) -> None:
    for reader in readers:
        documents = running.get("/v1/documents", **reader.headers).json()["documents"]
        visible = {name for names in NAMES.values() for name in names} - set(reader.hidden)
        assert {one["title"].removeprefix("Project ") for one in documents} == visible
        for document_id in document_ids:
            is_visible = document_id in {one["id"] for one in documents}
            status = running.get(f"/v1/documents/{document_id}", **reader.headers).status_code
            assert status == (200 if is_visible else 404)
        for name in sorted(visible):
            answer = running.post("/v1/ask", {"question": f"What is the budget of {name} for 2026?"}, **reader.headers)
            assert name in answer.json()["answer"]
