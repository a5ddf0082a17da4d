"""Keys and addresses may ask only so often, and no route that asks is forgotten."""

import asyncio
import json
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from rag.api.access.caller import NO_KEYS_NEEDED, OWNER, Caller
from rag.api.access.keys import KeyStore
from rag.api.access.rules import _COUNTED
from rag.api.app import create_app
from rag.api.limits.rates import Rates
from rag.api.mcp.toolbox import ASK, FETCH, LIST_DOCUMENTS, SEARCH, Asked
from rag.assembly.settings import Settings
from rag.errors import RateLimited

READER, OTHER = "192.0.2.1", "192.0.2.2"
SITE = Caller("11", "site", frozenset({"ask"}), groups=frozenset())
SECRET = Caller("22", "secret", frozenset({"ask"}), groups=frozenset())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make_rates(clock: Clock | None = None, *, per_key: int = 4, per_address: int = 2) -> Rates:
    return Rates(per_key=per_key, per_address=per_address, clock=clock or Clock())


def ask(rates: Rates, caller: Caller, address: str, n: int) -> int:
    """Return how many of the questions were let through."""
    n_passed = 0
    for _ in range(n):
        try:
            rates.take(caller, address)
            n_passed += 1
        except RateLimited:
            pass
    return n_passed


def test_an_address_asks_as_often_as_a_minute_allows_and_is_told_when_again() -> None:
    clock = Clock()
    rates = make_rates(clock)
    assert ask(rates, SITE, READER, 2) == 2

    with pytest.raises(RateLimited, match="too many questions came from your address") as caught:
        rates.take(SITE, READER)

    assert caught.value.seconds_to_wait == 31
    clock.now += 31
    assert ask(rates, SITE, READER, 2) == 1


def test_a_site_key_ends_for_all_addresses_what_is_refused_taking_nothing() -> None:
    rates = make_rates()

    passed = [ask(rates, SITE, f"192.0.2.{number}", 50) for number in range(4)]

    assert passed == [2, 2, 0, 0]
    with pytest.raises(RateLimited, match="with this key"):
        rates.take(SITE, "192.0.2.9")
    assert ask(rates, NO_KEYS_NEEDED, "192.0.2.9", 2) == 2


@pytest.mark.parametrize("caller", [SECRET, OWNER])
def test_the_server_of_a_secret_key_asks_for_many_readers_from_one_address(caller: Caller) -> None:
    assert ask(make_rates(), caller, READER, 9) == 4


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_an_open_server_counts_nobody_on_its_own_machine(address: str) -> None:
    assert ask(make_rates(), NO_KEYS_NEEDED, address, 100) == 100


def test_zero_is_no_limit() -> None:
    assert ask(make_rates(per_key=0, per_address=0), SITE, READER, 5000) == 5000


def test_an_office_of_300_behind_one_address_asks_at_once_by_default() -> None:
    chosen = Settings()
    rates = make_rates(per_key=chosen.key_questions_per_minute, per_address=chosen.address_questions_per_minute)

    assert ask(rates, SITE, READER, 400) == 300
    assert ask(rates, SITE, OTHER, 400) == 300


def test_each_route_that_asks_or_searches_is_counted() -> None:
    assert {"POST /v1/ask", "POST /v1/chat/completions", "POST /v1/responses", "GET /v1/search"} == _COUNTED


def make_app(folder: Path, **settings: object) -> FastAPI:
    return create_app(Settings(index_folder=folder, conversation_days=0, insecure=True, **settings))


def send(app: FastAPI, line: str, n: int, *, address: str = READER, **headers: str) -> list[httpx2.Response]:
    """Send requests without a body as a proxy on this machine does; the app is not started."""
    method, path = line.split()
    headers = {"x-forwarded-for": address, **headers}

    async def requests() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return [await client.request(method, path, headers=headers) for _ in range(n)]

    return asyncio.run(asyncio.wait_for(requests(), 60))


@pytest.mark.parametrize(
    "line", ["POST /v1/ask", "POST /v1/chat/completions", "HEAD /v1/search?q=", "POST /collections/a/v1/ask"]
)
def test_questions_and_searches_beyond_the_rate_are_refused_with_the_time_to_wait(tmp_path: Path, line: str) -> None:
    collections = {"a": {"index_folder": str(tmp_path)}} if "collections" in line else {}
    app = make_app(tmp_path, address_questions_per_minute=2, collections=collections)

    replies = send(app, line, 3)

    assert [reply.status_code == 429 for reply in replies] == [False, False, True]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 30
    assert send(app, line, 1, address=OTHER)[0].status_code != 429


def test_a_refusal_has_the_form_of_its_route_and_is_counted(tmp_path: Path) -> None:
    app = make_app(tmp_path, address_questions_per_minute=1, admin_key="correct-horse-battery")

    problem = send(app, "POST /v1/ask", 2)[-1].json()
    error = send(app, "POST /v1/chat/completions", 1)[-1].json()["error"]

    told = "too many questions came from your address; try again in "
    assert (problem["code"], problem["status"], error["code"]) == ("rate_limited", 429, "rate_limited")
    assert problem["detail"].startswith(told)
    assert error["message"].startswith(told)
    metrics = send(app, "GET /metrics", 1, authorization="Bearer correct-horse-battery")[0].text
    assert 'footnote_refused_total{code="rate_limited"} 2.0' in metrics


def test_what_asks_nothing_costs_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path, address_questions_per_minute=1)
    send(app, "POST /v1/ask", 2)

    free = ("GET /healthz", "GET /readyz", "GET /widget.js", "GET /v1/models", "GET /", "POST /v1/feedback")
    assert [429 for line in free for reply in send(app, line, 3) if reply.status_code == 429] == []


def test_a_site_in_a_browser_reads_the_refusal(tmp_path: Path) -> None:
    site = "https://example.org"
    store = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0)
    _, secret = store.create("x", scopes=frozenset({"ask"}), origins=frozenset({site}))
    app = make_app(tmp_path, key_questions_per_minute=1)

    reply = send(app, "POST /v1/ask", 2, origin=site, authorization=f"Bearer {secret}")[-1]

    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (429, site)
    assert "with this key" in json.loads(reply.content)["detail"]


@pytest.mark.parametrize(("tool", "is_counted"), [(ASK, True), (SEARCH, True), (FETCH, False), (LIST_DOCUMENTS, False)])
def test_the_tools_that_ask_or_search_are_counted(tool: object, is_counted: bool) -> None:  # noqa: FBT001 -- a case
    class Counted(Exception):
        pass

    def count() -> None:
        raise Counted

    asked = Asked(None, Settings(), NO_KEYS_NEEDED, "", None, count_question=count)  # type: ignore[arg-type]
    with pytest.raises(Counted if is_counted else ValueError):
        asyncio.run(tool.call({"unknown": 1}, asked))  # type: ignore[attr-defined]
