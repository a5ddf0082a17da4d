"""Let an answer go on after a cut connection, and give its reader the rest by the same key.

Goes in: the events of an answer and the key that its client chose. Comes out: for each request with
this key the events that the client lacks. Answers are kept in the memory of one process.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from rag.answering.shared_answers import SharedAnswer
from rag.api.access.caller import Caller
from rag.errors import KeyReused
from rag.events import AnswerEvent

_MAX_KEPT = 200
_MAX_SECONDS = 600.0
_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What names an answer: the key of the client, and who may read it.

    Attributes:
        idempotency_key: As in the header `Idempotency-Key`.
    """

    collection: str
    key_id: str | None
    user: str | None
    groups: frozenset[str] | None
    idempotency_key: str


def answer_key(collection: str, caller: Caller, idempotency_key: str) -> AnswerKey:
    """Return the key of an answer that a caller asks for."""
    return AnswerKey(collection, caller.key_id, caller.user, caller.groups, idempotency_key)


@dataclass(slots=True)
class _Kept:
    request: str
    answer: SharedAnswer
    timer: asyncio.TimerHandle | None = None


class ResumableAnswers:
    """The answers in work that have a key, and the last finished ones. For one event loop."""

    def __init__(
        self, max_kept: int = _MAX_KEPT, max_seconds: float = _MAX_SECONDS, grace_seconds: float = _GRACE_SECONDS
    ) -> None:
        """Start without answers.

        Args:
            max_kept: Beyond it the oldest answer that is finished is dropped.
            max_seconds: How long a finished answer is kept.
            grace_seconds: How long an answer goes on without a reader.
        """
        self._max_kept = max_kept
        self._max_seconds = max_seconds
        self._grace_seconds = grace_seconds
        self._kept: OrderedDict[AnswerKey, _Kept] = OrderedDict()

    def find(self, key: AnswerKey, request: str) -> SharedAnswer | None:
        """Return the answer of a key; None if there is none.

        Args:
            request: What is asked, in one form.

        Raises:
            KeyReused: The key names the answer to another request.
        """
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.request != request:
            raise KeyReused(
                "this Idempotency-Key was sent with another question", next_step="send a new key with each question"
            )
        return kept.answer

    def begin(self, key: AnswerKey, request: str, events: AsyncGenerator[AnswerEvent, None]) -> SharedAnswer:
        """Work an answer out and keep it; it goes on for a while if its reader leaves."""
        answer = SharedAnswer(events, lambda ended: self._end(key, ended), grace_seconds=self._grace_seconds)
        self._kept[key] = _Kept(request, answer)
        return answer

    async def stop(self, key: AnswerKey) -> None:
        """Stop an answer, and forget it; what no key names needs no stop."""
        kept = self._drop(key)
        if kept:
            await kept.answer.stop()

    def _end(self, key: AnswerKey, answer: SharedAnswer) -> None:
        kept = self._kept.get(key)
        if kept is None or kept.answer is not answer:
            return
        if not answer.is_finished:
            # Who asks again gets another try.
            self._drop(key)
            return
        kept.timer = asyncio.get_running_loop().call_later(self._max_seconds, self._drop, key)
        finished = [one for one, other in self._kept.items() if other.timer]
        for oldest in finished[: max(0, len(finished) - self._max_kept)]:
            self._drop(oldest)

    def _drop(self, key: AnswerKey) -> _Kept | None:
        kept = self._kept.pop(key, None)
        if kept and kept.timer:
            kept.timer.cancel()
        return kept
