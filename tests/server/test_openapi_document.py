"""Requests made from the server's own OpenAPI document get the replies that it promises.

`FOOTNOTE_SCHEMA_EXAMPLES` is the number of generated requests for each operation and phase.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import MAX_SECONDS, SEEDS, Running, clean_environment, run_rag, serve

pytestmark = pytest.mark.model

CONFIG = Path(__file__).with_name("schemathesis.toml")
N_EXAMPLES = os.environ.get("FOOTNOTE_SCHEMA_EXAMPLES", "5")


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A server that only a key opens, with that key; documents may be added to its folder."""
    folder = tmp_path_factory.mktemp("described")
    index, documents = folder / "index", folder / "docs"
    shutil.copytree(SEEDS, documents)
    assert run_rag("index", str(documents), RAG_INDEX_FOLDER=str(index)).returncode == 0
    created = run_rag("keys", "create", "owner", "--scope", "admin", "--json", RAG_INDEX_FOLDER=str(index))
    with serve(index, RAG_LLM="extractive", RAG_DOCUMENTS_FOLDER=str(documents)) as running:
        yield running, json.loads(created.stdout)["secret"]


def test_no_reply_is_undocumented_and_none_is_a_fault(closed_server: tuple[Running, str], tmp_path: Path) -> None:
    running, secret = closed_server
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)),
        *("run", f"{running.url}/openapi.json", "--checks", "all", "--max-examples", N_EXAMPLES),
        # It expects 401 for each wrong key, but ten of them make it 429; test_guard.py has both. And it expects 404
        # after each DELETE, but a document goes with the next index version (202); test_live.py waits for that.
        *("--exclude-checks", "ignored_auth,use_after_free"),
        *("--generation-deterministic", "--suppress-health-check", "all", "--continue-on-failure"),
        *("--header", f"Authorization: Bearer {secret}", "--request-timeout", str(MAX_SECONDS), "--no-color"),
    ]

    done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    n_requests = re.search(r"([\d,]+) generated", done.stdout)
    assert n_requests is not None
    assert int(n_requests[1].replace(",", "")) > 300
    assert not any("Traceback" in line for line in running.log)
