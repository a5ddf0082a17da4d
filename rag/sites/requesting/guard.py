"""Resolve each host once, and reject hosts whose addresses are not public.

A page may name any host, such as a router, a database or the metadata service of a cloud. The
caller connects to the addresses returned here, never to the name, so a second lookup cannot give
another address.
"""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence

from rag.sites.results import FetchFailed

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_RESOLVE_SECONDS = 10.0
_MAX_ADDRESSES = 4
# IPv6 addresses whose last 32 bits are an IPv4 address: RFC 6052, RFC 8215, RFC 2765, RFC 4291.
_ENDS_IN_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")))


class Guard:
    """Knows the addresses of the hosts of one run.

    Args:
        resolver: Returns the addresses of a host as texts; raises OSError.
        private_host: The only host that may have addresses that are not public.
    """

    def __init__(self, resolver: Resolver, private_host: str | None = None) -> None:
        self._resolver = resolver
        self._private_host = private_host
        self._addresses: dict[str, tuple[str, ...]] = {}

    def addresses_of(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses to connect to, the same ones each time.

        Raises:
            FetchFailed: The host has none, or one that is not public.
        """
        if host not in self._addresses:
            self._addresses[host] = self._resolve(host, port)
        return self._addresses[host]

    def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = tuple(dict.fromkeys(self._resolver(host, port)))[:_MAX_ADDRESSES]
        except OSError as error:
            raise FetchFailed(f"the host {host} cannot be found ({error.strerror or error})") from error
        if not found:
            raise FetchFailed(f"the host {host} has no address")
        if host == self._private_host:
            return found
        for address in found:
            if not is_public(address):
                raise FetchFailed(f"the host {host} has the address {address}, which is not public", is_private=True)
        return found


def is_public(text: str) -> bool:
    """Return whether an address, and every address inside it, is one of the public internet."""
    try:
        address: IpAddress = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return all(one.is_global and not one.is_multicast for one in (address, *_embedded(address)))


def resolve_with_system(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses that the system finds for a host.

    Raises:
        OSError: There are none, or the lookup takes more than ten seconds.
    """
    found: queue.SimpleQueue[tuple[str, ...] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put(tuple(str(info[4][0]) for info in infos))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError(str(error)))

    # A thread, because the system's lookup has no time-out.
    threading.Thread(target=resolve, daemon=True, name="resolve-host").start()
    try:
        result = found.get(timeout=_RESOLVE_SECONDS)
    except queue.Empty:
        raise TimeoutError(f"no answer in {_RESOLVE_SECONDS:.0f} s") from None
    if isinstance(result, OSError):
        raise result
    return result


def _embedded(address: IpAddress) -> list[IpAddress]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[IpAddress | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _ENDS_IN_IPV4):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
