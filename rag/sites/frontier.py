"""Order the addresses that are still to be requested, each once."""

import heapq
from collections import Counter
from dataclasses import dataclass
from itertools import count

from rag.sites.pages.addresses import Scope, key_of
from rag.sites.pages.kinds import may_be_page
from rag.sites.traps import Traps

OTHER_KIND = "of a kind that is not read"
OUT_OF_SCOPE = "of another host or path"
ENDED = "of patterns that were ended"


@dataclass(frozen=True, slots=True)
class Target:
    """An address to request; `depth` is the number of links from the first page."""

    address: str
    depth: int

    @property
    def key(self) -> str:
        return key_of(self.address)


class Frontier:
    """The targets by depth; within a depth, patterns of addresses take turns.

    So a trap with thousands of addresses cannot use up the limit before other pages are reached.
    """

    def __init__(self, scope: Scope, traps: Traps) -> None:
        self._scope = scope
        self._traps = traps
        self._heap: list[tuple[int, int, int, Target]] = []
        self._seen: set[str] = set()
        self._n_pushed = count()
        self.skipped: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, address: str, depth: int) -> None:
        """Add an address of the site unless it was seen or belongs to a trap."""
        adopted = self._scope.adopt(address)
        if adopted is None:
            self.skipped[OUT_OF_SCOPE] += 1
        elif self.see(adopted):
            if not may_be_page(adopted):
                self.skipped[OTHER_KIND] += 1
            elif (turn := self._traps.take(adopted)) is None:
                self.skipped[ENDED] += 1
            else:
                heapq.heappush(self._heap, (depth, turn, next(self._n_pushed), Target(adopted, depth)))

    def push_known(self, address: str, depth: int) -> None:
        """Add an address that has a page already, whatever its pattern."""
        if self.see(address):
            heapq.heappush(self._heap, (depth, 0, next(self._n_pushed), Target(address, depth)))

    def see(self, address: str) -> bool:
        """Return whether an address is seen for the first time."""
        key = key_of(address)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def pop(self) -> Target | None:
        """Return the next target; None if there is none."""
        return heapq.heappop(self._heap)[-1] if self._heap else None
