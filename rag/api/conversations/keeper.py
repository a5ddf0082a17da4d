"""Keep conversations off the event loop: on the disk, or in memory while the file fails.

One thread does all the work in order. A file that is damaged, locked or full never stops an answer.
A warning is logged once. What cannot be written stays in memory until the file works again.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from rag.api.conversations.store import (
    ConversationEntry,
    Conversations,
    FinishedTurn,
    ListPosition,
    Owner,
    StoredConversation,
)
from rag.api.storage.deleted_ids import DeletedIds
from rag.errors import ConversationNotFound, ConversationsUnavailable
from rag.types import Answer, Turn

_logger = logging.getLogger(__name__)

T = TypeVar("T")

_SECONDS_BETWEEN_PRUNINGS = 24 * 3600.0
_DAY_MS = 24 * 3600 * 1000
_SECONDS_TO_RETRY = 30.0
_MAX_IN_MEMORY = 1000
_UNAVAILABLE = "the stored conversations cannot be used at the moment"
_SEE_LOG = "the server's log says why"
_EXPIRING = (
    "conversations without an answer in the last %d days: %d; they are deleted in a day. "
    "If that is wrong, correct the clock of this machine or raise conversation_days"
)


class ConversationKeeper:
    """The conversations of one server."""

    def __init__(
        self,
        path: Path,
        days: int,
        clock: Callable[[], float] = time.time,
        retention_clock: Callable[[], float] | None = None,
    ) -> None:
        """Take the file.

        Args:
            days: How long a conversation is kept after its last turn. 0 stores nothing and deletes
                what is stored; the last thousand conversations stay in memory.
            clock: Seconds since 1970.
            retention_clock: The time by which conversations are too old; by default the clock.
        """
        self._path = path
        self._days = days
        self._stores = days > 0
        self._clock = clock
        self._retention_clock = retention_clock or clock
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="conversations")
        self._memory = Conversations(None)
        self._file: Conversations | None = None
        self._retry_at = float("-inf")
        self._last_fault = ""
        self._deleted = DeletedIds()
        self._pruning: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look for old conversations now and once a day."""
        self._pruning = asyncio.create_task(self._prune_daily())

    async def close(self) -> None:
        """Write what waits, also in memory, and close the file.

        The file is tried once more. What cannot be written is lost and logged.
        """
        if self._pruning:
            self._pruning.cancel()
            await asyncio.gather(self._pruning, return_exceptions=True)
        await self._in_worker(self._write_last)
        self._worker.shutdown()

    @property
    def problem(self) -> ConversationsUnavailable | None:
        """Why conversations are kept in memory only; None if the file works."""
        return ConversationsUnavailable(_UNAVAILABLE, next_step=_SEE_LOG) if self._last_fault else None

    async def history(self, conversation_id: str, owner: Owner) -> tuple[Turn, ...]:
        """Return the last turns of an owner's conversation, oldest first; else none."""
        return await self._in_worker(lambda: self._history(conversation_id, owner))

    async def keep(self, answer: Answer, body: str, owner: Owner) -> None:
        """Store an answer and the JSON that the reader gets, unless the conversation is deleted."""
        now_ms = int(self._clock() * 1000)
        finished = FinishedTurn(answer.conversation_id, answer.id, answer.question, answer.turn, body, now_ms, owner)
        await self._in_worker(lambda: self._keep(finished))

    async def conversation(self, conversation_id: str, reader: Owner | None) -> StoredConversation:
        """Return a conversation.

        Args:
            reader: Who asks; None may read all.

        Raises:
            ConversationNotFound: No conversation of the reader has this id.
            ConversationsUnavailable: The file that may hold it cannot be read.
        """
        return await self._in_worker(lambda: self._conversation(conversation_id, reader))

    async def entries(self, limit: int, after: ListPosition | None) -> list[ConversationEntry]:
        """Return conversations, the newest last turn first.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        return await self._in_worker(lambda: self._with_store(lambda store: store.entries(limit, after)))

    async def delete(self, conversation_id: str, reader: Owner | None) -> None:
        """Delete a conversation for good.

        Args:
            reader: Who asks; None may delete all.

        Raises:
            ConversationNotFound: No conversation of the reader has this id.
            ConversationsUnavailable: It cannot be deleted from the file.
        """
        await self._in_worker(lambda: self._delete(conversation_id, reader))

    async def ids_of(self, user: str, key_id: str | None) -> frozenset[str]:
        """Return the ids of all conversations of a signed-in visitor.

        Args:
            key_id: Of the key that the visitor used; None for all keys.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        return await self._in_worker(lambda: self._with_store(lambda store: store.ids_of(user, key_id)))

    async def prune(self) -> None:
        """Mark the conversations without a turn in the last days; delete those marked a day ago."""
        await self._in_worker(self._prune)

    async def _prune_daily(self) -> None:
        while True:
            await self.prune()
            await asyncio.sleep(_SECONDS_BETWEEN_PRUNINGS)

    async def _in_worker(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _history(self, conversation_id: str, owner: Owner) -> tuple[Turn, ...]:
        try:
            return self._with_store(lambda store: store.history(conversation_id, owner))
        except ConversationsUnavailable:
            return self._memory.history(conversation_id, owner)

    def _keep(self, finished: FinishedTurn) -> None:
        if finished.conversation_id in self._deleted:
            return
        try:
            self._with_store(lambda store: store.keep(finished))
            self._last_fault = ""
        except ConversationsUnavailable:
            self._memory.keep(finished)
        self._memory.forget_beyond(_MAX_IN_MEMORY)

    def _conversation(self, conversation_id: str, reader: Owner | None) -> StoredConversation:
        try:
            return self._with_store(lambda store: store.conversation(conversation_id, reader))
        except ConversationsUnavailable as unavailable:
            try:
                return self._memory.conversation(conversation_id, reader)
            except ConversationNotFound:
                # The file may hold it.
                raise unavailable from None

    def _delete(self, conversation_id: str, reader: Owner | None) -> None:
        if self._stores:
            # Turns that wait must not be written later.
            self._memory.delete(conversation_id, reader)
        if not self._with_store(lambda store: store.delete(conversation_id, reader)):
            raise ConversationNotFound("there is no such conversation; it was deleted already, or was too old to keep")
        self._deleted.add(conversation_id)

    def _prune(self) -> None:
        # The file is created only to store something.
        if not self._path.exists():
            return
        try:
            if self._stores:
                now_ms = int(self._retention_clock() * 1000)
                n_marked = self._with_store(lambda store: store.expire(now_ms - self._days * _DAY_MS, now_ms))
                if n_marked:
                    _logger.warning(_EXPIRING, self._days, n_marked)
            else:
                self._empty_file()
        except ConversationsUnavailable as error:
            self._warn(error)

    def _empty_file(self) -> None:
        file = Conversations(self._path)
        try:
            file.forget_beyond(0)
        finally:
            file.close()

    def _with_store(self, work: Callable[[Conversations], T]) -> T:
        """Work with the file, or with memory if nothing is stored on the disk.

        Raises:
            ConversationsUnavailable: The file fails, or failed within the last 30 seconds.
        """
        if not self._stores:
            return work(self._memory)
        if self._clock() < self._retry_at:
            raise ConversationsUnavailable(_UNAVAILABLE, next_step=_SEE_LOG)
        try:
            if self._file is None:
                self._file = self._open()
            return work(self._file)
        except ConversationsUnavailable as error:
            self._give_up(error)
            raise ConversationsUnavailable(_UNAVAILABLE, next_step=_SEE_LOG) from error

    def _open(self) -> Conversations:
        file = Conversations(self._path)
        try:
            file.keep_all(self._memory.all_turns())
        except ConversationsUnavailable:
            file.close()
            raise
        self._memory.forget_beyond(0)
        return file

    def _give_up(self, error: ConversationsUnavailable) -> None:
        """Pause the file, so that a lock costs one wait and not one for each answer."""
        self._retry_at = self._clock() + _SECONDS_TO_RETRY
        self._close()
        self._warn(error)

    def _warn(self, error: ConversationsUnavailable) -> None:
        if str(error) != self._last_fault:
            self._last_fault = str(error)
            _logger.warning("%s; until they can, they are kept in memory only", error)

    def _write_last(self) -> None:
        waiting = self._memory.all_turns() if self._stores else ()
        try:
            if waiting:
                # The last chance, so the pause does not count.
                self._file = self._open()
        except ConversationsUnavailable as error:
            n_conversations = len({turn.conversation_id for turn in waiting})
            lost = f"{len(waiting)} in {n_conversations} conversations"
            _logger.warning("answers that could not be stored are lost, %s: %s", lost, error)
        self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
