"""What a request and a run return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["page", "site", "sitemap"]


class FetchFailed(Exception):
    """A request brought no reply; the text says why.

    Attributes:
        is_private: The guard rejected the address.
    """

    def __init__(self, reason: str, *, is_private: bool = False) -> None:
        super().__init__(reason)
        self.is_private = is_private


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it came, its content decompressed.

    Attributes:
        address: What was requested.
        media_type: In lower case, without parameters; empty if it is not named.
        charset: As the header names it, in lower case.
        location: The target of a redirect, as the server wrote it.
        retry_seconds: How long the server asks to wait.
        robots: The header X-Robots-Tag.
    """

    address: str
    status: int
    content: bytes = b""
    media_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    location: str | None = None
    retry_seconds: float | None = None
    robots: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What `rag add` was asked for.

    Attributes:
        address: In its cleaned form.
        within: Pages have this beginning of their path; None for the folder of a site's address,
            and for all of the host in a sitemap.
        home: Where the address led at the first run. A later redirect to another host or path is an
            error, or it would remove all pages.
        depth: Number of links from the first page; 0 is that page alone.
        pages_a_second: A longer pause in robots.txt takes precedence.
    """

    address: str
    kind: Kind
    within: str | None = None
    home: str | None = None
    depth: int = 0
    max_pages: int = 2_000
    pages_a_second: float = 2.0
    is_private_allowed: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did.

    Attributes:
        failed: By address, why a page could not be read; a copy of an earlier run is kept.
        removed: Addresses of pages that are gone, moved, or no longer allowed.
        skipped: How many addresses were left out, by reason.
        traps: Patterns of addresses that were ended because they do not end themselves.
        n_left: Addresses that were found but not requested, because of `max_pages`.
        notes: Sentences for a person, without a full stop.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    traps: tuple[str, ...] = ()
    n_left: int = 0
    n_requests: int = 0
    notes: tuple[str, ...] = ()

    @property
    def n_pages(self) -> int:
        """Number of pages that the folder holds and this run saw."""
        return len(self.new) + len(self.changed) + len(self.unchanged)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to wait.

    Attributes:
        now: Seconds since 1970.
        monotonic: Seconds that never jump.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


ReportPages = Callable[[int, int], None]
"""Called with the number of pages that are done, and of those that are known."""
