"""What is typed while a spinner turns stays out of the terminal, and the terminal is as before afterwards."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAX_SECONDS = 300
SPIN = """
import fcntl, select, sys, termios, time
from pathlib import Path
from rag.cli.console import make_console
from rag.cli.progress import waiting

if sys.argv[2] != "no job control":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
try:
    with waiting(make_console(stderr=True), "Working"):
        print("BEGUN", flush=True)
        while not Path(sys.argv[1]).exists():
            time.sleep(0.02)
        if sys.argv[2] == "error":
            raise ValueError
except (KeyboardInterrupt, ValueError):
    print("BROKEN OFF", flush=True)
print("PENDING" if select.select([0], [], [], 0)[0] else "NOTHING PENDING", flush=True)
"""


class Spinning:
    """A process with a spinner on a pseudo terminal."""

    def __init__(self, end: Path, way: str) -> None:
        self.master, self.slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SPIN, str(end), way],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm"},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )
        self.seen = ""

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + MAX_SECONDS
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} never came, but {self.seen!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())


@pytest.fixture
def end(tmp_path: Path) -> Path:
    return tmp_path / "end"


@pytest.fixture
def spinning(end: Path, request: pytest.FixtureRequest) -> Iterator[Spinning]:
    spinning = Spinning(end, request.param)
    try:
        spinning.wait_for("BEGUN")
        yield spinning
    finally:
        spinning.process.kill()
        spinning.process.wait()
        os.close(spinning.master)
        os.close(spinning.slave)


@pytest.mark.parametrize("spinning", ["as ever", "error", "no job control"], indirect=True)
def test_what_is_typed_is_neither_shown_nor_kept(spinning: Spinning, end: Path) -> None:
    assert not spinning.echoes

    spinning.type("letters\rmore letters")
    end.touch()
    spinning.wait_for("PENDING")

    assert "NOTHING PENDING" in spinning.seen
    assert "letters" not in spinning.seen
    assert spinning.echoes


@pytest.mark.parametrize("spinning", ["as ever"], indirect=True)
def test_ctrl_c_breaks_off_and_gives_the_terminal_back(spinning: Spinning) -> None:
    spinning.type("letters\x03")
    spinning.wait_for("PENDING")

    assert "BROKEN OFF" in spinning.seen
    assert "letters" not in spinning.seen
    assert spinning.echoes
