"""A full disk costs nothing that was there, and what is acknowledged is on the disk in the right order."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import IndexFull
from tests.index.building import OPTIONS, Place, make_place
from tests.running import ROOT

N_SIZES = 20
BUILD = """
import sys
from pathlib import Path
from tests.index.building import Place
folder = Path(sys.argv[1])
Place(folder / "docs", folder / "index").build()
"""


def may_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0  # noqa: S607


@contextmanager
def small_disk(folder: Path, n_kilobytes: int) -> Iterator[Path]:
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={n_kilobytes}k", "tmpfs", str(folder)]
    if subprocess.run(["/bin/mount", *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(not Path("/bin/mount").exists(), reason="there is no mount command")
def test_a_full_disk_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    n_full = 0
    for number in range(N_SIZES):
        with small_disk(tmp_path / f"disk{number}", 200 + 25 * number) as disk:
            place = make_place(tmp_path / f"place{number}")
            place.index = disk / "index"
            # Without the look at the free space before, so that the disk fills up somewhere on the way.
            place.options = replace(OPTIONS, spare_bytes=-(10**9))
            place.write("a.txt", "The first document is small.")
            place.build()
            before = list(place.documents())
            place.write("b.txt", "\n\n".join(f"Paragraph {n} of a longer document." for n in range(300)))
            is_full = builds_until_full(place)
            n_full += is_full
            assert list(place.documents()) == (before if is_full else ["a.txt", "b.txt"])
    assert 3 < n_full < N_SIZES


def test_a_build_that_would_fill_the_disk_is_not_begun(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The first document is small.")
    place.options = replace(OPTIONS, spare_bytes=10**18)

    with pytest.raises(IndexFull, match=r"MB free, .* MB are needed; make room, or set index_folder"):
        place.build()


def builds_until_full(place: Place) -> bool:
    try:
        place.build()
    except IndexFull:
        return True
    return False


@pytest.mark.skipif(not may_trace(), reason="strace is not installed, or may not trace here")
def test_everything_is_synced_before_the_pointer_is_renamed(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The first document.")
    log = tmp_path / "calls"
    tracing = ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", str(log)]
    subprocess.run([*tracing, sys.executable, "-c", BUILD, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)

    calls = [call for line in log.read_text().splitlines() if (call := read_call(line, place.index))]

    synced = [i for i, (name, target) in enumerate(calls) if name == "fsync" and "building-" in target]
    names = {Path(calls[i][1]).name for i in synced}
    assert {"documents.sqlite", "passages.f16", "sentences.f16", "passages.faiss", "manifest.json"} <= names
    named = next(i for i, (name, target) in enumerate(calls) if name == "rename" and "versions" in target)
    live = next(i for i, (name, target) in enumerate(calls) if name == "rename" and target.endswith("/live"))
    assert synced[-1] < named < live
    assert ("fsync", f"{place.index}/versions") in calls[named:live]
    assert any(name == "fsync" and "/live." in target for name, target in calls[named:live])
    assert ("fsync", str(place.index)) in calls[live:]


def read_call(line: str, index: Path) -> tuple[str, str] | None:
    """Return what was synced, or what a file was renamed to."""
    if str(index) not in line:
        return None
    if found := re.search(r"fsync\(\d+<([^>]+)>", line):
        return "fsync", found[1]
    if found := re.search(r'rename\w*\(.*"([^"]+)"(?:, \w+)?\)', line):
        return "rename", found[1]
    return None
