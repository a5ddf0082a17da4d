"""The figures that the seed questions must reach, through the command that a user would run."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.running import Running, run_rag

EVALS = "evals/seed"


def evaluate(index: Path, llm: str) -> dict:
    done = run_rag("eval", EVALS, "--json", RAG_INDEX_FOLDER=str(index), RAG_LLM=llm)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.model
def test_quoting_cites_the_right_sentence_20_of_20_and_abstains_10_of_10(seed_index: Path) -> None:
    figures = evaluate(seed_index, "extractive")["answerers"]["extractive"]

    assert (figures["n_answerable"], figures["n_unanswerable"]) == (20, 10)
    assert figures["n_right_sentence_cited"] == 20
    assert figures["n_abstained_on_unanswerable"] == 10
    assert figures["quotes_exact"] == 1.0
    assert figures["sources_ms_p50"] < 100


@pytest.mark.llm
def test_the_local_llm_is_right_and_cited_18_of_20_and_abstains_9_of_10(seed_index: Path) -> None:
    report = evaluate(seed_index, "local")

    figures = next(figures for name, figures in report["answerers"].items() if name != "extractive")
    assert figures["n_answers_right_and_cited"] >= 18, report["questions"]
    assert figures["n_abstained_on_unanswerable"] >= 9, report["questions"]
    assert figures["quotes_exact"] == 1.0
    assert figures["first_text_ms_p50"] < 4000


@pytest.mark.llm
def test_the_local_llm_answers_over_http_and_understands_a_follow_up(llm_server: Running) -> None:
    first = llm_server.ask("Who is Steve Witkoff?")
    second = llm_server.ask("and who did he meet?", conversation_id=first["conversation_id"])

    assert first["answered_by"] == "llm", first
    assert "Witkoff" in second["query"]
    assert "Putin" in second["answer"], second


@pytest.mark.llm
def test_a_reader_who_leaves_frees_the_llm_for_the_next_within_seconds(llm_server: Running) -> None:
    body = {"question": "What makes a ceasefire along the eastern frontline difficult?", "stream": True}
    with httpx2.stream("POST", llm_server.url + "/v1/ask", json=body, timeout=30) as reply:
        next(line for line in reply.iter_lines() if line.startswith("event: sources"))

    answer = llm_server.ask("Who met with Putin in Moscow?")

    assert answer["answered_by"] == "llm"
    assert answer["timings_ms"]["first_token"] < 8000
