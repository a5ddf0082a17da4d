"""Refuse at once what the server has no room for, so that what it has taken is answered in time.

Answers are bounded in number. Before its sources are found, an answer or a search waits in a short
line for processor time: what has begun goes before what has not.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

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

    @contextmanager
    def enter(self) -> Iterator[Claim]:
        """Hold a place for an answer until the block ends; yield its position for the start.

        Raises:
            ServerBusy: There is no place, or too many wait for their start.
        """
        with _claim(self._answers), self.line_up() as start:
            yield start

    @contextmanager
    def line_up(self) -> Iterator[Claim]:
        """Yield a position for the start.

        Raises:
            ServerBusy: Too many wait.
        """
        with _claim(self._starting) as start:
            yield start


async def begin_in_turn(events: AsyncGenerator[AnswerEvent, None], start: Claim) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on once it is their turn; let the next begin when the sources are found."""
    async with aclosing(events):
        await wait_for(start)
        async for event in events:
            if isinstance(event, SourcesFound):
                start.give_back()
            yield event


async def wait_for(start: Claim) -> None:
    async with aclosing(start.wait()) as positions:
        async for _ in positions:
            pass


@contextmanager
def _claim(places: Places) -> Iterator[Claim]:
    try:
        claim = places.claim()
    except PlacesTaken:
        raise ServerBusy(
            "too many questions are being answered; this one was not begun", seconds_to_wait=_SECONDS_TO_WAIT
        ) from None
    with claim:
        yield claim
