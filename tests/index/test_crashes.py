"""Whatever kills a build, the index that served goes on serving, whole, and nothing that was acknowledged is lost."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import IndexCorrupt, IndexStale
from rag.index.versions import live_version, read_version
from tests.index.building import Place, make_place
from tests.running import MAX_SECONDS, ROOT

# `make torture` asks for 300 and 1,000.
N_KILLS = int(os.environ.get("FOOTNOTE_KILLS", "20"))
N_MUTATIONS = int(os.environ.get("FOOTNOTE_MUTATIONS", "100"))
# Counts what a build does to the files of its index, from outside, and dies at the step that it is told: at once, or
# while the step runs, some of which write megabytes in one call. 0 lets it end.
BUILD = """
import os, signal, sys
from pathlib import Path
from tests.index.building import Place

folder, fatal_step, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
n_steps = 0

def count(event, arguments):
    global n_steps
    changes = event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "shutil.rmtree"}
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if (changes or writes) and str(folder / "index") in os.fsdecode(arguments[0]):
        n_steps += 1
        if n_steps == fatal_step:
            if seconds:
                signal.setitimer(signal.ITIMER_REAL, seconds)
            else:
                os.kill(os.getpid(), signal.SIGKILL)

signal.signal(signal.SIGALRM, signal.SIG_DFL)
sys.addaudithook(count)
Place(folder / "docs", folder / "index").build()
print(n_steps, flush=True)
"""


def build_and_kill(folder: Path, step: int, seconds: float) -> int | None:
    """Return how many steps the build took to its end, None where it was killed before."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), str(step), str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL, -signal.SIGALRM}, done.stderr
    return int(done.stdout) if done.stdout else None


def texts_of(place: Place) -> dict[str, str]:
    return {uri: document.text for uri, document in place.documents().items()}


def test_a_killed_build_leaves_one_whole_version_and_the_next_one_ends_well(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 -- no secret
    place = make_place(tmp_path)
    for number in range(30):
        place.write(f"{number}.txt", f"Document {number} says {number}.\n\nIt was written first.")
    place.build()
    place.write("0.txt", "Document 0 is edited.")
    n_steps = build_and_kill(tmp_path, 0, 0.0)
    assert n_steps is not None
    served = texts_of(place)
    n_killed = 0
    for cycle in range(N_KILLS):
        place.write(f"{cycle % 30}.txt", f"Document {cycle % 30} in cycle {cycle}.\n\nIt was edited {cycle} times.")
        wanted = {path.name: path.read_text() for path in place.docs.iterdir()}
        # Each step in turn, and as often a moment after one.
        step = 1 + cycle // 2 % n_steps if cycle % 2 else chance.randint(1, n_steps)
        is_done = build_and_kill(tmp_path, step, 0 if cycle % 2 else chance.uniform(0.0001, 0.02)) is not None

        n_killed += not is_done
        found = texts_of(place)
        # The version before or the new one, never a mixture; what was acknowledged is there.
        assert found in ([wanted] if is_done else [served, wanted]), f"cycle {cycle}, step {step}"
        if cycle % 5 == 4:
            place.build()
            found = texts_of(place)
            assert found == wanted
        served = found
    assert n_killed >= N_KILLS // 3


def test_every_damaged_index_file_is_noticed(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 -- no secret
    place = make_place(tmp_path)
    for number in range(5):
        place.write(f"{number}.txt", f"Document {number} says {number}.")
    place.build()
    folder = read_version(place.index).folder
    files = [*sorted(folder.iterdir()), place.index / "live"]
    for number in range(N_MUTATIONS):
        path = files[number % len(files)]
        whole = path.read_bytes()
        path.write_bytes(damage(whole.rstrip(b"\n") if path.name == "live" else whole, chance))
        with pytest.raises((IndexCorrupt, IndexStale)):
            read_version(place.index)
        path.write_bytes(whole)
    assert read_version(place.index).name == live_version(place.index)


def damage(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    where = chance.randrange(len(changed))
    kind = chance.choice(["flip", "cut", "zero", "insert"])
    if kind == "flip":
        changed[where] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del changed[where:]
    elif kind == "insert":
        changed[where:where] = bytes([chance.randrange(256)])
    else:
        end = min(where + 16, len(changed))
        changed[where:end] = bytes(byte ^ 0xFF for byte in changed[where:end])
    return bytes(changed)
