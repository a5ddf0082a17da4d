"""Kill processes while they write, and collect what they had acknowledged before."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.running import ROOT

# `make torture` asks for 100.
N_WRITE_KILLS = int(os.environ.get("FOOTNOTE_WRITE_KILLS", "4"))
_N_LINES_BEFORE = 5
# A kill hits any moment of one of the writes that follow.
_MAX_SECONDS_LATER = 0.05


def kill_writers(program: str, file: Path) -> list[str]:
    """Run a program again and again, kill it while it writes, and return the lines that it printed.

    Args:
        program: Python code. `sys.argv` has the file and the number of the run. It prints a line after each write.
    """
    chance = random.Random(5)  # noqa: S311 -- no secret
    acknowledged = []
    for run in range(N_WRITE_KILLS):
        arguments = [sys.executable, "-c", program, str(file), str(run)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(_N_LINES_BEFORE)]
            time.sleep(chance.uniform(0, _MAX_SECONDS_LATER))
            process.kill()
            # What was said before the kill counts too, but not half a line.
            told += process.stdout.readlines()
        assert told[_N_LINES_BEFORE - 1], "the program ended by itself"
        acknowledged += [line.rstrip("\n") for line in told if line.endswith("\n")]
    return acknowledged
