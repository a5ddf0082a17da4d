"""What the tests of running programs share: the seed document indexed once, a server over it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import SEEDS, Running, run_rag, serve

_HARBOUR_PAGES = [
    ["The harbour of Northport was founded in 1821 by Ada Lind."],
    ["The ferry Aurora carries 420 passengers across the bay every day."],
    ["The old pier was closed by the harbour master Tom Reed in 2017."],
    ["Danish engineer Lars Holm will rebuild it for 12 million euros."],
]


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("seed") / "index"
    done = run_rag("index", str(SEEDS), RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    return index


@pytest.fixture(scope="session")
def quoting_server(seed_index: Path) -> Iterator[Running]:
    """A server that needs no LLM."""
    with serve(seed_index, RAG_LLM="extractive") as running:
        yield running


@pytest.fixture(scope="session")
def llm_server(seed_index: Path) -> Iterator[Running]:
    """A server with the real local LLM."""
    with serve(seed_index, RAG_LLM="local") as running:
        yield running


@pytest.fixture(scope="session")
def harbour_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of four pages, alone in its folder; page 3 says who closed the pier."""
    # The writers of all kinds of files take a second to import.
    from tests.formats.making import make_pdf

    folder = tmp_path_factory.mktemp("harbour") / "docs"
    folder.mkdir()
    report = folder / 'harbour "report" für 2026.pdf'
    report.write_bytes(make_pdf(_HARBOUR_PAGES, title="Harbour report"))
    return report


@pytest.fixture(scope="session")
def pdf_server(harbour_report: Path) -> Iterator[Running]:
    """A server over the report that needs no LLM."""
    index = harbour_report.parent.parent / "index"
    done = run_rag("index", str(harbour_report.parent), RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    with serve(index, RAG_LLM="extractive") as running:
        yield running


def _allow_loopback_only(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections that leave this machine: a test that makes one is wrong, wherever it would have led."""
    if event != "socket.connect":
        return
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) else ""
    if host and host not in {"127.0.0.1", "::1", "localhost"}:
        raise AssertionError(f"a test tried to connect to {host}")


sys.addaudithook(_allow_loopback_only)
