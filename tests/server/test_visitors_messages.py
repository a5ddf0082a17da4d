"""What visitors type that the documents do not answer: it is declined, never answered with a quote."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Running, serve

pytestmark = pytest.mark.model

MESSAGES = [json.loads(line) for line in (ROOT / "evals/kinds/visitors.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def server(seed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("visitors") / "conversations.sqlite"
    with serve(seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(file)) as running:
        yield running


@pytest.mark.parametrize("about", ["organisation", "injection"])
def test_few_messages_that_the_documents_do_not_answer_are_answered(server: Running, about: str) -> None:
    answers = [server.ask(one["text"]) for one in MESSAGES if one["about"] == about]

    # Instructions to the chatbot are small talk: one line greets their writer.
    wrong = [one for one in answers if one["outcome"] == "answered" and (one["citations"] or about == "organisation")]
    assert len(wrong) / len(answers) <= 0.1, [one["question"] for one in wrong]
