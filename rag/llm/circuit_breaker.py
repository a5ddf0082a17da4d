"""Leave a server alone that fails again and again, so that nobody waits for it; then try it with one request.

Knows nothing of requests or servers: it is told how each attempt ended and says whether the next may be made.
"""

from collections.abc import Callable
from dataclasses import dataclass

# Fewer would take a restart of the server, which costs each reader under way a failure, for an illness.
_MAX_FAILURES = 5
_MAX_PAUSES = 10.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A permission to ask, to be handed back with how it ended."""

    era: int
    n_successes: int


class CircuitBreaker:
    """Counts failures in a row; at five it pauses, then lets one attempt through, and pauses twice as long if it fails.

    A failure counts where nothing has succeeded since its attempt began: a server that answers others meanwhile is
    busy, not ill. What an attempt from before a pause reports when it is over counts no more.
    """

    def __init__(self, clock: Callable[[], float], *, pause_seconds: float) -> None:
        """Begin with nothing against the server.

        Args:
            clock: Seconds; only differences count.
            pause_seconds: The first pause; the longest is ten times that. 0 never pauses.
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
        """How long the pause still lasts; 0 where there is none."""
        return max(0.0, self._ends_at - self._clock()) if self._ends_at is not None else 0.0

    def begin(self) -> Attempt | None:
        """Return the permission to ask, or None where the server is to be left alone."""
        if self._ends_at is not None:
            if self.seconds_left > 0 or self._is_being_tried:
                return None
            self._is_being_tried = True
        return Attempt(self._era, self._n_successes)

    def succeed(self, attempt: Attempt) -> None:
        """Note that the server does its work; this ends a pause."""
        if attempt.era != self._era:
            return
        if self._ends_at is not None:
            self._ends_at = None
            self._next_era()
        self._next_pause = self._first_pause
        self._n_failures = 0
        self._n_successes += 1

    def fail(self, attempt: Attempt) -> None:
        """Note that the server is at fault."""
        if attempt.era != self._era or attempt.n_successes != self._n_successes:
            return
        self._n_failures += 1
        if self._is_being_tried or self._n_failures >= _MAX_FAILURES:
            self._pause()

    def refuse(self, attempt: Attempt) -> None:
        """Note a fault that asking again does not mend: pause at once."""
        if attempt.era == self._era:
            self._pause()

    def abandon(self, attempt: Attempt) -> None:
        """Note that nobody knows how it would have ended; does nothing to one that has been told."""
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
