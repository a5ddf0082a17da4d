"""Each request has an id, and one log line that names neither path, query nor key."""

import asyncio
import logging
import re
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from rag.api.access.keys import KeyStore
from rag.api.access.rules import _SCOPES_BY_ROUTE
from rag.api.app import create_app
from rag.assembly.settings import Settings

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(index_folder=tmp_path, conversation_days=0))


def send(app: FastAPI, line: str, *, sender: str = "127.0.0.1", **more: object) -> httpx2.Response:
    async def request() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, client=(sender, 1234))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(*line.split(" ", 1), **more)

    return asyncio.run(asyncio.wait_for(request(), 60))


def fields_of(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    (record,) = [record for record in caplog.records if record.getMessage() == "request"]
    return record.fields  # type: ignore[attr-defined]


def test_a_request_gets_an_id_in_its_reply_and_in_its_problem(app: FastAPI) -> None:
    first, second = send(app, "GET /nope"), send(app, "GET /nope")

    assert MADE.fullmatch(first.headers["x-request-id"])
    assert first.json()["request_id"] == first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize("sent", ["7f1c2d3e", "trace:1.2-3_4", "a" * 128])
def test_the_id_of_a_trusted_proxy_is_kept(app: FastAPI, sent: str) -> None:
    assert send(app, "GET /healthz", headers={"X-Request-ID": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize(
    "sent",
    ["", "short", "a" * 129, "has space", 'quote"here', "<script>x</script>", "id=12345678", "-12345678", "ümlauts12"],
)
def test_an_id_that_is_not_well_formed_is_replaced(app: FastAPI, sent: str) -> None:
    reply = send(app, "GET /healthz", headers=[(b"X-Request-ID", sent.encode())])

    assert MADE.fullmatch(reply.headers["x-request-id"])


def test_two_ids_are_replaced_by_one(app: FastAPI) -> None:
    reply = send(app, "GET /healthz", headers=[("X-Request-ID", "12345678"), ("X-Request-ID", "87654321")])

    assert [MADE.fullmatch(one) is not None for one in reply.headers.get_list("x-request-id")] == [True]


def test_anybody_else_cannot_choose_the_id_not_even_by_claiming_to_be_a_proxy(app: FastAPI) -> None:
    headers = {"X-Request-ID": "12345678", "X-Forwarded-For": "127.0.0.1"}

    reply = send(app, "GET /healthz", sender="192.0.2.1", headers=headers)

    assert MADE.fullmatch(reply.headers["x-request-id"])


def test_a_log_line_names_the_route_and_neither_path_nor_query(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    send(app, "GET /v1/conversations/secret-id?question=secret-words", headers={"Authorization": "Bearer secret-key"})

    fields = fields_of(caplog)
    assert (fields["method"], fields["route"], fields["status"]) == ("GET", "/v1/conversations/{conversation_id}", 404)
    assert fields["code"] == "conversation_not_found"
    assert fields["bytes"] > 100
    assert "secret" not in repr([vars(record) for record in caplog.records if record.name.startswith("rag")])


def test_a_log_line_names_the_key_by_its_id(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key, secret = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).create(
        "x", scopes=frozenset({"ask"}), origins=frozenset()
    )
    app = create_app(Settings(index_folder=tmp_path, conversation_days=0))
    caplog.set_level(logging.INFO)

    send(app, "GET /v1/models", headers={"Authorization": f"Bearer {secret}"})

    assert fields_of(caplog)["key"] == key.id
    assert secret not in caplog.text


@pytest.mark.parametrize("line", ["GET /nope", "BREW /v1/ask", "GET /v1/ask/x", "GET //"])
def test_what_the_sender_invents_is_not_a_route_or_method(
    app: FastAPI, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    send(app, line)

    fields = fields_of(caplog)
    assert fields["route"] in {"none", *(line.split()[1] for line in _SCOPES_BY_ROUTE)}
    assert fields["method"] in {"GET", "other"}


def test_probes_that_are_well_are_quiet(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    send(app, "GET /healthz")
    send(app, "GET /readyz")

    assert not [record for record in caplog.records if record.getMessage() == "request"]
