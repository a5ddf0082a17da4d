"""End what does not end itself: calendars, sort orders, session ids and generated pages.

Addresses share a *pattern* if they differ only in numbers, ids and values of parameters. A pattern
is ended once most of its pages repeat others or fail, or once it reaches a limit.
"""

from collections import Counter, defaultdict

from rag.sites.pages.addresses import is_calendar, is_endless_path, pattern_of

# Invented, and tried on the site of tests/sites. Real pages of one pattern differ in more than the
# numbers of their addresses.
_MAX_REPEATS = 40
_MAX_FAILURES = 20
_MAX_CALENDAR_PAGES = 60
_QUERY_SHARE = 4


class Traps:
    """Counts the pages of each pattern in one run."""

    def __init__(self, max_pages: int) -> None:
        self._max_query_pages = max(_MAX_CALENDAR_PAGES, max_pages // _QUERY_SHARE)
        self._n_taken: Counter[str] = Counter()
        self._n_read: Counter[str] = Counter()
        self._n_repeats: Counter[str] = Counter()
        self._n_failures: Counter[str] = Counter()
        self._shapes: defaultdict[str, set[str]] = defaultdict(set)
        self._ended: dict[str, None] = {}
        self._endless: dict[str, None] = {}

    @property
    def ended(self) -> tuple[str, ...]:
        """The patterns that were ended, in that order, and those of endless paths."""
        return tuple({**self._ended, **self._endless})

    def take(self, address: str) -> int | None:
        """Return how many addresses of its pattern were taken before; None if it is a trap."""
        pattern = pattern_of(address)
        if pattern in self._ended:
            return None
        if is_endless_path(address):
            # The pattern may be that of a real page, so it is not ended.
            self._endless[pattern] = None
            return None
        if self._n_taken[pattern] >= self._limit(address):
            self._ended[pattern] = None
            return None
        self._n_taken[pattern] += 1
        return self._n_taken[pattern] - 1

    def is_ended(self, address: str) -> bool:
        """Return whether the pattern of an address that was taken has been ended since."""
        return pattern_of(address) in self._ended

    def note_page(self, address: str, shape_hash: str) -> None:
        """Count a page that was read; end its pattern if most pages of it repeat others."""
        pattern = pattern_of(address)
        self._n_read[pattern] += 1
        self._n_repeats[pattern] += shape_hash in self._shapes[pattern]
        self._shapes[pattern].add(shape_hash)
        n_repeats = self._n_repeats[pattern]
        if n_repeats >= _MAX_REPEATS and 2 * n_repeats >= self._n_read[pattern]:
            self._ended[pattern] = None

    def note_failure(self, address: str) -> None:
        """Count a page that is missing or failed; end its pattern if most pages of it are such."""
        pattern = pattern_of(address)
        self._n_failures[pattern] += 1
        if self._n_failures[pattern] >= max(_MAX_FAILURES, self._n_read[pattern]):
            self._ended[pattern] = None

    def _limit(self, address: str) -> float:
        if is_calendar(address):
            return _MAX_CALENDAR_PAGES
        return self._max_query_pages if "?" in address else float("inf")
