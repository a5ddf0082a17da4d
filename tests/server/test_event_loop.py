"""What is read from the index is read in threads, so that one request never holds up another."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import httpx2
import pytest

from rag.api.app import create_app
from rag.assembly.settings import Settings
from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS

pytestmark = pytest.mark.model

WITKOFF = {"question": "Who met with Putin in Moscow?"}
KEY = {"Authorization": f"Bearer {'k' * 16}"}


def test_no_request_reads_from_the_index_on_the_event_loop(
    seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[tuple[int, str]] = []
    connect = sqlite3.connect

    def connect_and_trace(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # type: ignore[arg-type]  # passed on
        connection.set_trace_callback(lambda statement: statements.append((threading.get_ident(), statement)))
        return connection

    async def use(base_url: str) -> int:
        settings = Settings(
            index_folder=seed_index,
            conversations_file=tmp_path / "conversations.sqlite",
            documents_folder=tmp_path,
            admin_key="k" * 16,
            llm="openai",
            llm_model="m",
            openai_base_url=base_url,
        )
        app = create_app(settings)
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=MAX_SECONDS) as client,
        ):
            answer = (await client.post("/v1/ask", json=WITKOFF)).json()
            statements.clear()
            assert (await client.post("/v1/ask", json=WITKOFF)).json()["answered_by"] == "llm"
            # Nothing asks for a document's whole text.
            assert not [statement for _, statement in statements if "ORDER BY start" in statement]
            document_id = answer["citations"][0]["document_id"]
            for path, status in {
                f"/documents/{document_id}?start=1&end=2": 200,
                f"/v1/documents/{document_id}": 200,
                f"/documents/{document_id}/file": 404,
                "/documents": 200,
                "/v1/documents": 200,
                "/v1/search?q=Moscow": 200,
            }.items():
                assert (await client.get(path)).status_code == status, path
            assert (await client.delete("/v1/documents/0", headers=KEY)).status_code == 404
        return threading.get_ident()

    monkeypatch.setattr(sqlite3, "connect", connect_and_trace)
    with serve_llm(Script(["U.S. envoy Steve Witkoff ", "met with Putin in Moscow. [1]"])) as base_url:
        loop_thread = asyncio.run(use(base_url))

    assert statements
    assert [statement for thread, statement in statements if thread == loop_thread] == []
