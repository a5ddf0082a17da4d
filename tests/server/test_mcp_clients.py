"""Many assistants use the tools at once, leave when they like, and come only from where they may."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client

from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, Running, run_rag, serve, wait_until

pytestmark = pytest.mark.model

WITKOFF = "Who met with Putin in Moscow?"
HEADERS = {"Accept": "application/json, text/event-stream"}
N_CLIENTS = 50


def a_call(name: str, **arguments: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


def result_of(reply: httpx2.Response) -> dict:
    """Return the result in a reply, which is one event."""
    [data] = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: {")]
    return json.loads(data)["result"]


def leave_a_connection(url: str, has_begun: Callable[[], bool]) -> None:
    with (
        httpx2.Client(timeout=MAX_SECONDS) as http,
        http.stream("POST", url, json=a_call("ask", question=WITKOFF), headers=HEADERS),
    ):
        wait_until(has_begun)


def cancel_a_call(url: str, has_begun: Callable[[], bool]) -> None:
    async def run() -> None:
        async with Client(url) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "ask", {"question": WITKOFF})
            await anyio.to_thread.run_sync(wait_until, has_begun)
            tasks.cancel_scope.cancel()

    anyio.run(run)


def test_a_call_in_progress_is_answered_when_the_server_is_told_to_stop(seed_index: Path) -> None:
    script = Script(["Steve ", "Witkoff ", "met ", "with ", "Putin ", "in ", "Moscow ", "[1]."], pause_seconds=0.3)
    with (
        serve_llm(script) as base_url,
        serve(seed_index, OPENAI_BASE_URL=base_url, RAG_LLM_MODEL="m", RAG_DRAIN_SECONDS="600") as running,
        ThreadPoolExecutor(1) as reader,
    ):
        asking = reader.submit(
            httpx2.post,
            running.url + "/mcp",
            json=a_call("ask", question=WITKOFF),
            headers=HEADERS,
            timeout=MAX_SECONDS,
        )
        wait_until(lambda: len(script.requests) == 1)
        running.process.terminate()

        told = result_of(asking.result())

    assert "Witkoff" in told["content"][0]["text"]


@pytest.mark.parametrize("leave", [leave_a_connection, cancel_a_call])
def test_a_client_that_leaves_stops_the_model(seed_index: Path, leave: Callable[..., None]) -> None:
    # No sentence ends, so the client hears nothing of it.
    script = Script(["word "] * 100_000, pause_seconds=0.05)
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, RAG_LLM_MODEL="m") as running:
        leave(running.url + "/mcp", lambda: len(script.requests) == 1)

        assert script.was_cut_off.wait(MAX_SECONDS)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://localhost:3000", 200),
        ("https://tools.example", 200),
        (None, 200),
    ],
)
def test_a_page_of_a_foreign_origin_is_refused(seed_index: Path, origin: str | None, status: int) -> None:
    with serve(seed_index, RAG_LLM="extractive", RAG_ALLOWED_ORIGINS="https://tools.example") as running:
        own = running.post("/mcp", a_call("list_documents"), Origin=running.url, **HEADERS)
        headers = HEADERS if origin is None else {**HEADERS, "Origin": origin}
        reply = running.post("/mcp", a_call("list_documents"), **headers)

    assert (own.status_code, reply.status_code) == (200, status)
    if status == 403:
        assert (reply.json()["code"], "documents" in reply.text) == ("origin_not_allowed", False)


@pytest.mark.parametrize("host", ["0.0.0.0:{port}", "[::]:{port}", "0.0.0.0:0", "127.0.0.1:0"])
def test_no_link_leads_to_all_addresses_or_to_port_0(quoting_server: Running, host: str) -> None:
    port = quoting_server.url.rsplit(":", 1)[1]

    reply = quoting_server.post("/mcp", a_call("search", query=WITKOFF), Host=host.format(port=port), **HEADERS)

    urls = [one["url"] for one in result_of(reply)["structuredContent"]["results"]]
    expected = "http://[::1]" if "::" in host else "http://127.0.0.1"
    assert urls
    assert all(url.startswith(f"{expected}:{port}/documents/") for url in urls)


def test_the_pages_of_the_list_are_the_whole_list(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number in range(7):
        (tmp_path / "docs" / f"{number}.md").write_text(f"# Pier {number}\n\nThe ferry leaves from pier {number}.\n")
    done = run_rag("index", str(tmp_path / "docs"), RAG_INDEX_FOLDER=str(tmp_path / "index"))
    assert done.returncode == 0, done.stderr

    with serve(tmp_path / "index", RAG_LLM="extractive") as running:
        whole, *pages = [listed_in(running, **more) for more in ({}, *({"start": n, "limit": 3} for n in (0, 3, 6, 9)))]

    assert [one["title"] for one in whole["documents"]] == [f"Pier {number}" for number in range(7)]
    assert [len(page["documents"]) for page in pages] == [3, 3, 1, 0]
    assert [one for page in pages for one in page["documents"]] == whole["documents"]
    assert {page["n_documents"] for page in [whole, *pages]} == {7}


def listed_in(running: Running, **more: int) -> dict:
    return result_of(running.post("/mcp", a_call("list_documents", **more), **HEADERS))["structuredContent"]


def test_clients_at_once_each_get_their_own_result(quoting_server: Running) -> None:
    questions = [WITKOFF, "How long is the proposed ceasefire?"]
    expected = [quoting_server.ask(question)["answer"] for question in questions]
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        reply = quoting_server.post("/mcp", a_call("ask", question=questions[number % 2]), **HEADERS)
        answers[number] = result_of(reply)["structuredContent"]["answer"]

    clients = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(N_CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(MAX_SECONDS)

    assert answers == {number: expected[number % 2] for number in range(N_CLIENTS)}


def test_search_and_fetch_have_the_form_of_chatgpts_connectors(quoting_server: Running) -> None:
    """One text block that holds JSON: a list of results, and one document."""
    found = result_of(quoting_server.post("/mcp", a_call("search", query=WITKOFF), **HEADERS))
    [block] = found["content"]
    results = json.loads(block["text"])["results"]

    fetched = result_of(quoting_server.post("/mcp", a_call("fetch", id=results[0]["id"]), **HEADERS))
    [document] = fetched["content"]

    assert block["type"] == document["type"] == "text"
    assert all(set(one) == {"id", "title", "url"} and all(one.values()) for one in results)
    assert set(json.loads(document["text"])) == {"id", "title", "text", "url", "metadata"}
    assert json.loads(document["text"])["id"] == results[0]["id"]
