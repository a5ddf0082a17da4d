"""`rag add` as a process of its own, over a site on loopback."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake_site import page, serve_site
from tests.running import MAX_SECONDS, ROOT, clean_environment, run_rag


@pytest.mark.model
def test_a_site_is_added_asked_and_removed_and_footnotes_open_its_pages(tmp_path: Path) -> None:
    settings = {"RAG_INDEX_FOLDER": str(tmp_path / "index"), "RAG_LLM": "extractive"}
    flags = ("--allow-private", "--rate", "50", "--folder", str(tmp_path / "documents"))
    with serve_site() as site:
        site.pages |= {
            "/docs/": page("The guide of the harbour of Northport.", "fares", "dogs"),
            "/docs/fares": page("A return ticket for the ferry Aurora costs 14 euros for adults."),
            "/docs/dogs": page("Dogs may travel on the open deck if they are kept on a lead."),
        }
        address = f"{site.origin}/docs/"
        added = run_rag("add", address, *flags, "--json", **settings)
        assert added.returncode == 0, added.stderr
        body = json.loads(added.stdout)
        assert (len(body["sources"][0]["new"]), body["index"]["n_documents"]) == (3, 3)

        asked = run_rag("ask", "What does a return ticket for the Aurora cost?", "--json", **settings)
        citation = json.loads(asked.stdout)["citations"][0]
        assert "14 euros" in citation["quote"]
        assert citation["link"] == f"{site.origin}/docs/fares"

        del site.pages["/docs/dogs"]
        updated = json.loads(run_rag("add", address, *flags, "--json", **settings).stdout)
        assert updated["sources"][0]["removed"] == [f"{site.origin}/docs/dogs"]
        assert updated["index"]["n_documents"] == 2

        removed = run_rag("add", address, "--remove", *flags[3:], **settings)
        assert removed.returncode == 0, removed.stderr
        assert "Removed" in removed.stdout
        assert "0 documents" in removed.stdout
        assert not list((tmp_path / "documents" / "sites").iterdir())


def test_ctrl_c_ends_a_schedule_and_keeps_what_was_copied(tmp_path: Path) -> None:
    with serve_site() as site:
        site.pages |= {"/": page("Start", "one", "two"), "/one": page("The first."), "/two": page("The second.")}
        command = ("add", f"{site.origin}/", "--allow-private", "--rate", "50", "--every", "6h", "--no-index")
        running = subprocess.Popen(
            [sys.executable, "-m", "rag.cli.main", *command, "--folder", str(tmp_path)],
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stderr is not None
        assert "The next run begins 6h after the last" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=MAX_SECONDS)

    assert running.returncode != 0
    assert "3 pages" in out
    assert len(list((tmp_path / "sites").rglob("*.html"))) == 3
