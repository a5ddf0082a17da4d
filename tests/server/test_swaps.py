"""Versions are swapped again and again while readers ask: no answer fails, none is made of two versions."""

import os
import re
import threading
from pathlib import Path
from typing import Self

import httpx2
import pytest

from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import Settings
from rag.index.build import update_index
from rag.index.versions import live_version
from tests.running import Running, run_rag, serve, wait_until

N_SWAPS = int(os.environ.get("FOOTNOTE_SWAPS", "10"))
N_READERS = 3
GATES = ("north", "south", "east", "west")

pytestmark = pytest.mark.model


def write_codes(docs: Path, number: int) -> None:
    """Write four documents that all name the same number."""
    docs.mkdir(exist_ok=True)
    for gate in GATES:
        (docs / f"{gate}.txt").write_text(f"The code of the {gate} gate is {number}.")


class Readers:
    """Ask until the block ends, and note each answer's version and numbers."""

    def __init__(self, server: Running) -> None:
        self.seen: list[tuple[str, frozenset[str]]] = []
        self.failures: list[str] = []
        self._server = server
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(N_READERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        while not self._is_over.is_set():
            try:
                question = "What is the code of the gate?"
                if number:
                    answer, told = self._server.ask(question), []
                else:
                    events = self._server.stream(question)
                    answer = events[-1].data
                    told = [event.data for event in events[:-1] if event.name in {"sources", "citation", "delta"}]
                numbers = re.findall(r"\b1\d{5}\b", str([answer["answer"], answer["citations"], *told]))
                self.seen.append((answer["index_version"], frozenset(numbers)))
            except (AssertionError, OSError, httpx2.HTTPError) as error:
                self.failures.append(repr(error))


def test_answers_under_swaps_never_fail_and_never_mix_versions(tmp_path: Path) -> None:
    docs, index = tmp_path / "docs", tmp_path / "index"
    write_codes(docs, 100_000)
    done = run_rag("index", str(docs), RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    settings = Settings(index_folder=index)
    encoder = open_encoder(settings)
    number_by_version = {str(live_version(index)): "100000"}
    with serve(index, RAG_LLM="extractive") as server, Readers(server) as readers:
        for number in range(100_001, 100_001 + N_SWAPS):
            write_codes(docs, number)
            summary = update_index(docs, index, index_options(settings), lambda: encoder)
            number_by_version[str(summary.version)] = str(number)
            wait_until(lambda version=summary.version: bool(readers.seen) and readers.seen[-1][0] == version)

    assert readers.failures == []
    assert all(numbers == {number_by_version[version]} for version, numbers in readers.seen)
    assert {version for version, _ in readers.seen} == set(number_by_version)
