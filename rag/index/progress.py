"""How a build reports its progress and the files that it skips."""

from collections.abc import Callable

ReportProgress = Callable[[str, int, int], None]
ReportSkipped = Callable[[str, str], None]


def skip_silently(_uri: str, _reason: str) -> None:
    """Ignore a report of a skipped file."""


def report_nothing(_stage: str, _n_done: int, _n_all: int) -> None:
    """Ignore a report of progress."""
