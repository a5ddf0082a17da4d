"""nginx and Caddy as deploy/ configures them, with TLS, before a real server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.fake_llm import Script, serve_llm
from tests.operating.proxies import (
    RUN,
    Proxy,
    command_of_nginx,
    find_program,
    make_certificate,
    write_caddy,
    write_nginx,
)
from tests.running import MAX_SECONDS, Running, read_events, serve

WITKOFF = "Who met with Putin in Moscow?"
ADMIN_KEY = "an-admin-key-of-the-tests"
PIECE = 1 << 20
SILENT = Script(pieces=["The"], silent_after=0)

pytestmark = pytest.mark.model


def require(program: str) -> str:
    path = find_program(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture(scope="module")
def server(seed_index: Path) -> Iterator[Running]:
    """A server whose LLM never says a word, so that an answer is at its end only when the reader leaves."""
    with (
        serve_llm(SILENT) as llm,
        serve(
            seed_index, OPENAI_BASE_URL=llm, RAG_LLM="openai", RAG_ADMIN_KEY=ADMIN_KEY, RAG_CONVERSATION_DAYS="0"
        ) as running,
    ):
        yield running


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    require(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    with RUN[request.param](folder, int(server.url.rsplit(":", 1)[1])) as running:
        yield running


def connect(proxy: Proxy, address: str = "127.0.0.1") -> httpx2.Client:
    """Return a client that comes from an address of this machine."""
    transport = httpx2.HTTPTransport(verify=proxy.tls, local_address=address)
    return httpx2.Client(transport=transport, base_url=proxy.url, timeout=MAX_SECONDS)


def test_events_of_an_answer_pass_while_the_rest_is_not_written_yet(proxy: Proxy) -> None:
    body = {"question": WITKOFF, "stream": True}

    with connect(proxy) as client, client.stream("POST", "/v1/ask", json=body) as reply:
        events = read_events(reply.iter_lines())
        names = [next(events).name for _ in range(3)]

    assert names == ["meta", "sources", "draft"]


def test_assistants_call_tools_and_get_links_to_the_public_address(proxy: Proxy) -> None:
    async def search() -> dict:
        async with (
            httpx2.AsyncClient(verify=proxy.tls, timeout=MAX_SECONDS) as http,
            Client(streamable_http_client(proxy.url + "/mcp", http_client=http)) as client,
        ):
            return (await client.call_tool("search", {"query": WITKOFF})).structured_content

    found = anyio.run(search)

    assert found["results"][0]["url"].startswith(proxy.url + "/documents/")


def test_what_is_too_large_for_the_server_is_explained_by_it(proxy: Proxy) -> None:
    with connect(proxy) as client:
        reply = client.post("/v1/ask", json={"question": "x" * 300_000})

    assert (reply.status_code, reply.json()["code"]) == (413, "content_too_large")


def test_a_document_may_be_as_large_as_the_server_allows(proxy: Proxy) -> None:
    size = 200_000_001
    headers = {
        "Authorization": f"Bearer {ADMIN_KEY}",
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(size),
    }
    pieces = (bytes(min(PIECE, size - start)) for start in range(0, size, PIECE))

    with connect(proxy) as client:
        reply = client.post("/v1/documents", content=pieces, headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (413, "content_too_large")
    assert "raise max_file_mb" in reply.json()["detail"]


def test_a_large_document_for_a_collection_reaches_the_server_too(proxy: Proxy) -> None:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "multipart/form-data; boundary=b"}

    with connect(proxy) as client:
        reply = client.post("/collections/none/v1/documents", content=bytes(3_000_000), headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (404, "collection_not_found")


def test_a_wrong_key_is_named_although_the_file_is_not_read(proxy: Proxy) -> None:
    headers = {"Authorization": "Bearer wrong", "Content-Type": "multipart/form-data; boundary=b"}

    with connect(proxy) as client:
        reply = client.post("/v1/documents", content=bytes(20 * PIECE), headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (401, "key_refused")


def test_what_is_far_too_large_is_refused_by_whoever_notices_it_first(proxy: Proxy) -> None:
    with connect(proxy) as client:
        reply = client.post("/v1/ask", json={"question": "x" * 3_000_000})

    # Caddy before 2.8 replies 502.
    assert reply.status_code in {413, 502}


def test_limits_count_each_client_by_the_address_that_it_really_has(proxy: Proxy) -> None:
    def send_wrong_key(client: httpx2.Client, pretended: str) -> int:
        headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": pretended}
        return client.delete("/v1/documents/none", headers=headers).status_code

    # Addresses that no test before has used up.
    addresses = {"nginx": ("127.0.0.8", "127.0.0.9"), "caddy": ("127.0.0.10", "127.0.0.11")}[proxy.program]
    with connect(proxy, addresses[0]) as first, connect(proxy, addresses[1]) as second:
        statuses = [send_wrong_key(first, f"198.51.100.{number}") for number in range(12)]
        others = send_wrong_key(second, addresses[0])

    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert others == 401


def test_browsers_are_told_to_come_by_tls_only(proxy: Proxy) -> None:
    with connect(proxy) as client:
        reply = client.get("/healthz")

    assert reply.headers["strict-transport-security"] == "max-age=31536000"
    assert "Caddy" not in reply.headers.get("server", "")


def test_nginx_accepts_its_configuration_without_a_warning(tmp_path: Path) -> None:
    program = require("nginx")
    make_certificate(tmp_path)

    done = subprocess.run(
        [program, *command_of_nginx(write_nginx(tmp_path, 8000, 8443))[1:], "-t"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_caddy_accepts_its_configuration(tmp_path: Path) -> None:
    program = require("caddy")
    make_certificate(tmp_path)

    done = subprocess.run(
        [program, "validate", "--adapter", "caddyfile", "--config", str(write_caddy(tmp_path, 8000, 8443))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_caddys_file_is_formatted_as_caddy_does(tmp_path: Path) -> None:
    program = require("caddy")
    file = write_caddy(tmp_path, 8000, 8443)

    done = subprocess.run([program, "fmt", str(file)], capture_output=True, text=True, check=False)

    assert done.stdout == file.read_text(encoding="utf-8")
    assert done.returncode == 0
