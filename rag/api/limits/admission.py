"""Refuse at once what the server has no room for, so that what it has taken is answered in time.

Answers are bounded in number. Before its sources are found, an answer or a search waits in a short
line for processor time: what has begun goes before what has not.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Self

from rag.errors import ServerBusy
from rag.events import AnswerEvent, SourcesFound
from rag.places import Claim, Places, PlacesTaken

_SECONDS_TO_WAIT = 2


class Admission:
    """The places of one server."""

    def __init__(self, *, max_answers: int, n_starting: int, max_waiting: int) -> None:
        """Start with all places free.

        Args:
            n_starting: Answers and searches that are begun at the same time.
            max_waiting: Those that wait to be begun.
        """
        self._answers = Places(max_answers, max_waiting=0)
        self._starting = Places(n_starting, max_waiting=max_waiting)

    @property
    def n_waiting(self) -> int:
        """How many answers and searches wait to be begun."""
        return self._starting.n_waiting

    def resize(self, *, max_answers: int, max_waiting: int) -> None:
        """Take other limits; what was admitted stays."""
        self._answers.resize(max_answers, max_waiting=0)
        self._starting.resize(self._starting.n_places, max_waiting=max_waiting)

    @contextmanager
    def enter(self) -> Iterator["Admitted"]:
        """Hold a place for an answer, and a position for its start, until the block ends.

        Where there are none, `Admitted.require` says so. What others work on already needs none.
        """
        with Admitted(self._take()).held() as admitted:
            yield admitted

    @contextmanager
    def line_up(self) -> Iterator[Claim]:
        """Yield a position for the start.

        Raises:
            ServerBusy: Too many wait.
        """
        try:
            claim = self._starting.claim()
        except PlacesTaken:
            raise _too_busy() from None
        with claim as start:
            yield start

    def _take(self) -> tuple[Claim, Claim] | None:
        if self._answers.is_full or self._starting.is_full:
            return None
        return self._answers.claim(), self._starting.claim()


class Admitted:
    """The place of one answer, and its position for the start.

    They are given back when all who hold them have let go: the reader, and the work on the answer,
    which goes on if others follow it.
    """

    def __init__(self, places: tuple[Claim, Claim] | None) -> None:
        self._places = places
        self._n_holders = 0

    def require(self) -> Claim:
        """Return the position for the start.

        Raises:
            ServerBusy: There is no place, or too many wait for their start.
        """
        if self._places is None:
            raise _too_busy()
        return self._places[1]

    @contextmanager
    def held(self) -> Iterator[Self]:
        """Hold both until the block ends."""
        self._n_holders += 1
        try:
            yield self
        finally:
            self._n_holders -= 1
            if not self._n_holders:
                self.give_back()

    def give_back(self) -> None:
        """Let others have them, whoever holds them; a second time has no effect."""
        for claim in self._places or ():
            claim.give_back()


async def begin_in_turn(
    events: AsyncGenerator[AnswerEvent, None], admitted: Admitted
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on once it is their turn; let the next begin when the sources are found."""
    async with aclosing(events):
        with admitted.held():
            start = admitted.require()
            await wait_for(start)
            async for event in events:
                if isinstance(event, SourcesFound):
                    start.give_back()
                yield event


async def wait_for(start: Claim) -> None:
    async with aclosing(start.wait()) as positions:
        async for _ in positions:
            pass


def _too_busy() -> ServerBusy:
    return ServerBusy("too many questions are being answered; this one was not begun", seconds_to_wait=_SECONDS_TO_WAIT)
