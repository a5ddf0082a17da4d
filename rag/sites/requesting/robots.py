"""Obey robots.txt (RFC 9309): what may be requested of a host, and how fast."""

import math
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from protego import Protego

from rag.sites.pages.addresses import origin_of
from rag.sites.results import FetchFailed, Reply

_MAX_BYTES = 500_000
_MAX_PAUSE_SECONDS = 3_600.0


class Robots:
    """Knows the rules of each host that a run meets, read once.

    Args:
        fetch: Returns the reply of an address, redirects followed.
        agent: The name that the rules are looked up for.
    """

    def __init__(self, fetch: Callable[[str], Reply], agent: str) -> None:
        self._fetch = fetch
        self._agent = agent
        self._rules: dict[str, Protego] = {}

    def allows(self, address: str) -> bool:
        """Return whether the host lets this address be requested.

        Raises:
            FetchFailed: Its rules cannot be read; RFC 9309 then asks to request nothing.
        """
        if urlsplit(address).path == "/robots.txt":
            return True
        return self._rules_of(address).can_fetch(address, self._agent)

    def pause_seconds(self, address: str) -> float:
        """Return the pause between two requests that the host asks for; 0 if it names none.

        Raises:
            FetchFailed: Its rules cannot be read.
        """
        rules = self._rules_of(address)
        pauses = [rules.crawl_delay(self._agent) or 0.0]
        rate = rules.request_rate(self._agent)
        if rate and rate.requests > 0:
            pauses.append(rate.seconds / rate.requests)
        return max([min(pause, _MAX_PAUSE_SECONDS) for pause in pauses if math.isfinite(pause)], default=0.0)

    def _rules_of(self, address: str) -> Protego:
        origin = origin_of(address)
        if origin not in self._rules:
            self._rules[origin] = self._read(f"{origin}/robots.txt")
        return self._rules[origin]

    def _read(self, address: str) -> Protego:
        reply = self._fetch(address)
        if reply.status == HTTPStatus.OK:
            return Protego.parse(reply.content[:_MAX_BYTES].decode("utf-8-sig", "replace"))
        is_missing = HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_missing and reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            return Protego.parse("")
        raise FetchFailed(f"its rules, {address}, cannot be read (status {reply.status})")
