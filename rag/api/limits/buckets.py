"""Token buckets by name: so many at once, then one each few seconds, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

_MAX_NAMES = 10_000
# A provider gives a customer at least this much of IPv6.
_IPV6_PREFIX = 64


class TokenBuckets:
    """One bucket for each name, full until something is taken from it.

    The bucket that was used longest ago is forgotten, so many names make a limit lenient, never the
    memory large.
    """

    def __init__(self, size: int, seconds_per_token: float, clock: Callable[[], float]) -> None:
        """Start with full buckets.

        Args:
            size: Tokens of a full bucket, at least 1.
            seconds_per_token: After which a token comes back.
            clock: Never goes back, seconds.
        """
        self._seconds_to_fill = size * seconds_per_token
        self._seconds_per_token = seconds_per_token
        self._clock = clock
        # When the bucket of a name is full again; those that were used last at the end.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def seconds_to_wait(self, name: str) -> int:
        """Return after how many seconds there is a token; 0 if there is one now."""
        seconds_until_full = self._full_at.get(name, 0.0) - self._clock()
        seconds = seconds_until_full - self._seconds_to_fill + self._seconds_per_token
        return int(seconds) + 1 if seconds > 0 else 0

    def take(self, name: str) -> None:
        """Take a token."""
        now = self._clock()
        self._full_at[name] = max(self._full_at.get(name, now), now) + self._seconds_per_token
        self._full_at.move_to_end(name)
        if len(self._full_at) > _MAX_NAMES:
            self._full_at.popitem(last=False)


def network_of(address: str) -> str:
    """Return what shares a bucket with an address: its network with IPv6, else itself."""
    try:
        found = ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, _IPV6_PREFIX), strict=False))
