"""Paths that climb, and line breaks where headers and log lines are made of what a client sends."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from rag.api.access.rules import _SCOPES_BY_ROUTE
from tests.running import MAX_SECONDS, Running, serve

pytestmark = pytest.mark.model

KEY = "a-key-of-24-characters-x"
CANARY = "canary-outside-of-every-folder"
ROUTES_WITH_A_NAME = sorted(line for line in _SCOPES_BY_ROUTE if "{" in line)
UP = [
    *("..%2f" * 12, "%2e%2e/" * 12, "%2e%2e%2f" * 12, "../" * 12, "..%5c" * 12, "..%252f" * 12, "....//" * 12),
    *("..;/" * 12, "%c0%ae%c0%ae%c0%af" * 12, "%ef%bc%8e%ef%bc%8e/" * 12, "/", "//", "file:///", "%00/", ".%00./" * 12),
]
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\r\n\r\n"]
_INJECTED = "X-Evil: 1"
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z (?:INFO|WARNING|ERROR) ")


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outside") / "canary.txt"
    file.write_text(CANARY)
    return file


@pytest.fixture(scope="module")
def server(seed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    docs = tmp_path_factory.mktemp("docs")
    with serve(seed_index, RAG_LLM="extractive", RAG_ADMIN_KEY=KEY, RAG_DOCUMENTS_FOLDER=str(docs)) as running:
        yield running


def send(server: Running, request: bytes) -> bytes:
    """Return all that the server replies to these bytes."""
    with closing(socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), MAX_SECONDS)) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def ask_for(server: Running, method: str, path: str, headers: bytes = b"", body: bytes = b"") -> tuple[int, bytes]:
    """Return status and reply; the path goes out as it is."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
    length = f"Content-Length: {len(body)}\r\n\r\n"
    reply = send(server, head.encode() + headers + length.encode() + body)
    return int(reply.split()[1]), reply


def headers_of(reply: bytes) -> list[bytes]:
    return re.split(rb"[\r\n]+", reply.partition(b"\r\n\r\n")[0])


@pytest.mark.parametrize("route", ROUTES_WITH_A_NAME)
def test_a_path_leads_to_no_file_outside(server: Running, canary: Path, route: str) -> None:
    method, template = route.split()

    for up in UP:
        target = re.sub(r"\{[^}]*\}", lambda _, up=up: up + str(canary).lstrip("/"), template)
        status, reply = ask_for(server, method, target)

        assert 400 <= status < 500 or status in {204, 307}, (target, reply)
        assert CANARY.encode() not in reply, target


@pytest.mark.parametrize("up", UP)
def test_a_collection_and_a_static_file_are_no_folders(server: Running, canary: Path, up: str) -> None:
    for start in ("/collections/", "/static/", "/static/pages.css/", "/documents/x/"):
        status, reply = ask_for(server, "GET", start + up + str(canary).lstrip("/"))

        assert status in {307, 400, 404, 422}, reply
        assert CANARY.encode() not in reply


@pytest.mark.parametrize("up", ["../", "/", "a/../../", "..\\", "./../", "\x00", "a/\r\n/", "C:\\"])
def test_an_upload_is_stored_nowhere_outside(server: Running, canary: Path, up: str) -> None:
    name = f"{up}{canary.stem}-new.txt"
    part = f'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nThe pier.\r\n--b--\r\n'
    content_type = b"Content-Type: multipart/form-data; boundary=b\r\n"

    status, reply = ask_for(server, "POST", "/v1/documents", content_type, (part + file).encode())

    assert status == 422, reply
    assert list(canary.parent.iterdir()) == [canary]


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_line_break_in_a_path_or_a_query_makes_no_header_and_no_log_line(server: Running, line_break: str) -> None:
    injected = quote(f"x{line_break}{_INJECTED}{line_break}2026-03-01T09:30:00.000Z INFO evil", safe="")

    for route in _SCOPES_BY_ROUTE:
        method, template = route.split()
        path = re.sub(r"\{[^}]*\}", injected, template)
        _, reply = ask_for(server, method, f"{path}?q={injected}&{injected}={injected}")

        assert not [line for line in headers_of(reply) if line.lower().startswith(b"x-evil")], reply
    assert [line for line in server.log if "evil" in line and not _LOG_LINE.match(line)] == []
    assert not [line for line in server.log if re.match(r"2026-03-01T09:30:00\.000Z INFO evil", line)]


@pytest.mark.parametrize("name", ["Origin", "X-Request-ID", "Host", "Range", "Accept", "User-Agent", "X-Forwarded-For"])
@pytest.mark.parametrize(
    "line_break", [b"\n", b"\r", b"\x00", b"\xc2\x85", b"\xe2\x80\xa8", b"\x0b", b"%0d%0a", b"\r\n "]
)
def test_a_line_break_in_a_header_makes_no_header_of_the_reply(server: Running, name: str, line_break: bytes) -> None:
    value = b"x" * 9 + line_break + b"X-Evil: 1"

    for path in ("/healthz", "/widget.js", "/v1/ask", "/admin", "/nope"):
        _, reply = ask_for(server, "GET", path, f"{name}: ".encode() + value + b"\r\n")

        assert not [line for line in headers_of(reply) if line.lower().startswith(b"x-evil")], reply
    assert [line for line in server.log if "X-Evil" in line and not _LOG_LINE.match(line)] == []


def test_the_log_has_no_fault_after_all_that(server: Running) -> None:
    assert not [line for line in server.log if "Traceback" in line or " ERROR " in line]
