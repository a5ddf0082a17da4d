"""The time by which what is too old is deleted: it follows the machine's clock, but not its jumps.

Goes in: the clock of the machine, which may be wrong for hours or months. Comes out: a time that
never runs ahead of it. A step of more than four days, which a long pause of the server makes too,
is caught up at three days a day. So a wrong clock can be noticed before much is lost.
"""

import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rag.api.telemetry.logs import log_event
from rag.files import create_private

_logger = logging.getLogger(__name__)

_DAY = 24 * 3600.0
# A weekend and a holiday; not what a wrong clock is wrong by, as a rule.
_MAX_STEP = 4 * _DAY
_MAX_STEP_BACK = 3600.0
_PACE = 3.0
_JUMPED = (
    "the clock of this machine jumped by %.1f days since this server last looked at it. "
    "Deletions by age catch up at three days a day; if the clock is wrong, correct it"
)


class _Seen(NamedTuple):
    """The machine's clock at the last look, and the time that counts; seconds since 1970."""

    machine: float
    counted: float


class RetentionClock:
    """Call it for the time that counts, seconds since 1970. Threads may share it."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Take the file that remembers the time over restarts; without it, the clock is believed.

        Args:
            clock: Seconds since 1970.
        """
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: _Seen | None = None

    def __call__(self) -> float:
        with self._lock:
            now = self._clock()
            before = self._seen or self._read() or _Seen(now, now)
            self._seen = _follow(before, now)
            self._write(self._seen)
            return self._seen.counted

    def _read(self) -> _Seen | None:
        try:
            machine, counted = json.loads(self._path.read_text("ascii"))
            return _Seen(float(machine), min(float(machine), float(counted)))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, seen: _Seen) -> None:
        # The stores say so if the disk is full; meanwhile memory is enough.
        with suppress(OSError):
            unfinished = self._path.with_name(f"{self._path.name}.new")
            create_private(unfinished)
            unfinished.write_text(json.dumps(seen), "ascii")
            unfinished.replace(self._path)


def _follow(before: _Seen, now: float) -> _Seen:
    step = now - before.machine
    is_jump = step > _MAX_STEP or step < -_MAX_STEP_BACK
    if is_jump:
        log_event(_logger, _JUMPED % (step / _DAY), level=logging.WARNING)
    went_on = 0.0 if is_jump else max(step, 0.0) * _PACE
    return _Seen(now, min(before.counted + went_on, now))
