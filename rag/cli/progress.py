"""Show progress in a terminal: spinners, and bars with a rate and the time left."""

import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from rag.documents.formats.shared.cleaning import clean_text
from rag.model_files.download import Progress


class _BarsView:
    """A block in which bars are shown, if there is a terminal."""

    def __init__(self, console: Console, *columns: ProgressColumn) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            *columns,
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()


class StepsView(_BarsView):
    """Shows how many steps of each stage are done."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, MofNCompleteColumn(), TextColumn("{task.fields[rate]}", markup=False))
        self._tasks: dict[str, TaskID] = {}

    def report(self, stage: str, n_done: int, n_steps: int) -> None:
        """Show how many steps of a stage are done."""
        if stage not in self._tasks:
            self._bars.start()
            self._tasks[stage] = self._bars.add_task(stage, total=n_steps, rate="")
        task = self._tasks[stage]
        speed = next(shown.speed for shown in self._bars.tasks if shown.id == task)
        rate = "" if not speed else f"{speed:,.0f} a second" if speed >= 1 else f"{60 * speed:.0f} a minute"
        self._bars.update(task, completed=n_done, total=n_steps, rate=rate)

    def report_skipped(self, uri: str, reason: str) -> None:
        """Print above the bars that a file cannot be read, and why."""
        if self._console.is_terminal:
            self._console.print(f"Skipped {clean_text(uri)}: {reason}", markup=False, highlight=False, soft_wrap=True)


class PullView(_BarsView):
    """Shows a download: one bar, or without a terminal one line for each stage."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, DownloadColumn(), TransferSpeedColumn())
        self._stage = ""
        self._task = TaskID(0)

    def report(self, progress: Progress) -> None:
        """Show how much of a stage is done."""
        stage = _describe_stage(progress)
        if stage == self._stage:
            self._bars.update(self._task, completed=progress.done_bytes)
            return
        if not self._stage:
            self._bars.start()
        # A task for each stage, from its start on: bytes of an earlier run are no speed.
        for task_id in self._bars.task_ids:
            self._bars.remove_task(task_id)
        self._stage = stage
        self._task = self._bars.add_task(stage, total=progress.total_bytes, completed=progress.done_bytes)
        if not self._console.is_terminal:
            self._console.print(f"{stage}: {progress.total_bytes / 1e6:,.0f} MB", soft_wrap=True)


@contextmanager
def hiding_typing(console: Console) -> Iterator[None]:
    """Keep what is typed meanwhile out of the terminal, and forget it; Ctrl-C works as ever."""
    if not console.is_terminal or not _is_in_foreground():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    *others, local, in_speed, out_speed, characters = before
    termios.tcsetattr(terminal, termios.TCSANOW, [*others, local & ~termios.ECHO, in_speed, out_speed, characters])
    try:
        yield
    finally:
        # The terminal may have gone, or belong to the shell again.
        with suppress(termios.error):
            if _is_in_foreground():
                termios.tcsetattr(terminal, termios.TCSANOW, before)
                termios.tcflush(terminal, termios.TCIFLUSH)


def _is_in_foreground() -> bool:
    """Return whether this process reads a terminal and may change it without being stopped."""
    if not sys.stdin.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        # It is not the controlling terminal, so nothing stops us.
        return True


@contextmanager
def waiting(console: Console, doing: str) -> Iterator[None]:
    """Show what is being done and for how long, if there is a terminal."""
    columns = SpinnerColumn(style="cyan"), TextColumn(f"{doing}… {{task.elapsed:.0f}} s", markup=False)
    bars = Bars(*columns, console=console, transient=True, disable=not console.is_terminal)
    with hiding_typing(console), bars:
        bars.add_task("", total=None)
        yield


def _describe_stage(progress: Progress) -> str:
    if progress.stage == "waiting":
        return f"Waiting for {progress.source}"
    if progress.stage == "verifying":
        return "Verifying"
    return f"Downloading from {progress.source}"
