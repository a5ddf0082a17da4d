"""Files are read by child processes; what one file does to its child costs that file only."""

import hashlib
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from rag.documents.formats.shared.limits import Limits
from rag.documents.read_files import FileContent, ParseLimits, TokenBudget, Unread, as_reading, read_files
from rag.documents.scan import FoundFile
from rag.types import LeftOut
from tests.index.building import OPTIONS
from tests.running import wait_until

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

    wait_until(lambda: n_children() == n_before)


def test_a_file_that_takes_too_long_costs_itself_only(tmp_path: Path) -> None:
    parse = ParseLimits(5.0, OPTIONS.parse.max_memory_bytes, OPTIONS.parse.limits)
    # Nothing is ever written into it, so that reading it never ends.
    os.mkfifo(tmp_path / "slow.txt")
    slow = FoundFile(tmp_path / "slow.txt", "slow.txt", 0, 0), "0" * 64
    quick = found(tmp_path / "quick.txt", "The ferry carries 420 passengers.")

    class OverWhenSlowIsRead(threading.Timer):
        """The time of a file is over once a child waits for what is written into the slow one."""

        def run(self) -> None:
            while not self.finished.wait(0.01):
                with suppress(OSError):
                    writer = os.open(tmp_path / "slow.txt", os.O_WRONLY | os.O_NONBLOCK)
                    self.function()
                    os.close(writer)
                    return

    results = {file.uri: reading for file, reading in read_files([slow, quick], 1, parse, BUDGET, OverWhenSlowIsRead)}

    assert results["slow.txt"] == Unread("takes longer than 5 s to read; split it or raise parse_seconds")
    assert isinstance(results["quick.txt"], FileContent)


def test_a_file_that_changed_is_tried_again_next_time(tmp_path: Path) -> None:
    file, _ = found(tmp_path / "a.txt", "New words.")

    [(_, reading)] = read_files([(file, "0" * 64)], 1, OPTIONS.parse, BUDGET)

    assert reading == Unread("changed while it was read; run `rag index` again", is_lasting=False)


def test_what_a_reader_leaves_out_comes_back_from_its_child() -> None:
    document = {"uri": "", "sha256": "", "text": "", "blocks": [], "counts": {"table": 2}, "picture_pages": [3]}
    document["left_out"] = [["picture-page", 1, [2], ""]]

    read = as_reading({"document": document, "facts": {"tags": []}, "passages": []})

    assert isinstance(read, FileContent)
    assert (read.document.left_out, read.document.counts) == ((LeftOut("picture-page", 1, (2,)),), {"table": 2})
    assert read.document.picture_pages == (3,)


def test_only_files_that_may_hold_pictures_get_time_for_them(tmp_path: Path) -> None:
    parse = ParseLimits(120.0, 1, Limits(ocr_seconds=300.0))

    seconds = [parse.seconds_for(found(tmp_path / name, name)[0]) for name in ("a.PDF", "b.tiff", "c.docx", "d.txt")]

    assert seconds == [420.0, 420.0, 120.0, 120.0]
