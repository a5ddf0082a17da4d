"""Assistants call the same answers as tools: the SDK's own client against both transports."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.running import MAX_SECONDS, ROOT, Running, clean_environment, run_rag, serve

pytestmark = pytest.mark.model

WITKOFF = "Who met with Putin in Moscow?"
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture(params=["http", "stdio"])
def connect(request: pytest.FixtureRequest, quoting_server: Running, seed_index: Path) -> Connect:
    if request.param == "http":
        return lambda: Client(quoting_server.url + "/mcp", read_timeout_seconds=MAX_SECONDS)
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag.cli.main", "mcp"],
        cwd=ROOT,
        env=clean_environment(RAG_INDEX_FOLDER=str(seed_index), RAG_LLM="extractive"),
    )
    return lambda: Client(program, read_timeout_seconds=MAX_SECONDS)


def call(connect: Connect, name: str, **arguments: object) -> dict:
    """Return a tool's result, which the text and the structured content must both hold."""
    result = attempt(connect, name, **arguments)
    assert not result.is_error, result.content
    [block] = result.content
    assert json.loads(block.text) == result.structured_content
    return result.structured_content


def attempt(connect: Connect, name: str, **arguments: object):
    async def run():
        async with connect() as client:
            return await client.call_tool(name, arguments)

    return anyio.run(run)


def test_the_tools_only_read(connect: Connect) -> None:
    async def run():
        async with connect() as client:
            return (await client.list_tools()).tools

    tools = anyio.run(run)

    assert [tool.name for tool in tools] == ["search", "fetch", "ask", "list_documents"]
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert [list(tool.input_schema["properties"]) for tool in tools[:2]] == [["query"], ["id"]]


def test_what_is_found_can_be_fetched(connect: Connect) -> None:
    found = call(connect, "search", query=WITKOFF)["results"]

    fetched = call(connect, "fetch", id=found[0]["id"])

    assert set(found[0]) == {"id", "title", "url"}
    assert len({one["id"] for one in found}) == len(found)
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert (fetched["id"], fetched["title"]) == (found[0]["id"], found[0]["title"])
    assert "Witkoff" in fetched["text"]
    assert all(isinstance(value, str) for value in fetched["metadata"].values())


def test_an_answer_has_the_words_behind_each_marker(connect: Connect, quoting_server: Running) -> None:
    expected = quoting_server.ask(WITKOFF)

    asked = call(connect, "ask", question=WITKOFF)

    assert (asked["answer"], asked["outcome"]) == (expected["answer"], "answered")
    assert [one["quote"] for one in asked["citations"]] == [one["quote"] for one in expected["citations"]]
    assert all(one["url"].startswith("http://127.0.0.1:") for one in asked["citations"])


def test_documents_are_listed_in_parts(connect: Connect) -> None:
    everything = call(connect, "list_documents")

    rest = call(connect, "list_documents", start=1, limit=1)

    assert everything["n_documents"] == len(everything["documents"])
    assert rest["documents"] == everything["documents"][1:2]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ask", {"question": "  "}, "the question is empty; ask something"),
        ("ask", {"question": "x" * 4001}, "at most 4,000 are allowed"),
        ("ask", {}, "argument question is missing"),
        ("ask", {"question": "Who?", "secret-word": 1}, "argument secret-word is unknown"),
        ("search", {"query": 7}, "argument query must be a text"),
        ("fetch", {"id": "../../etc/passwd"}, "in the index; `search` and `list_documents` return the ids"),
        ("list_documents", {"limit": 0}, "argument limit must be at least 1"),
        ("drop", {}, "there is no tool 'drop'; use search, fetch, ask, list_documents"),
    ],
)
def test_an_error_says_what_is_wrong(
    quoting_server: Running, name: str, arguments: dict[str, object], message: str
) -> None:
    result = attempt(lambda: Client(quoting_server.url + "/mcp"), name, **arguments)

    assert result.is_error
    assert message in result.content[0].text


def test_the_links_of_an_answer_open_the_words(quoting_server: Running) -> None:
    asked = call(lambda: Client(quoting_server.url + "/mcp", read_timeout_seconds=MAX_SECONDS), "ask", question=WITKOFF)

    page = httpx2.get(asked["citations"][0]["url"], timeout=MAX_SECONDS)

    assert '<mark id="cited"' in page.text


def test_each_tool_needs_its_scope(seed_index: Path, tmp_path: Path) -> None:
    # The keys lie beside the conversations.
    beside = {"RAG_CONVERSATIONS_FILE": str(tmp_path / "conversations.sqlite")}
    made = run_rag("keys", "create", "assistant", "--scope", "search", "--json", **beside)
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)["secret"]

    with serve(seed_index, RAG_LLM="extractive", **beside) as running:
        refused = running.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})

        def connect() -> AbstractAsyncContextManager[Client]:
            return connected_with_key(running.url, key)

        found = attempt(connect, "search", query=WITKOFF)
        asked = attempt(connect, "ask", question=WITKOFF)
        unknown = attempt(connect, "drop")

        async def list_tools() -> list[str]:
            async with connect() as client:
                return [tool.name for tool in (await client.list_tools()).tools]

        listed = anyio.run(list_tools)

    assert listed == ["search"]
    assert unknown.content[0].text == "there is no tool 'drop'; use search"
    assert refused.status_code == 401
    assert not found.is_error
    assert asked.is_error
    assert "the key lacks the scope ask" in asked.content[0].text


@asynccontextmanager
async def connected_with_key(url: str, key: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=MAX_SECONDS) as http,
        Client(streamable_http_client(url + "/mcp", http_client=http)) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Host": "evil.example", "Content-Type": "application/json"}, b"{}", 421),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b"[" * 300_000, 413),
        ({"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}, b"no JSON", 400),
        ({"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}, b"[" * 9000, 400),
    ],
)
def test_a_request_that_is_none_is_refused(
    quoting_server: Running, headers: dict[str, str], content: bytes, status: int
) -> None:
    reply = httpx2.post(quoting_server.url + "/mcp", headers=headers, content=content, timeout=MAX_SECONDS)

    assert reply.status_code == status
    assert "json" in reply.headers["content-type"]
    assert "Traceback" not in reply.text


def test_there_is_no_stream_to_hold_open(quoting_server: Running) -> None:
    assert quoting_server.get("/mcp", Accept="text/event-stream").status_code == 405


@pytest.mark.parametrize(("port", "n_notes"), [("0", 1), ("9000", 0)])
def test_the_command_says_where_links_lead_when_the_port_is_not_known(tmp_path: Path, port: str, n_notes: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli.main", "mcp"],
        cwd=ROOT,
        env=clean_environment(RAG_PORT=port, RAG_INDEX_FOLDER=str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=True,
    )

    assert done.stderr.count("they lead to http://127.0.0.1:8000. For them, set the port") == n_notes
    assert not done.stdout
