"""The command as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import MAX_SECONDS, ROOT, free_port, run_rag


def test_help_loads_no_package_but_typer() -> None:
    heavy = {"torch", "faiss", "openai", "numpy", "fastapi", "pydantic", "rich", "asyncio", "email", "http"}
    script = (
        "import sys; sys.argv = ['rag', '--help']\n"
        "from rag.cli.main import main\n"
        "try: main()\n"
        f"except SystemExit: print({heavy} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=MAX_SECONDS, check=True
    )

    assert done.stdout.startswith("Usage: rag [OPTIONS] COMMAND")
    assert done.stdout.splitlines()[-1] == "set()"
    assert not done.stderr


def test_a_reader_that_leaves_early_causes_no_noise() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"for i in 1 2 3; do '{sys.executable}' -m rag.cli.main settings --json | true; done"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
    )

    assert done.stderr == ""


@pytest.mark.model
@pytest.mark.parametrize(("language", "n_found"), [("en", 1), ("de", 0)])
def test_a_search_looks_only_where_it_is_told(seed_index: Path, language: str, n_found: int) -> None:
    options = ["-k", "1", "--language", language, "--json"]

    done = run_rag("search", "ceasefire", *options, RAG_INDEX_FOLDER=str(seed_index))

    assert len(json.loads(done.stdout)["hits"]) == n_found


@pytest.mark.model
def test_an_answer_rests_only_on_what_it_is_told(seed_index: Path) -> None:
    done = run_rag(
        *("ask", "Who met with Putin in Moscow?", "--folder", "nowhere"),
        RAG_INDEX_FOLDER=str(seed_index),
        RAG_LLM="extractive",
    )

    told = "I looked for “Who met with Putin in Moscow?” and found nothing about it in the documents.\n"
    assert (done.returncode, done.stdout) == (0, told)


def test_doctor_says_when_an_llm_cannot_be_reached() -> None:
    done = run_rag("doctor", OPENAI_BASE_URL=f"http://127.0.0.1:{free_port()}/v1")

    assert done.returncode == 1
    assert "problem  LLM" in done.stdout
    assert "cannot be reached" in done.stdout
