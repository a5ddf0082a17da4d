"""Files are read by child processes; what one file does to its child costs that file only."""

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from rag.documents.read_files import FileContent, ParseLimits, TokenBudget, Unread, read_files
from rag.documents.scan import FoundFile
from tests.index.building import OPTIONS

BUDGET = TokenBudget(64, 8)


def found(path: Path, text: str) -> tuple[FoundFile, str]:
    path.write_text(text, encoding="utf-8")
    return FoundFile(path, path.name, len(text), 0), hashlib.sha256(text.encode()).hexdigest()


def n_children() -> int:
    own = ["/bin/ps", "--ppid", str(os.getpid()), "-o", "args"]
    return subprocess.run(own, capture_output=True, text=True, check=True).stdout.count("rag.documents.child")


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps command")
def test_when_nobody_wants_the_rest_no_child_goes_on(tmp_path: Path) -> None:
    n_before = n_children()
    tasks = [found(tmp_path / f"{number}.txt", f"File {number} says {number}.") for number in range(300)]
    readings = read_files(tasks, 2, OPTIONS.parse, BUDGET)
    _, first = next(readings)
    assert isinstance(first, FileContent)

    readings.close()

    for _ in range(10):
        assert n_children() == n_before
        time.sleep(0.05)


def test_a_file_that_takes_too_long_costs_itself_only(tmp_path: Path) -> None:
    parse = ParseLimits(5.0, OPTIONS.parse.max_memory_bytes, OPTIONS.parse.limits)
    # Nobody ever writes into it, so that reading it never ends.
    os.mkfifo(tmp_path / "slow.txt")
    slow = FoundFile(tmp_path / "slow.txt", "slow.txt", 0, 0), "0" * 64
    quick = found(tmp_path / "quick.txt", "The ferry carries 420 passengers.")

    results = {file.uri: reading for file, reading in read_files([slow, quick], 1, parse, BUDGET)}

    assert results["slow.txt"] == Unread("takes longer than 5 s to read; split it or raise parse_seconds")
    assert isinstance(results["quick.txt"], FileContent)


def test_a_file_that_changed_is_tried_again_next_time(tmp_path: Path) -> None:
    file, _ = found(tmp_path / "a.txt", "New words.")

    [(_, reading)] = read_files([(file, "0" * 64)], 1, OPTIONS.parse, BUDGET)

    assert reading == Unread("changed while it was read; run `rag index` again", is_lasting=False)
