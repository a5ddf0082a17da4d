"""Several indexes in one server: each answers under its own path and as a model of its own."""

import asyncio
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters

from rag.api.upkeep import Upkeep
from rag.assembly.settings import read_settings
from rag.index.versions import read_manifest
from tests.running import MAX_SECONDS, ROOT, Running, clean_environment, run_rag, serve, wait_until

BEES = "# Bees\n\nThe hives stand behind the old mill. Honey is harvested in the second week of July.\n"
BOATS = "# Boats\n\nThe ferry leaves from pier four. The boats are painted in the second week of July.\n"
QUESTION = "What happens in the second week of July?"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("collections")
    for name, text in (("bees", BEES), ("boats", BOATS)):
        (place / f"{name}-docs").mkdir()
        (place / f"{name}-docs" / f"{name}.md").write_text(text)
        done = run_rag("index", str(place / f"{name}-docs"), RAG_INDEX_FOLDER=str(place / name))
        assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[Running]:
    flags = [flag for name in ("bees", "boats") for flag in ("--collection", f"{name}={place / name}")]
    with serve(place / "own", *flags, RAG_LLM="extractive") as running:
        yield running


def post(running: Running, path: str, **body: object) -> dict:
    reply = running.post(path, body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def titles(answer: dict) -> set[str]:
    return {citation["title"] for citation in answer["citations"]}


def test_each_collection_answers_from_its_own_documents(running: Running) -> None:
    assert titles(post(running, "/v1/ask", question=QUESTION)) == {"Bees"}
    assert titles(post(running, "/collections/bees/v1/ask", question=QUESTION)) == {"Bees"}
    assert titles(post(running, "/collections/boats/v1/ask", question=QUESTION)) == {"Boats"}


def test_links_of_a_collection_lead_to_its_documents(running: Running) -> None:
    answer = post(running, "/collections/boats/v1/ask", question=QUESTION)
    url = answer["citations"][0]["url"]

    assert "pier four" in running.get(f"/collections/boats{url}").text
    assert running.get(url).status_code == 404


def test_a_collection_is_a_model_whose_links_are_whole(running: Running) -> None:
    models = [one["id"] for one in running.get("/v1/models").json()["data"]]
    assert models == ["footnote", "bees", "boats"]

    for path in ("/v1", "/collections/boats/v1", "/collections/bees/v1"):
        messages = [{"role": "user", "content": QUESTION}]
        answer = post(running, f"{path}/chat/completions", model="boats", messages=messages)
        assert answer["model"] == "boats"
        (annotation, *_) = answer["choices"][0]["message"]["annotations"]
        assert "pier four" in httpx2.get(annotation["url_citation"]["url"], timeout=MAX_SECONDS).text


@pytest.mark.parametrize(
    ("path", "model", "below"),
    [
        ("/v1", "footnote", ""),
        ("/v1", "bees", ""),
        ("/v1", "boats", ""),
        ("/collections/bees/v1", "boats", ""),
        ("/collections/boats/v1", "boats", "/collections/boats"),
        ("/collections/boats/v1", "footnote", "/collections/boats"),
    ],
)
def test_paths_in_an_answer_of_a_model_lead_to_its_documents(
    running: Running, path: str, model: str, below: str
) -> None:
    place = "pier four" if "boats" in path + model else "the old mill"
    messages = [{"role": "user", "content": QUESTION}]

    completion = post(running, f"{path}/chat/completions", model=model, messages=messages)
    response = post(running, f"{path}/responses", model=model, input=QUESTION)

    (annotation, *_) = completion["choices"][0]["message"]["annotations"]
    for citation in (
        annotation["citation"],
        completion["footnote"]["citations"][0],
        response["footnote"]["citations"][0],
    ):
        assert place in running.get(f"{below}{citation['url']}").text


def test_feedback_finds_the_answer_in_any_collection(running: Running) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    answer = post(running, "/v1/chat/completions", model="boats", messages=messages)["footnote"]
    feedback = {"answer_id": answer["id"], "thumbs": "up"}

    assert post(running, "/v1/feedback", **feedback)["answer_id"] == answer["id"]
    assert running.post("/collections/bees/v1/feedback", feedback).status_code == 404
    assert running.post("/v1/feedback", feedback | {"answer_id": "no-such-answer"}).status_code == 404
    statuses = [
        httpx2.delete(f"{running.url}{path}/v1/feedback/{answer['id']}", timeout=MAX_SECONDS).status_code
        for path in ("", "/collections/boats", "/collections/bees")
    ]
    assert statuses == [204, 204, 404]


@pytest.mark.parametrize(
    ("path", "model"), [("/v1", "footnote"), ("/v1", "boats"), ("/collections/bees/v1", "footnote")]
)
def test_metadata_name_a_collection(running: Running, path: str, model: str) -> None:
    question = {"model": model, "metadata": {"collection": "boats"}}
    messages = [{"role": "user", "content": QUESTION}]

    completion = post(running, f"{path}/chat/completions", messages=messages, **question)
    response = post(running, f"{path}/responses", input=QUESTION, **question)

    for annotation in (
        completion["choices"][0]["message"]["annotations"][0]["url_citation"],
        response["output"][0]["content"][0]["annotations"][0],
    ):
        assert annotation["title"] == "Boats"
        assert "pier four" in httpx2.get(annotation["url"], timeout=MAX_SECONDS).text


@pytest.mark.parametrize(
    ("model", "collection", "told"),
    [
        ("footnote", "birds", "there is no collection 'birds'; use bees or boats"),
        ("bees", "boats", "the model asks the collection bees; leave one of them out"),
    ],
)
def test_a_collection_that_cannot_be_meant_is_refused(running: Running, model: str, collection: str, told: str) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    body = {"model": model, "messages": messages, "metadata": {"collection": collection}}

    reply = running.post("/v1/chat/completions", body)

    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["code"]) == (400, "metadata.collection", "request_invalid")
    assert told in error["message"]


