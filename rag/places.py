"""A bounded number of places, and a bounded line of those who wait: first come, first served.

For one event loop; nothing here waits for a thread.
"""

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self


class PlacesTaken(Exception):
    """All places are taken, and the line is full."""


class Places:
    """Hands out places; `n_places` of them can be taken at the same time."""

    def __init__(self, n_places: int, *, max_waiting: int) -> None:
        self.n_places = n_places
        self._n_free = n_places
        self._max_waiting = max_waiting
        self._line: list[Claim] = []

    @property
    def is_full(self) -> bool:
        """Whether a claim would be refused now."""
        return self._n_free <= 0 and len(self._line) >= self._max_waiting

    @property
    def n_waiting(self) -> int:
        """How many stand in the line."""
        return len(self._line)

    def resize(self, n_places: int, *, max_waiting: int) -> None:
        """Take other numbers; places that are taken and positions in the line stay."""
        # Negative while more are taken than there are.
        self._n_free += n_places - self.n_places
        self.n_places = n_places
        self._max_waiting = max_waiting
        while self._n_free > 0 and self._line:
            self._n_free -= 1
            self._let_next_in()

    def claim(self) -> "Claim":
        """Take a place, or a position at the end of the line.

        Raises:
            PlacesTaken: There is neither.
        """
        if self.is_full:
            raise PlacesTaken
        claim = Claim(self)
        if self._n_free > 0:
            self._n_free -= 1
            claim.has_place = True
        else:
            self._line.append(claim)
        return claim

    def n_before(self, claim: "Claim") -> int:
        """Return how many wait before one that waits."""
        return self._line.index(claim)

    def give_back(self, claim: "Claim") -> None:
        """Let the next one in, or shorten the line."""
        if claim.has_place and (not self._line or self._n_free < 0):
            self._n_free += 1
            return
        if claim.has_place:
            self._let_next_in()
        else:
            self._line.remove(claim)
            self._tell_line()

    def _let_next_in(self) -> None:
        following = self._line.pop(0)
        following.has_place = True
        following.moved.set()
        self._tell_line()

    def _tell_line(self) -> None:
        for waiting in self._line:
            waiting.moved.set()


class Claim:
    """A place, or a position in the line; given back at the end of a `with` block.

    Attributes:
        moved: Set when the position has changed.
    """

    def __init__(self, places: Places) -> None:
        self.has_place = False
        self.moved = asyncio.Event()
        self._places = places
        self._is_over = False

    async def wait(self) -> AsyncGenerator[int, None]:
        """Yield how many wait before this one, whenever that changes; end with the place.

        It also ends when the position is given back.
        """
        while not (self.has_place or self._is_over):
            self.moved.clear()
            yield self._places.n_before(self)
            # It may have moved while the number was told.
            await self.moved.wait()

    def give_back(self) -> None:
        """Leave the place or the line; a second time has no effect."""
        if not self._is_over:
            self._is_over = True
            self._places.give_back(self)
            self.moved.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()
