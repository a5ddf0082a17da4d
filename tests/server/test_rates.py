"""Over real HTTP: a question too many is refused on the routes and by the tools of MCP."""

from pathlib import Path

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.running import MAX_SECONDS, serve

READER = {"X-Forwarded-For": "192.0.2.1"}


def test_the_tools_and_the_routes_share_the_rate_of_a_reader(tmp_path: Path) -> None:
    async def ask(url: str):
        async with (
            httpx2.AsyncClient(headers=READER, timeout=MAX_SECONDS) as http,
            Client(streamable_http_client(url, http_client=http), read_timeout_seconds=MAX_SECONDS) as client,
        ):
            return await client.call_tool("ask", {"question": "Who?"}), await client.call_tool("fetch", {"id": "x"})

    limits = {"RAG_ADDRESS_QUESTIONS_PER_MINUTE": "1", "RAG_ADMIN_KEY": "a" * 16}
    with serve(tmp_path, wait_until_ready=False, **limits) as running:
        first = running.post("/v1/ask", {"question": "Who?"}, **READER)
        second = running.post("/v1/ask", {"question": "Who?"}, **READER)
        asked, fetched = anyio.run(ask, running.url + "/mcp")
        own = running.post("/v1/ask", {"question": "Who?"})
        metrics = running.get("/metrics", Authorization="Bearer " + "a" * 16).text

    assert (first.json()["code"], second.json()["code"], own.json()["code"]) == (
        "index_missing",
        "rate_limited",
        "index_missing",
    )
    assert 0 < int(second.headers["Retry-After"]) <= 60
    assert asked.is_error
    assert "too many questions came from your address" in asked.content[0].text
    assert "too many questions" not in fetched.content[0].text
    assert 'footnote_refused_total{code="rate_limited"} 2.0' in metrics
    assert sum("code=rate_limited" in line for line in running.log) == 1
