"""Measure time, and repeat a run at an interval."""

import re
import time
from collections.abc import Callable

from rag.sites.results import Clock

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
_INTERVAL = re.compile(r"(\d{1,4})\s*([mhd])", re.IGNORECASE)
# The system waits at most about this long at once.
_LONGEST_WAIT = 3_600.0


def parse_interval(text: str) -> int:
    """Return the seconds of an interval such as 30m, 6h or 1d.

    Raises:
        ValueError: It is no such interval, or zero.
    """
    found = _INTERVAL.fullmatch(text.strip())
    if not found or not int(found.group(1)):
        raise ValueError(f"{text!r} is no interval; write 30m, 6h or 1d")
    return int(found.group(1)) * _SECONDS[found.group(2).lower()]


def system_clock() -> Clock:
    """Return the clock of this machine."""
    return Clock(now=time.time, monotonic=time.monotonic, sleep=time.sleep)


def repeat(run: Callable[[], None], interval_seconds: float, clock: Clock) -> None:
    """Run again and again, each time an interval after the last beginning; Ctrl-C ends it.

    A run that takes longer than the interval is followed by the next one at once.
    """
    while True:
        began = clock.now()
        run()
        while (left := began + interval_seconds - clock.now()) > 0:
            clock.sleep(min(left, _LONGEST_WAIT))
