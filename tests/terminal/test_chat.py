"""The real `rag chat` in a terminal of its own, and with its input from a pipe."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from tests.running import MAX_SECONDS, ROOT, clean_environment

pytestmark = pytest.mark.model

CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>]|\r")

COMMAND = [sys.executable, "-m", "rag.cli.main", "chat"]
# The line editor may move the cursor where a person sees a space.
PROMPT = "\n>"
SECTION = "The shop in Leeds is run by Ada Brown."
STORY = f"Shoes and boots\n\n{SECTION}\n"


class Terminal:
    """A process on a pseudo terminal of 60 columns."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
        self.process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self._seen = ""

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def type_at_prompt(self, keys: str) -> None:
        self.wait_for(PROMPT)
        self.type(keys)

    def wait_for(self, text: str) -> str:
        """Return what was shown since the last call, up to and including a text."""
        return self.wait_for_any(text)

    def wait_for_any(self, *texts: str) -> str:
        """Return what was shown since the last call, up to and including the first of these texts that is there."""
        deadline = time.monotonic() + MAX_SECONDS
        while not any(text in (shown := CONTROLS.sub("", self._seen)) for text in texts):
            assert time.monotonic() < deadline, f"none of {texts!r} ever came, but: {shown!r}"
            if select.select([self._master], [], [], 0.1)[0]:
                self._read()
        end = min(shown.index(text) + len(text) for text in texts if text in shown)
        self._seen = shown[end:]
        return shown[:end]

    def interrupt(self) -> None:
        """Do what a terminal does at Ctrl-C while no line is read."""
        self.process.send_signal(signal.SIGINT)

    def _read(self) -> None:
        try:
            self._seen += os.read(self._master, 65536).decode(errors="replace")
        except OSError:  # how Linux tells that the other side is closed
            time.sleep(0.1)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("chat")
    (folder / "documents").mkdir()
    (folder / "documents" / "story.txt").write_text(STORY)
    environment = clean_environment(
        RAG_INDEX_FOLDER=str(folder / "index"), RAG_LLM="extractive", PROMPT_TOOLKIT_NO_CPR="1", TERM="xterm"
    )
    subprocess.run(
        [sys.executable, "-m", "rag.cli.main", "index", str(folder / "documents")],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=MAX_SECONDS,
        stdout=subprocess.DEVNULL,
    )
    return environment


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(environment)
    try:
        terminal.wait_for("commands.")
        yield terminal
    finally:
        terminal.close()


def test_a_conversation_in_a_terminal(terminal: Terminal) -> None:
    terminal.type_at_prompt("Who runs the shop in Leeds?\r")
    shown = terminal.wait_for("Quoted directly from the documents.")
    terminal.type_at_prompt("/sources\r")
    sources = terminal.wait_for("Brown.\n")
    terminal.type_at_prompt("What is the capital of Peru?\r")
    terminal.wait_for_any("nothing about it in the documents.", "one of these may answer it:")
    terminal.type_at_prompt("/help\r")
    terminal.wait_for("stop the answer")
    terminal.type_at_prompt("\x04")
    terminal.wait_for("Goodbye.")

    assert f"{SECTION} [1]" in shown
    assert "[1] Shoes and boots" in shown
    # The quote is the answer, and its footnote only names the place.
    assert f"“{SECTION}”" not in shown
    assert "story.txt, characters" in sources
    assert terminal.process.wait(MAX_SECONDS) == 0


def test_ctrl_c_at_the_prompt_clears_the_line_and_never_leaves(terminal: Terminal) -> None:
    terminal.type_at_prompt("unfinished")
    terminal.wait_for("unfinished")
    terminal.type("\x03/new\r")
    terminal.wait_for("This is a new conversation.")
    terminal.type_at_prompt("\x03")
    terminal.wait_for("Ctrl-D or /quit leaves.")
    terminal.type_at_prompt("/quit\r")
    terminal.wait_for("Goodbye.")

    assert terminal.process.wait(MAX_SECONDS) == 0


def test_ctrl_c_while_the_models_load_leaves_quietly(environment: dict[str, str]) -> None:
    terminal = Terminal(environment)
    try:
        terminal.wait_for("Loading the models")

        terminal.interrupt()

        assert terminal.process.wait(MAX_SECONDS) == 130
    finally:
        terminal.close()


def test_questions_from_a_pipe_are_answered_in_turn(environment: dict[str, str]) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment,
        input="Who runs the shop in Leeds?\n\n/nope\n",
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=True,
    )

    assert f"> Who runs the shop in Leeds?\n\n{SECTION} [1]\n" in done.stdout
    assert done.stdout.endswith("> /nope\nUnknown command; /help lists the commands.\nGoodbye.\n")
    assert "\x1b" not in done.stdout
    assert not done.stderr


def test_a_greeting_from_a_pipe_is_answered_without_the_documents(environment: dict[str, str]) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment,
        input="Hello!\n",
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=True,
    )

    assert "> Hello!\n\nHello! I answer questions from the documents here" in done.stdout
    assert "Quoted directly" not in done.stdout
    assert "not confirmed" not in done.stdout
