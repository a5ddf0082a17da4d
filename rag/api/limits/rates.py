"""Limit how many questions and searches a key and a client's address may send a minute."""

from collections.abc import Callable

from rag.api.access.caller import Caller
from rag.api.access.this_machine import is_loopback
from rag.api.limits.buckets import TokenBuckets, network_of
from rag.errors import RateLimited

_MINUTE = 60.0


class Rates:
    """What was asked of late: the questions of a minute may come at once, then one by one."""

    def __init__(self, *, per_key: int, per_address: int, clock: Callable[[], float]) -> None:
        """Take the limits.

        Args:
            per_key: Questions and searches a minute; 0: no limit.
            per_address: The same, of an IPv4 address or an IPv6 network.
            clock: Never goes back, seconds.
        """
        self._clock = clock
        self._limits = (per_key, per_address)
        self._keys = _buckets(per_key, clock)
        self._addresses = _buckets(per_address, clock)

    def change(self, *, per_key: int, per_address: int) -> None:
        """Take other limits; what was asked before counts only if they stay the same."""
        if (per_key, per_address) != self._limits:
            self._limits = (per_key, per_address)
            self._keys = _buckets(per_key, self._clock)
            self._addresses = _buckets(per_address, self._clock)

    def take(self, caller: Caller, address: str) -> None:
        """Count a question or a search; one that is refused takes nothing.

        A secret key belongs to a server that asks for all its readers, so its address does not
        count. Neither does this machine's own: it is a program of the owner, or a proxy that does
        not say for whom it asks.

        Raises:
            RateLimited: There were too many.
        """
        taken, network = [], network_of(address)
        is_own = is_loopback(address) or is_loopback(network)
        if self._addresses and caller.kind != "secret" and not is_own:
            taken.append((self._addresses, network, "from your address"))
        if self._keys and caller.key_name:
            taken.append((self._keys, caller.key_name, "with this key"))
        for buckets, name, whence in taken:
            if seconds_to_wait := buckets.seconds_to_wait(name):
                raise RateLimited(f"too many questions came {whence}", seconds_to_wait=seconds_to_wait)
        for buckets, name, _ in taken:
            buckets.take(name)


def _buckets(per_minute: int, clock: Callable[[], float]) -> TokenBuckets | None:
    return TokenBuckets(per_minute, _MINUTE / per_minute, clock) if per_minute else None
