"""Over real HTTP: what a site key may spend counts answers that no reader waited for."""

import time
from pathlib import Path

import httpx2
import pytest

from rag.api.access.keys import KeyStore
from rag.assembly.settings import Settings
from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, serve, wait_until

pytestmark = pytest.mark.model

SITE = "https://example.org"


def make_key(conversations: Path, daily_tokens: int | None) -> dict[str, str]:
    """Return the headers of a page whose site key may spend so many tokens a day."""
    store = KeyStore(Settings(conversations_file=conversations).keys_path, time.time)
    _, secret = store.create("site", scopes=frozenset({"ask"}), origins=frozenset({SITE}), daily_tokens=daily_tokens)
    return {"Authorization": f"Bearer {secret}", "Origin": SITE}


def ask_on(path: str, question: str) -> dict[str, object]:
    """Return the body of a question to a route."""
    if path == "/v1/ask":
        return {"question": question, "stream": True}
    return {"model": "footnote", "messages": [{"role": "user", "content": question}], "stream": True}


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions"])
def test_readers_who_leave_early_use_up_the_tokens_of_their_own_key_alone(
    seed_index: Path, tmp_path: Path, path: str
) -> None:
    conversations = tmp_path / "conversations.sqlite"
    small, large = make_key(conversations, 100), make_key(conversations, None)
    llm = Script(pieces=["Witkoff met", " with Putin."], silent_after=1)
    settings = {"RAG_LLM": "openai", "RAG_CONVERSATIONS_FILE": str(conversations), "RAG_LOCAL_METRICS": "true"}
    with serve_llm(llm) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, **settings) as running:
        body = ask_on(path, "Who met with Putin in Moscow?")
        with httpx2.stream("POST", running.url + path, json=body, headers=small, timeout=MAX_SECONDS) as reply:
            assert reply.status_code == 200
            wait_until(lambda: llm.requests)
        # A question without a word is refused, so it reaches no LLM.
        wait_until(lambda: running.post(path, ask_on(path, "?"), **small).status_code == 429)
        spent = running.post(path, ask_on(path, "?"), **small)
        unspent = running.post(path, ask_on(path, "?"), **large)
        metrics = running.get("/metrics").text

    assert "budget_spent" in spent.text
    assert "question_invalid" in unspent.text
    assert 'footnote_llm_tokens_total{kind="prompt"} 0.0' not in metrics
