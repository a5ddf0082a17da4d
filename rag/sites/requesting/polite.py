"""Request pages politely: robots.txt first, a pause before each request, redirects hop by hop."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from rag.sites.pages.addresses import clean_address, host_of
from rag.sites.requesting.fetching import AGENT_NAME, Fetcher
from rag.sites.requesting.robots import Robots
from rag.sites.results import Clock, FetchFailed, Reply

MAX_REDIRECTS = 5
_MAX_RETRY_SECONDS = 120.0
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_TRY_LATER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

Check = Callable[[str], str | None]
"""Returns the address to request in place of a redirect's target; None if it is left alone."""


class Disallowed(Exception):
    """The rules of a host forbid an address; its text is that address."""


class LeadsOut(Exception):
    """A redirect leads to an address that the caller leaves alone; its text is that address."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What an address brought.

    Attributes:
        reply: Of the last hop.
        is_moved: Each hop before it was a permanent redirect; false if there was none.
    """

    reply: Reply
    is_moved: bool = False


class PoliteRequests:
    """Requests pages at most as fast as asked for, and as robots.txt allows."""

    def __init__(self, fetcher: Fetcher, clock: Clock, pages_a_second: float) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._pause_seconds = 1 / pages_a_second
        self._last: dict[str, float] = {}
        self.robots = Robots(self._fetch_rules, AGENT_NAME)

    def visit(self, address: str, check: Check, etag: str | None = None, last_modified: str | None = None) -> Visit:
        """Return what an address brings, after its redirects.

        Args:
            check: Called with the target of each redirect.
            etag: Only for the address itself, like `last_modified`.

        Raises:
            Disallowed: By the rules of the host, also of a hop.
            LeadsOut: `check` leaves the target alone.
            FetchFailed: There is no usable reply.
        """
        hops, is_permanent = {address}, True
        reply = self._request(address, etag, last_modified)
        while reply.status in _REDIRECTS:
            is_permanent &= reply.status in _PERMANENT
            target = clean_address(reply.location or "", reply.address) if reply.location else None
            if target is None:
                raise FetchFailed("it redirects to no web address")
            checked = check(target)
            if checked is None:
                raise LeadsOut(target)
            if checked in hops or len(hops) > MAX_REDIRECTS:
                raise FetchFailed("its redirects do not end")
            hops.add(checked)
            reply = self._request(checked, None, None)
        return Visit(reply, is_moved=is_permanent and len(hops) > 1)

    def _request(self, address: str, etag: str | None, last_modified: str | None) -> Reply:
        if not self.robots.allows(address):
            raise Disallowed(address)
        self._wait(address, max(self._pause_seconds, self.robots.pause_seconds(address)))
        reply = self._fetcher.fetch(address, etag, last_modified)
        if reply.status in _TRY_LATER and reply.retry_seconds is not None:
            if reply.retry_seconds > _MAX_RETRY_SECONDS:
                return reply
            self._clock.sleep(reply.retry_seconds)
            self._last[host_of(address)] = self._clock.monotonic()
            reply = self._fetcher.fetch(address, etag, last_modified)
        return reply

    def _wait(self, address: str, pause_seconds: float) -> None:
        host = host_of(address)
        if host in self._last:
            left = self._last[host] + pause_seconds - self._clock.monotonic()
            if left > 0:
                self._clock.sleep(left)
        self._last[host] = self._clock.monotonic()

    def _fetch_rules(self, address: str) -> Reply:
        """Return the reply for a robots.txt, redirects followed wherever the guard allows."""
        reply = self._fetcher.fetch(address)
        for _ in range(MAX_REDIRECTS):
            target = clean_address(reply.location or "", address) if reply.status in _REDIRECTS else None
            if target is None:
                break
            reply = self._fetcher.fetch(target)
        # RFC 9309: rules that redirects do not lead to count as missing.
        return Reply(address, HTTPStatus.NOT_FOUND) if reply.status in _REDIRECTS else reply
