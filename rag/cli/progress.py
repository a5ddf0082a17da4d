"""How far long work is: spinners, bars with a rate and the time left; nothing where there is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from rag.documents.formats.shared.cleaning import clean_text
from rag.model_files.download import Progress


class StepsView:
    """Shows how many steps of each stage of some work are done."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet."""
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def report(self, stage: str, n_done: int, n_steps: int) -> None:
        """Take the number of steps done and in all."""
        if stage not in self._tasks:
            self._bars.start()
            self._tasks[stage] = self._bars.add_task(stage, total=n_steps, rate="")
        task = self._tasks[stage]
        speed = next(shown.speed for shown in self._bars.tasks if shown.id == task)
        rate = "" if not speed else f"{speed:,.0f} a second" if speed >= 1 else f"{60 * speed:.0f} a minute"
        self._bars.update(task, completed=n_done, rate=rate)

    def report_skipped(self, uri: str, reason: str) -> None:
        """Show at once, above the bars, a file that cannot be read and why."""
        if self._bars.console.is_terminal:
            self._bars.console.print(
                f"Skipped {clean_text(uri)}: {reason}", markup=False, highlight=False, soft_wrap=True
            )


class PullView:
    """Shows how far a download is: one bar, or where there is no terminal one line a stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._stage = ""
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def report(self, progress: Progress) -> None:
        """Take how far the download is."""
        stage = _describe_stage(progress)
        if stage == self._stage:
            self._bars.update(self._task, completed=progress.done_bytes)
            return
        if not self._stage:
            self._bars.start()
        # A task of its own for each stage, begun where the stage begins: what an earlier run brought is not speed.
        for task_id in self._bars.task_ids:
            self._bars.remove_task(task_id)
        self._stage = stage
        self._task = self._bars.add_task(stage, total=progress.total_bytes, completed=progress.done_bytes)
        if not self._console.is_terminal:
            self._console.print(f"{stage}: {progress.total_bytes / 1e6:,.0f} MB", soft_wrap=True)


@contextmanager
def waiting(console: Console, doing: str) -> Iterator[None]:
    """Show what is being done and for how many seconds, while the block runs; nothing where there is no terminal."""
    columns = SpinnerColumn(style="cyan"), TextColumn(f"{doing}… {{task.elapsed:.0f}} s", markup=False)
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bars.add_task("", total=None)
        yield


def _describe_stage(progress: Progress) -> str:
    if progress.stage == "waiting":
        return f"Waiting for {progress.source}"
    if progress.stage == "verifying":
        return "Verifying"
    return f"Downloading from {progress.source}"
