"""Whatever kills a build, the index that served goes on serving, whole, and nothing that was acknowledged is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.errors import IndexCorrupt, IndexStale
from rag.index.versions import live_version, read_version
from tests.index.building import Place, make_place
from tests.running import ROOT

# `make torture` asks for 300 and 1,000.
N_KILLS = int(os.environ.get("FOOTNOTE_KILLS", "20"))
N_MUTATIONS = int(os.environ.get("FOOTNOTE_MUTATIONS", "100"))
POINTS = ("store", "vectors", "manifest", "named", "previous", "live", "removal")
BUILD = """
import os, signal, sys
from pathlib import Path
import rag.index.versions as artifacts
from tests.index.building import Place

point, seconds = sys.argv[2], float(sys.argv[3])

def die_at(name, function, when):
    def wrapped(*arguments, **more):
        if name == point and when(arguments):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **more)
    return wrapped

def at(word):
    return lambda arguments: word in str(arguments[0])

sync, point_to = artifacts.sync, artifacts._point_to
sync = die_at("manifest", sync, at("manifest"))
artifacts.sync = die_at("store", die_at("vectors", sync, at(".f16")), at(".sqlite"))
artifacts._put_in_place = die_at("named", artifacts._put_in_place, lambda _: True)
artifacts._point_to = die_at("previous", die_at("live", point_to, at("live")), at("previous"))
artifacts._remove_others = die_at("removal", artifacts._remove_others, lambda _: True)
if seconds:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
folder = Path(sys.argv[1])
Place(folder / "docs", folder / "index").build()
print("built", flush=True)
"""


def build_and_kill(folder: Path, point: str, seconds: float) -> bool:
    """Return whether the build came to its end before it was killed."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), point, str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL, -signal.SIGALRM}, done.stderr
    return "built" in done.stdout


def texts_of(place: Place) -> dict[str, str]:
    return {uri: document.text for uri, document in place.documents().items()}


def test_a_killed_build_leaves_one_whole_version_and_the_next_one_ends_well(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 -- no secret
    place = make_place(tmp_path)
    for number in range(30):
        place.write(f"{number}.txt", f"Document {number} says {number}.\n\nIt was written first.")
    place.build()
    served = texts_of(place)
    for cycle in range(N_KILLS):
        place.write(f"{cycle % 30}.txt", f"Document {cycle % 30} in cycle {cycle}.\n\nIt was edited {cycle} times.")
        wanted = {path.name: path.read_text() for path in place.docs.iterdir()}
        point = POINTS[cycle % len(POINTS)] if cycle % 2 else ""
        is_done = build_and_kill(tmp_path, point, 0 if point else chance.uniform(0.2, 1.2))

        began = time.monotonic()
        found = texts_of(place)
        assert time.monotonic() - began < 2
        # The version before or the new one, never a mixture; what was acknowledged is there.
        assert found in ([wanted] if is_done else [served, wanted]), f"cycle {cycle}, {point or 'at random'}"
        if cycle % 5 == 4:
            place.build()
            found = texts_of(place)
            assert found == wanted
        served = found


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
