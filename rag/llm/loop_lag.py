"""Measure how long the event loop was held up while something waited on it.

A loop without time notices neither a connection nor a reply, so its own timeouts say nothing about
the other side.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_TICK_SECONDS = 0.1
# Where the loop had no time for so much of a wait, the wait says nothing.
_MAX_SHARE = 0.25


@dataclass(slots=True)
class LoopWatch:
    """What was seen since something began to wait.

    Attributes:
        seconds: How long it has waited.
        late_seconds: The part of it in which the loop was held up.
    """

    seconds: float = 0.0
    late_seconds: float = 0.0

    @property
    def was_held_up(self) -> bool:
        """Whether the loop had too little time to tell how long the other side took."""
        return self.late_seconds > _MAX_SHARE * self.seconds


@contextmanager
def watch_loop() -> Iterator[LoopWatch]:
    """Watch the running event loop until the block ends."""
    loop = asyncio.get_running_loop()
    watch, last = LoopWatch(), loop.time()

    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal last
        now = loop.time()
        watch.seconds += now - last
        watch.late_seconds += max(0.0, now - last - _TICK_SECONDS)
        last = now

    def tick() -> None:
        nonlocal timer
        look()
        timer = loop.call_later(_TICK_SECONDS, tick)

    timer = loop.call_later(_TICK_SECONDS, tick)
    try:
        yield watch
    except BaseException:
        look()
        raise
    finally:
        timer.cancel()
