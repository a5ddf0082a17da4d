"""Pause requests to a server that keeps failing; then try it with one."""

from collections.abc import Callable
from dataclasses import dataclass

# A restart of the server fails each request in flight, and must not cause a pause.
_MAX_FAILURES = 5
_MAX_PAUSES = 10.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A permission for one request; the caller reports how it ended."""

    era: int
    n_successes: int


class CircuitBreaker:
    """Pauses after five failures in a row, then allows one attempt; each further pause doubles.

    A failure counts only if no attempt has succeeded since its own began: such a server is busy,
    not ill. Reports of attempts from before a pause do not count.
    """

    def __init__(self, clock: Callable[[], float], *, pause_seconds: float) -> None:
        """Start without failures.

        Args:
            clock: Seconds; only differences count.
            pause_seconds: The first pause; the longest is ten times as long. 0: no pause.
        """
        self._clock = clock
        self._first_pause = pause_seconds
        self._next_pause = pause_seconds
        self._ends_at: float | None = None
        self._is_being_tried = False
        self._era = 0
        self._n_failures = 0
        self._n_successes = 0

    @property
    def seconds_left(self) -> float:
        """The rest of the pause; 0 without one."""
        return max(0.0, self._ends_at - self._clock()) if self._ends_at is not None else 0.0

    def begin(self) -> Attempt | None:
        """Return the permission for a request, or None during a pause."""
        if self._ends_at is not None:
            if self.seconds_left > 0 or self._is_being_tried:
                return None
            self._is_being_tried = True
        return Attempt(self._era, self._n_successes)

    def succeed(self, attempt: Attempt) -> None:
        """Report a success; it ends a pause."""
        if attempt.era != self._era:
            return
        if self._ends_at is not None:
            self._ends_at = None
            self._next_era()
        self._next_pause = self._first_pause
        self._n_failures = 0
        self._n_successes += 1

    def fail(self, attempt: Attempt) -> None:
        """Report a fault of the server."""
        if attempt.era != self._era or attempt.n_successes != self._n_successes:
            return
        self._n_failures += 1
        if self._is_being_tried or self._n_failures >= _MAX_FAILURES:
            self._pause()

    def refuse(self, attempt: Attempt) -> None:
        """Report a fault that a retry does not fix: pause at once."""
        if attempt.era == self._era:
            self._pause()

    def abandon(self, attempt: Attempt) -> None:
        """Report that an attempt was given up; no effect if its end was reported."""
        if attempt.era == self._era:
            self._is_being_tried = False

    def _pause(self) -> None:
        if not self._first_pause:
            return
        self._ends_at = self._clock() + self._next_pause
        self._next_pause = min(self._next_pause * 2, self._first_pause * _MAX_PAUSES)
        self._next_era()

    def _next_era(self) -> None:
        self._era += 1
        self._n_failures = 0
        self._is_being_tried = False
