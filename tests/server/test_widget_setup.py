"""GET /v1/widget over HTTP: what a chat says before the first question."""

from pathlib import Path

import pytest

from tests.running import run_rag, serve

pytestmark = pytest.mark.model

TEXTS = {
    "a.md": "# Post office\n\n## Opening hours\n\nThe post office opens at nine in the morning on every weekday.\n",
    "b.md": "# Shop\n\n## Can I return hats?\n\nHats can be returned within thirty days of the day of purchase.\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suggesting")
    for name, text in TEXTS.items():
        (folder / "docs").mkdir(exist_ok=True)
        (folder / "docs" / name).write_text(text)
    done = run_rag("index", str(folder / "docs"), RAG_INDEX_FOLDER=str(folder / "index"))
    assert done.returncode == 0, done.stderr
    return folder / "index"


def test_questions_are_drawn_from_the_documents_and_can_be_answered(index: Path) -> None:
    with serve(index, RAG_LLM="extractive", RAG_TITLE="Ask us", RAG_CONVERSATION_DAYS="7") as running:
        setup = running.get("/v1/widget").json()
        outcomes = {running.ask(question)["outcome"] for question in setup["suggestions"]}

    assert setup["suggestions"][0] == "Can I return hats?"
    assert "What do the documents say about “Opening hours”?" in setup["suggestions"]
    assert outcomes == {"answered"}
    assert {name: setup[name] for name in ("title", "documents", "retention_days", "ai")} == {
        "title": "Ask us",
        "documents": True,
        "retention_days": 7,
        "ai": False,
    }


def test_headings_of_hidden_documents_are_not_told(index: Path) -> None:
    with serve(index, RAG_LLM="extractive", RAG_PUBLIC_DOCUMENTS="false", RAG_CONVERSATION_DAYS="0") as running:
        setup = running.get("/v1/widget").json()

    assert setup["suggestions"] == []
    assert (setup["documents"], setup["retention_days"]) == (False, None)


def test_the_owner_suggests_questions_of_his_own(index: Path, tmp_path: Path) -> None:
    settings = tmp_path / "rag.toml"
    settings.write_text('suggestions = ["Who pays, and when?", "When?", "Where?", "Why?"]\n')
    with serve(index, RAG_LLM="extractive", RAG_SETTINGS_FILE=str(settings)) as running:
        assert running.get("/v1/widget").json()["suggestions"] == ["Who pays, and when?", "When?", "Where?"]