def test_the_list_names_paths_and_titles(running: Running) -> None:
    assert running.get("/v1/collections").json()["collections"] == [
        {"name": "bees", "title": "Footnote", "path": "/collections/bees"},
        {"name": "boats", "title": "Footnote", "path": "/collections/boats"},
    ]


@pytest.mark.parametrize("path", ["/collections/birds/v1/documents", "/collections/bees%2F..%2Fboats/v1/documents"])
def test_an_unknown_collection_is_not_found(running: Running, path: str) -> None:
    assert running.get(path).status_code == 404


def test_an_unknown_model_names_those_that_there_are(running: Running) -> None:
    reply = running.post("/v1/chat/completions", {"model": "birds", "messages": [{"role": "user", "content": "Hi"}]})

    assert reply.status_code == 404
    assert "'footnote' or 'bees' or 'boats'" in reply.json()["error"]["message"]


def test_every_command_can_be_for_a_collection_of_the_file(place: Path, tmp_path: Path) -> None:
    settings = tmp_path / "rag.toml"
    settings.write_text(f"[collections.boats]\nindex_folder = {json.dumps(str(place / 'boats'))}\ntop_k = 3\n")

    found = run_rag("--collection", "boats", "search", "pier", "--json", RAG_SETTINGS_FILE=str(settings))
    missing = run_rag("--collection", "bees", "search", "pier", RAG_SETTINGS_FILE=str(settings))

    assert "pier four" in found.stdout, found.stderr
    assert (missing.returncode, missing.stderr.strip()) == (
        1,
        "rag: there is no collection 'bees'; take one of boats",
    )


@pytest.mark.parametrize("command", [("search", "pier"), ("ask", "pier"), ("mcp",)])
def test_a_command_that_reads_names_a_collection_or_a_folder(
    place: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    settings = tmp_path / "rag.toml"
    settings.write_text(f"[collections.boats]\nindex_folder = {json.dumps(str(place / 'boats'))}\n")
    left_behind = {"RAG_SETTINGS_FILE": str(settings), "RAG_INDEX_FOLDER": str(place / "bees")}

    unnamed = run_rag(*command, **left_behind)

    assert (unnamed.returncode, unnamed.stdout) == (1, "")
    assert unnamed.stderr.strip().endswith(
        "the settings have the collections boats, and none is named; name one, as in `rag --collection boats …`"
    )


def test_a_folder_can_be_named_instead_of_a_collection(place: Path, tmp_path: Path) -> None:
    settings = tmp_path / "rag.toml"
    settings.write_text(f"[collections.boats]\nindex_folder = {json.dumps(str(place / 'boats'))}\n")

    found = run_rag("--index-folder", str(place / "bees"), "search", "mill", RAG_SETTINGS_FILE=str(settings))

    assert "old mill" in found.stdout, found.stderr


def test_links_of_an_assistant_on_this_machine_lead_to_the_collection(place: Path, tmp_path: Path) -> None:
    settings = tmp_path / "rag.toml"
    settings.write_text(f"port = 8300\n[collections.boats]\nindex_folder = {json.dumps(str(place / 'boats'))}\n")
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag.cli.main", "--collection", "boats", "mcp"],
        cwd=ROOT,
        env=clean_environment(RAG_SETTINGS_FILE=str(settings), RAG_LLM="extractive"),
    )

    async def search() -> dict:
        async with Client(program, read_timeout_seconds=MAX_SECONDS) as client:
            return (await client.call_tool("search", {"query": "pier"})).structured_content

    url = anyio.run(search)["results"][0]["url"]
    assert url.startswith("http://127.0.0.1:8300/collections/boats/documents/")


def test_a_collection_loads_with_its_first_question_and_shares_the_encoder(place: Path) -> None:
    flags = [flag for name in ("bees", "boats") for flag in ("--collection", f"{name}={place / name}")]
    with serve(place / "own", *flags, RAG_LLM="extractive", RAG_ADMIN_KEY="secret-of-the-owner") as running:
        post(running, "/v1/ask", question=QUESTION)
        metrics = running.get("/metrics", authorization="Bearer secret-of-the-owner").text
        assert 'footnote_ready{collection="boats"} 0.0' in metrics
        before = files_open_in(running.process.pid, place / "boats")
        post(running, "/collections/boats/v1/ask", question=QUESTION)

        assert not before
        assert files_open_in(running.process.pid, place / "boats")


