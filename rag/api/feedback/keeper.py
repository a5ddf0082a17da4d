"""Keep the records of answers and the feedback on them, off the event loop.

One thread does all the work in order. An answer never waits for its record: finished answers are
written once a second, and while the file fails the newest are left out. Feedback is acknowledged
once it is on the disk.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rag.api.access.caller import Caller
from rag.api.conversations.store import Owner
from rag.api.feedback.recording import GivenAnswer, ShaOf, record_of
from rag.api.feedback.records import AnswerRecord, Feedback, SpentTokens, Thumbs
from rag.api.feedback.store import FeedbackStore, Kept
from rag.api.storage.deleted_ids import DeletedIds
from rag.errors import AnswerNotFound, FeedbackUnavailable
from rag.types import Answer, Usage

_logger = logging.getLogger(__name__)

T = TypeVar("T")

_SECONDS_BETWEEN_WRITES = 1.0
_SECONDS_BETWEEN_PRUNINGS = 24 * 3600.0
_SECONDS_TO_RETRY = 30.0
_DAY_MS = 24 * 3600 * 1000
_MAX_WAITING = 2000
_EXPIRING = (
    "records of answers older than %d days: %d; they are deleted in a day. "
    "If that is wrong, correct the clock of this machine or raise answer_days"
)
_SEE_LOG = "the server's log says why"


@dataclass(frozen=True, slots=True)
class KeptFor:
    """How long records are kept, in days.

    Attributes:
        figures: 0 records nothing, takes no feedback, and deletes what was recorded.
        words: Those of questions and answers, and those that readers write as feedback.
        keeps_questions: Whether the words of questions and answers are kept at all.
    """

    figures: int
    words: int
    keeps_questions: bool


class FeedbackKeeper:
    """The records of one server."""

    def __init__(
        self,
        path: Path,
        kept_for: KeptFor,
        sha_of: ShaOf,
        clock: Callable[[], float] = time.time,
        retention_clock: Callable[[], float] | None = None,
    ) -> None:
        """Take the file, which the first record creates.

        Args:
            clock: Seconds since 1970.
            retention_clock: The time by which records are too old; by default the clock.
        """
        self.kept_for = kept_for
        self._path = path
        self._sha_of = sha_of
        self._clock = clock
        self._retention_clock = retention_clock or clock
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="feedback")
        self._waiting: deque[GivenAnswer | SpentTokens] = deque()
        self._n_left_out = 0
        self._file: FeedbackStore | None = None
        self._retry_at = float("-inf")
        self._last_fault = ""
        self._forgotten = DeletedIds()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Write records once a second, and look for old ones now and once a day."""
        self._tasks = [asyncio.create_task(self._write_regularly()), asyncio.create_task(self._prune_daily())]

    async def close(self) -> None:
        """Write what waits and close the file."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._in_worker(self._write_last)
        self._worker.shutdown()

    def note(self, answer: Answer, caller: Caller) -> None:
        """Have a finished answer recorded; this never waits and never fails."""
        self._note(GivenAnswer(answer, caller, self._now_ms()))

    def note_unreported(self, usage: Usage, caller: Caller) -> None:
        """Have tokens recorded that no finished answer counts; this never waits and never fails."""
        self._note(SpentTokens(self._now_ms(), caller.key_id, usage))

    async def give(
        self, answer_id: str, thumbs: Thumbs, reason: str, corrected_answer: str, *, reader: Owner | None = None
    ) -> Feedback:
        """Store feedback in place of an earlier one on this answer; return it once it is synced.

        Args:
            reader: Who gives it; None may give it on every answer.

        Raises:
            AnswerNotFound: The reader has got no recorded answer with this id.
            FeedbackUnavailable: It cannot be stored.
        """
        feedback = Feedback(answer_id, thumbs, reason, corrected_answer, self._now_ms())
        await self._change(lambda store: store.give(feedback, reader))
        return feedback

    async def withdraw(self, answer_id: str, *, reader: Owner | None = None) -> None:
        """Delete the feedback on an answer.

        Args:
            reader: Who takes it back; None may take back all.

        Raises:
            AnswerNotFound: The reader has got no recorded answer with this id.
            FeedbackUnavailable: It cannot be deleted.
        """
        await self._change(lambda store: store.withdraw(answer_id, reader))

    async def mark_done(self, number: int, *, is_done: bool) -> None:
        """Mark a question as done, or take the mark away.

        Args:
            number: Of one of its answers.

        Raises:
            AnswerNotFound: Nothing is recorded.
            FeedbackUnavailable: It cannot be marked.
        """
        done_ms = self._now_ms() if is_done else None
        await self._change(lambda store: store.mark_done(number, done_ms))

    async def forget_conversation(self, conversation_id: str) -> None:
        """Delete the words of a conversation and of the feedback on it.

        Raises:
            FeedbackUnavailable: They cannot be deleted.
        """
        self._forgotten.add(conversation_id)
        if self.kept_for.figures and self._has_file:
            await self._change(lambda store: store.forget_conversation(conversation_id))

    async def forget_user(self, user: str, key_id: str | None) -> None:
        """Delete the words of a user and of the feedback on them.

        Args:
            key_id: Only of what was asked with this key; None for all keys.

        Raises:
            FeedbackUnavailable: They cannot be deleted.
        """
        if self.kept_for.figures and self._has_file:
            await self._change(lambda store: store.forget_user(user, key_id))

    async def read(self, query: Callable[[FeedbackStore], T]) -> T:
        """Return what a query finds, records that wait included; without records it finds nothing.

        Raises:
            FeedbackUnavailable: The file cannot be read.
        """
        if not self.kept_for.figures:
            return await asyncio.to_thread(lambda: query(FeedbackStore(None)))
        return await self._change(query)

    async def prune(self) -> None:
        """Mark what is too old; delete what was marked a day ago."""
        await self._in_worker(self._prune)

    @property
    def _has_file(self) -> bool:
        return bool(self._waiting) or self._path.exists()

    def _note(self, one: GivenAnswer | SpentTokens) -> None:
        if not self.kept_for.figures:
            return
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.append(one)
        else:
            self._n_left_out += 1

    async def _change(self, work: Callable[[FeedbackStore], T]) -> T:
        if not self.kept_for.figures:
            raise AnswerNotFound(
                "this server keeps no record of its answers", next_step="its owner can set answer_days"
            )

        def after_the_records() -> T:
            self._write_waiting()
            return self._with_store(work)

        return await self._in_worker(after_the_records)

    async def _write_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_WRITES)
            if self._waiting:
                await self._in_worker(self._try_to_write)

    async def _prune_daily(self) -> None:
        while True:
            await self.prune()
            await asyncio.sleep(_SECONDS_BETWEEN_PRUNINGS)

    async def _in_worker(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _try_to_write(self) -> None:
        try:
            self._write_waiting()
        except FeedbackUnavailable:
            return
        except Exception:
            # The records that cannot be made or written must not stop the next ones.
            _logger.exception("the records of some answers are lost")
            self._waiting.clear()

    def _write_waiting(self) -> None:
        """Write the records that wait; they go on waiting if the file fails.

        Raises:
            FeedbackUnavailable: The file fails.
        """
        given = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not given:
            return
        try:
            records = [self._record_of(one) for one in given if isinstance(one, GivenAnswer)]
            spent = [one for one in given if isinstance(one, SpentTokens)]
            self._with_store(lambda store: store.add(records, spent))
        except FeedbackUnavailable:
            self._waiting.extendleft(reversed(given))
            raise
        self._last_fault = ""
        if self._n_left_out:
            _logger.warning("the records of %d answers are left out, because the file failed", self._n_left_out)
            self._n_left_out = 0

    def _record_of(self, given: GivenAnswer) -> AnswerRecord:
        keeps_questions = self.kept_for.keeps_questions and given.answer.conversation_id not in self._forgotten
        return record_of(given, self._sha_of, keeps_questions=keeps_questions)

    def _prune(self) -> None:
        # The file is created only to store something.
        if not self._path.exists():
            return
        now_ms = int(self._retention_clock() * 1000)
        words_ms = now_ms - self.kept_for.words * _DAY_MS
        before_ms: dict[Kept, int] = {
            "questions": words_ms if self.kept_for.keeps_questions else self._now_ms() + 1,
            "remarks": words_ms,
            "records": now_ms - self.kept_for.figures * _DAY_MS,
            "tokens": now_ms - self.kept_for.figures * _DAY_MS,
        }
        with suppress(FeedbackUnavailable):
            n_marked = self._with_store(
                lambda store: {kept: store.expire(kept, before, now_ms) for kept, before in before_ms.items()}
            )
            if n_marked["records"]:
                _logger.warning(_EXPIRING, self.kept_for.figures, n_marked["records"])

    def _with_store(self, work: Callable[[FeedbackStore], T]) -> T:
        """Work with the file.

        Raises:
            FeedbackUnavailable: The file fails, or failed within the last 30 seconds.
        """
        if self._clock() < self._retry_at:
            raise FeedbackUnavailable("feedback cannot be stored at the moment", next_step=_SEE_LOG)
        try:
            if self._file is None:
                self._file = FeedbackStore(self._path)
            return work(self._file)
        except FeedbackUnavailable as error:
            self._give_up(error)
            raise FeedbackUnavailable("feedback cannot be stored at the moment", next_step=_SEE_LOG) from error

    def _give_up(self, error: FeedbackUnavailable) -> None:
        """Pause the file, so that a lock costs one wait and not one for each answer."""
        self._retry_at = self._clock() + _SECONDS_TO_RETRY
        self._close()
        if str(error) != self._last_fault:
            self._last_fault = str(error)
            _logger.warning("%s; answers are given all the same, feedback is refused", error)

    def _write_last(self) -> None:
        # The last chance, so the pause does not count.
        self._retry_at = float("-inf")
        try:
            self._write_waiting()
        except FeedbackUnavailable as error:
            _logger.warning("the records of %d answers are lost: %s", len(self._waiting), error)
        self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
