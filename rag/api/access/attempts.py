"""Limit how many wrong keys an address may send: a token bucket for each."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from rag.errors import TooManyWrongKeys

_MAX_ATTEMPTS = 10
_SECONDS_PER_ATTEMPT = 6.0
_MAX_ADDRESSES = 10_000
# A provider gives a customer at least this much of IPv6.
_IPV6_PREFIX = 64


class WrongKeys:
    """The wrong keys that came of late: 10 at once, then one in 6 seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that never goes back, seconds."""
        self._clock = clock
        # When the bucket of an address is full again; those that failed last at the end.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def require_left(self, address: str) -> None:
        """Raise TooManyWrongKeys if an address has no attempt left."""
        seconds_until_full = self._full_at.get(_network_of(address), 0.0) - self._clock()
        seconds_to_wait = seconds_until_full - (_MAX_ATTEMPTS - 1) * _SECONDS_PER_ATTEMPT
        if seconds_to_wait > 0:
            raise TooManyWrongKeys(
                "too many wrong keys came from your address", seconds_to_wait=int(seconds_to_wait) + 1
            )

    def count(self, address: str) -> None:
        """Take an attempt from an address."""
        network = _network_of(address)
        now = self._clock()
        self._full_at[network] = max(self._full_at.get(network, now), now) + _SECONDS_PER_ATTEMPT
        self._full_at.move_to_end(network)
        if len(self._full_at) > _MAX_ADDRESSES:
            self._full_at.popitem(last=False)


def _network_of(address: str) -> str:
    try:
        found = ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)
