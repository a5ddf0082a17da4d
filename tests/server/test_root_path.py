"""A server below a path of a proxy that cuts it off: every link leads back through the proxy."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, free_port, run_rag, serve, wait_until

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [pytest.mark.model, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]

PREFIX = "/footnote"
QUESTION = {"question": "Who closed the old pier?"}
CHAT = {"model": "footnote", "messages": [{"role": "user", "content": "Who closed the old pier?"}]}
LINK = re.compile(r'(?:href|src)="(/[^"]*)"')
CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location {prefix}/ {{
            proxy_pass http://127.0.0.1:{upstream}{path};
            proxy_set_header Host $http_host;
            proxy_set_header X-Request-ID $request_id;
        }}
    }}
}}
"""


@contextmanager
def proxy_before(server: Running, folder: Path, path: str) -> Iterator[str]:
    """Run nginx; yield the address of the server behind it."""
    port = free_port()
    file = folder / "nginx.conf"
    upstream = server.url.rsplit(":", 1)[1]
    file.write_text(CONFIGURATION.format(folder=folder, port=port, prefix=PREFIX, upstream=upstream, path=path))
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(file), "-p", str(folder), *user], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx2.get(f"{url}{PREFIX}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    try:
        wait_until(answers)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def prefixed_server(harbour_report: Path) -> Iterator[Running]:
    index = harbour_report.parent.parent / "index"
    done = run_rag("index", str(harbour_report.parent), RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    with serve(index, RAG_LLM="extractive", RAG_ROOT_PATH=PREFIX) as running:
        yield running


# nginx cuts the prefix off if proxy_pass has a path, and else passes it on.
@pytest.fixture(scope="module", params=["/", ""], ids=["cut off", "passed on"])
def site(
    prefixed_server: Running, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[str]:
    with proxy_before(prefixed_server, tmp_path_factory.mktemp("nginx"), request.param) as url:
        yield url


def get(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers=headers, timeout=MAX_SECONDS)


def post(url: str, body: object, **headers: str) -> httpx2.Response:
    return httpx2.post(url, json=body, headers=headers, timeout=MAX_SECONDS)


def test_all_links_of_all_pages_lead_through_the_proxy(site: str) -> None:
    waiting, seen = [f"{PREFIX}/", f"{PREFIX}/nope", f"{PREFIX}/documents/nope"], {}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        reply = get(site + path, accept="text/html")
        seen[path] = reply.status_code
        if reply.headers["content-type"].startswith("text/html"):
            links = [link.replace("&amp;", "&").partition("#")[0] for link in LINK.findall(reply.text)]
            assert all(link.startswith(f"{PREFIX}/") for link in links), path
            waiting += links

    assert {path: status for path, status in seen.items() if status != 200 and "nope" not in path} == {}
    assert {f"{PREFIX}/widget.js", f"{PREFIX}/static/pages.css", f"{PREFIX}/documents"} <= seen.keys()
    assert any(path.endswith("/file") for path in seen)


def test_citations_lead_to_their_words_in_each_protocol(site: str) -> None:
    base = site + PREFIX
    answer = post(f"{base}/v1/ask", QUESTION).json()
    completion = post(f"{base}/v1/chat/completions", CHAT).json()
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    call["params"] = {"name": "search", "arguments": {"query": "old pier"}}
    found = post(f"{base}/mcp", call, accept="application/json, text/event-stream").text

    assert get(base + answer["citations"][0]["url"]).status_code == 200
    cited = completion["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
    assert cited.startswith(f"{base}/documents/")
    assert get(cited).status_code == 200
    (url, *_) = re.findall(rf"{re.escape(base)}/documents/[0-9a-f]+", found)
    assert get(url).status_code == 200


def test_the_description_names_the_path(site: str) -> None:
    assert get(f"{site}{PREFIX}/openapi.json").json()["servers"] == [{"url": PREFIX}]


def test_a_refusal_of_openai_keeps_its_form(site: str) -> None:
    reply = post(f"{site}{PREFIX}/v1/chat/completions", {**CHAT, "model": "nope"})

    assert reply.json()["error"]["code"] == "model_not_found"


def test_the_proxys_request_id_is_kept(site: str, prefixed_server: Running) -> None:
    request_id = get(f"{site}{PREFIX}/v1/models").headers["x-request-id"]

    wait_until(lambda: any("route=/v1/models" in line and request_id in line for line in prefixed_server.log))
    assert re.fullmatch("[0-9a-f]{32}", request_id)


def test_text_is_compressed_and_streams_are_not(site: str) -> None:
    base = site + PREFIX
    plain = get(f"{base}/widget.js", **{"accept-encoding": "identity"})
    packed = get(f"{base}/widget.js", **{"accept-encoding": "gzip"})
    streamed = post(f"{base}/v1/ask", {**QUESTION, "stream": True}, **{"accept-encoding": "gzip"})
    short = get(f"{base}/healthz", **{"accept-encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in streamed.headers
    assert "content-encoding" not in short.headers
