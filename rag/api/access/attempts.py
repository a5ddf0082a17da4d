"""Limit how many wrong keys an address may send."""

from collections.abc import Callable

from rag.api.limits.buckets import TokenBuckets, network_of
from rag.errors import TooManyWrongKeys

_MAX_ATTEMPTS = 10
_SECONDS_PER_ATTEMPT = 6.0


class WrongKeys:
    """The wrong keys that came of late: 10 at once, then one in 6 seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that never goes back, seconds."""
        self._buckets = TokenBuckets(_MAX_ATTEMPTS, _SECONDS_PER_ATTEMPT, clock)

    def require_left(self, address: str) -> None:
        """Raise TooManyWrongKeys if an address has no attempt left."""
        seconds_to_wait = self._buckets.seconds_to_wait(network_of(address))
        if seconds_to_wait:
            raise TooManyWrongKeys("too many wrong keys came from your address", seconds_to_wait=seconds_to_wait)

    def count(self, address: str) -> None:
        """Take an attempt from an address."""
        self._buckets.take(network_of(address))
