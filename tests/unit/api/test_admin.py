"""Routes behind the admin key answer only requests that carry it, and read nothing of the others."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.types import Message

from rag.api.app import create_app
from rag.assembly.settings import Settings


def make_app(folder: Path, **settings: object) -> FastAPI:
    return create_app(Settings(index_folder=folder, conversation_days=0, **settings))


def send(app: FastAPI, method: str, path: str, body: Iterator[bytes], **headers: bytes) -> int:
    """Return the status of the reply to a request, given its bytes."""
    statuses = []

    async def receive() -> Message:
        return {"type": "http.request", "body": next(body)}

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, keep))
    return statuses[0]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer voilà".encode(), 200),
        ("Bearer voilà".encode("latin-1"), 200),
        ("bearer voilà".encode(), 200),
        (b"Bearer voila", 401),
        (b"Bearer voil", 401),
        (b"Bearer voil?", 401),
        ("Basic voilà".encode(), 401),
        ("voilà".encode(), 401),
        (b"Bearer ", 401),
        (b"", 401),
    ],
)
def test_only_the_key_itself_opens_also_where_it_is_not_ascii(
    tmp_path: Path, authorization: bytes, status: int
) -> None:
    app = make_app(tmp_path, admin_key="voilà")

    assert send(app, "GET", "/v1/conversations", iter([b""]), authorization=authorization) == status


@pytest.mark.parametrize("authorization", [b"", b"Bearer ", b"Bearer None"])
def test_without_a_key_in_the_settings_nothing_opens(tmp_path: Path, authorization: bytes) -> None:
    app = make_app(tmp_path)

    assert send(app, "GET", "/v1/conversations", iter([b""]), authorization=authorization) == 401


def test_an_upload_without_the_key_is_not_read(tmp_path: Path) -> None:
    app = make_app(tmp_path, admin_key="secret")

    status = send(app, "POST", "/v1/documents", iter([]), **{"content-type": b"multipart/form-data; boundary=x"})

    assert status == 401


def test_the_api_says_which_routes_need_the_key(tmp_path: Path) -> None:
    description = make_app(tmp_path, admin_key="secret").openapi()

    keyed = {
        (method, path)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if "security" in operation
    }
    assert keyed == {("get", "/v1/conversations"), ("post", "/v1/documents"), ("delete", "/v1/documents/{document_id}")}
    assert description["components"]["securitySchemes"]["adminKey"]["scheme"] == "bearer"