def test_readiness_tells_that_another_collection_fails(place: Path, tmp_path: Path) -> None:
    flags = [f"--collection=bees={place / 'bees'}", f"--collection=boats={tmp_path / 'boats'}"]
    shutil.copytree(place / "boats", tmp_path / "boats")
    with serve(place / "own", *flags, RAG_LLM="extractive") as running:
        healthy = running.get("/readyz").json()["degraded"]
        (tmp_path / "boats" / "live").unlink()
        asked = running.post("/collections/boats/v1/ask", {"question": QUESTION})
        (failing,) = running.get("/readyz").json()["degraded"]

    assert (healthy, asked.status_code) == ([], 503)
    assert (failing["part"], failing["code"]) == ("collections", "index_missing")
    assert failing["reason"] == "1 of 1 further collections cannot answer from the newest index"
    assert "boats" not in json.dumps(failing)


def test_a_key_opens_only_its_collections(place: Path) -> None:
    flags = [flag for name in ("bees", "boats") for flag in ("--collection", f"{name}={place / name}")]
    index = str(place / "keys")
    created = run_rag(
        *("keys", "create", "boats only", "--scope", "ask", "--scope", "documents", "--collection", "boats", "--json"),
        RAG_INDEX_FOLDER=index,
    )
    key = {"Authorization": f"Bearer {json.loads(created.stdout)['secret']}"}
    with serve(place / "keys", *flags, RAG_LLM="extractive", wait_until_ready=False) as running:
        # Where the path names none, the key's first is asked.
        for path in ("/v1/documents", "/collections/boats/v1/documents"):
            assert [one["title"] for one in running.get(path, **key).json()["documents"]] == ["Boats"]
        refused = running.get("/collections/bees/v1/documents", **key)
        assert (refused.status_code, refused.json()["code"]) == (404, "collection_not_found")
        assert "GET /v1/collections lists those" in refused.json()["detail"]
        assert [one["id"] for one in running.get("/v1/models", **key).json()["data"]] == ["footnote", "boats"]
        messages = [{"role": "user", "content": QUESTION}]
        other = running.post("/v1/chat/completions", {"model": "bees", "messages": messages}, **key)
        assert (other.status_code, "bees" in other.json()["error"]["message"].split(";")[1]) == (404, False)
        hidden = {"model": "footnote", "messages": messages, "metadata": {"collection": "bees"}}
        named = running.post("/v1/chat/completions", hidden, **key)
        assert (named.status_code, "bees" in named.json()["error"]["message"].split(";")[1]) == (400, False)
        for path in ("/readyz", "/healthz", "/version"):
            strangers = [running.get(f"/collections/{name}{path}").status_code for name in ("bees", "boats", "none")]
            assert strangers == [401, 401, 401]
        for path in ("/readyz", "/version"):
            assert running.get(f"/collections/bees{path}", **key).status_code == 404


def test_metrics_are_not_for_a_key_of_some_collections(place: Path) -> None:
    flags = [flag for name in ("bees", "boats") for flag in ("--collection", f"{name}={place / name}")]
    create = ("keys", "create", "owner", "--scope", "admin", "--json")
    some, every = (
        json.loads(run_rag(*create, *more, RAG_INDEX_FOLDER=str(place / "owned")).stdout)["secret"]
        for more in (("--collection", "boats"), ())
    )
    with serve(place / "owned", *flags, RAG_LLM="extractive", wait_until_ready=False) as running:
        # A header that a proxy adds: otherwise a collector on this machine needs no key.
        replies = [
            running.get("/metrics", via="1.1 proxy", authorization=f"Bearer {secret}") for secret in (some, every)
        ]

    assert [reply.status_code for reply in replies] == [403, 200]
    assert "the key is only for some" in replies[0].json()["detail"]


def files_open_in(pid: int, folder: Path) -> list[str]:
    """Return the files below a folder that a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if f"{os.fspath(folder)}/" in line and "sqlite" not in line]


def test_the_server_indexes_a_collection_with_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = 'documents_folder = "bees-docs"\npassage_tokens = 96\n'
    Path("rag.toml").write_text(f'passage_tokens = 128\n[collections.bees]\nindex_folder = "bees"\n{own}')

    async def store() -> None:
        upkeep = Upkeep(read_settings().of_collection("bees"), watches=False)
        upkeep.start()
        await upkeep.store("bees.md", io.BytesIO(BEES.encode()))
        await asyncio.to_thread(wait_until, lambda: read_manifest(Path("bees")) is not None)
        await upkeep.close()

    asyncio.run(store())

    manifest = read_manifest(Path("bees"))
    assert manifest is not None
    assert manifest.recipe.max_tokens == 96
