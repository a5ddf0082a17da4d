"""A site key may spend so many LLM tokens a day, over all processes; other callers are not counted."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from rag.api.access.caller import NO_KEYS_NEEDED, OWNER, Caller
from rag.api.access.keys import KeyStore
from rag.api.app import create_app
from rag.api.feedback.keeper import FeedbackKeeper, KeptFor
from rag.api.feedback.store import FeedbackStore
from rag.api.limits.budget import require_budget
from rag.assembly.settings import Settings
from rag.errors import BudgetSpent
from rag.types import Usage
from tests.unit.api.feedback.records import DAY_MS, record

SITE = Caller("0123456789", "site", frozenset({"ask"}), groups=frozenset())
KEPT = KeptFor(figures=400, words=30, keeps_questions=False)
NOON = 20_000.5 * DAY_MS / 1000


def ask(path: Path, caller: Caller, now: float = NOON, *, tokens: int = 240, days: int = 400) -> None:
    async def run() -> None:
        keeper = FeedbackKeeper(path, KeptFor(figures=days, words=30, keeps_questions=False), lambda *_: None)
        try:
            await require_budget(caller, keeper, tokens, now)
        finally:
            await keeper.close()

    asyncio.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with two answers of noon, of 120 tokens each, and one of the day before."""
    store = FeedbackStore(tmp_path / "answers.sqlite")
    noon_ms = int(NOON * 1000)
    store.add([record(str(n), at=noon_ms - days * DAY_MS, key_id=SITE.key_id) for n, days in enumerate((0, 0, 1))])
    store.add([record("other", at=noon_ms, key_id="9876543210")])
    return tmp_path / "answers.sqlite"


def test_a_key_that_has_spent_its_tokens_waits_until_midnight(path: Path) -> None:
    ask(path, SITE, tokens=241)

    with pytest.raises(BudgetSpent, match="used up what this site may spend; try again in 12 hours") as refused:
        ask(path, SITE, tokens=240)

    assert refused.value.seconds_to_wait == DAY_MS // 2000
    ask(path, SITE, NOON + refused.value.seconds_to_wait)


def test_a_key_with_a_budget_of_its_own_does_not_follow_the_setting(path: Path) -> None:
    ask(path, replace(SITE, daily_tokens=241), tokens=1)
    ask(path, replace(SITE, daily_tokens=0), tokens=1)

    with pytest.raises(BudgetSpent):
        ask(path, replace(SITE, daily_tokens=240), tokens=0)


def test_tokens_of_readers_who_left_count_with_those_of_answers(path: Path) -> None:
    async def leave() -> None:
        keeper = FeedbackKeeper(path, KEPT, lambda *_: None, clock=lambda: NOON)
        for tokens in (4, 6):
            keeper.note_unreported(Usage(tokens, 1), SITE)
        keeper.note_unreported(Usage(1000, 1000), OWNER)
        await keeper.close()

    asyncio.run(leave())

    ask(path, SITE, tokens=253)
    with pytest.raises(BudgetSpent):
        ask(path, SITE, tokens=252)


@pytest.mark.parametrize("caller", [OWNER, NO_KEYS_NEEDED, Caller(SITE.key_id, "secret", SITE.scopes, SITE.groups)])
def test_only_site_keys_have_a_budget(path: Path, caller: Caller) -> None:
    ask(path, caller, tokens=1)


def test_without_a_limit_or_records_nothing_is_refused(path: Path) -> None:
    ask(path, SITE, tokens=0)
    ask(path, SITE, days=0)


def test_a_file_that_fails_stops_no_question(path: Path) -> None:
    path.write_bytes(b"not SQLite" * 1000)

    ask(path, SITE, tokens=1)


MESSAGES = [{"role": "user", "content": "Who?"}]
ROUTES = {
    "/v1/ask": {"question": "Who?"},
    "/v1/chat/completions": {"model": "footnote", "messages": MESSAGES},
    "/v1/responses": {"model": "footnote", "input": "Who?"},
}


@pytest.mark.parametrize("route", list(ROUTES))
def test_a_spent_budget_is_told_on_each_route_that_answers(tmp_path: Path, route: str) -> None:
    origin = "https://example.org"
    settings = Settings(index_folder=tmp_path, site_key_tokens_per_day=100)
    key, secret = KeyStore(settings.keys_path, time.time).create(
        "site", scopes=frozenset({"ask"}), origins=frozenset({origin})
    )
    FeedbackStore(settings.answers_path).add([record("a", at=int(time.time() * 1000), key_id=key.id)])

    async def post() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_app(settings))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            headers = {"Authorization": f"Bearer {secret}", "Origin": origin}
            return await client.post(route, json=ROUTES[route], headers=headers)

    reply = asyncio.run(post())

    told = reply.json()
    assert reply.status_code == 429
    assert 0 < int(reply.headers["Retry-After"]) <= DAY_MS // 1000
    assert "budget_spent" in {told.get("code"), told.get("error", {}).get("code")}
