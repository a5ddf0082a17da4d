"""Store conversations with their answers in one SQLite file or in memory.

Answers are stored as the JSON text that readers got. Deleted text is overwritten on the disk. Each
failure of SQLite or of the disk raises ConversationsUnavailable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.answering.question.history import MAX_HISTORY_TURNS, fit_history
from rag.api.storage.database import FileFormat, PrivateDatabase
from rag.errors import ConversationNotFound, ConversationsUnavailable
from rag.types import Turn

_FORMAT = FileFormat(
    what="the conversations",
    setting="conversations_file",
    error=ConversationsUnavailable,
    application_id=0x466F6F74,  # "Foot"
    version=3,
    schema="""
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, title TEXT, created_ms INTEGER, updated_ms INTEGER, expired_ms INTEGER, key_id TEXT,
    user TEXT) WITHOUT ROWID;
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    answer_id TEXT UNIQUE, question TEXT, query TEXT, said TEXT, answer TEXT, answered_ms INTEGER);
CREATE INDEX turns_by_conversation ON turns (conversation_id, number);
CREATE INDEX conversations_by_time ON conversations (updated_ms, id)
""",
    upgrades={
        1: "ALTER TABLE conversations ADD COLUMN expired_ms INTEGER",
        2: "ALTER TABLE conversations ADD COLUMN key_id TEXT; ALTER TABLE conversations ADD COLUMN user TEXT",
    },
)
_MS_FROM_MARK_TO_DELETION = 24 * 3600 * 1000
_ALL = -1
_ADD_TURN = """
INSERT INTO turns (conversation_id, answer_id, question, query, said, answer, answered_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (answer_id) DO NOTHING
"""
_READ_TURNS = """
SELECT conversation_id, answer_id, question, query, said, answer, answered_ms FROM turns
WHERE conversation_id = ? ORDER BY number
"""
_ADD_CONVERSATION = """
INSERT INTO conversations (id, title, created_ms, updated_ms, key_id, user) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET updated_ms = max(updated_ms, excluded.updated_ms)
"""
_IS_READABLE = "id = ? AND (? OR (key_id IS ? AND user IS ?))"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who began a conversation; nobody else reads, continues or deletes it, except the admin.

    Attributes:
        key_id: None without a key, and with the setting `admin_key`.
        user: The signed-in visitor; None without one.
    """

    key_id: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class FinishedTurn:
    """A question with its answer.

    Attributes:
        question: As the reader typed it; the first one is the conversation's title.
        turn: What later questions may refer to.
        answer: The answer as the reader got it, JSON.
        answered_ms: Milliseconds since 1970.
        owner: Counts for the first turn, which begins the conversation.
    """

    conversation_id: str
    answer_id: str
    question: str
    turn: Turn
    answer: str
    answered_ms: int
    owner: Owner


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """A conversation in a list; times are milliseconds since 1970."""

    id: str
    title: str
    created_ms: int
    updated_ms: int
    n_turns: int
    owner: Owner


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation with all its turns, oldest first."""

    entry: ConversationEntry
    turns: tuple[FinishedTurn, ...]


@dataclass(frozen=True, slots=True)
class ListPosition:
    """The last entry of a page of the list."""

    updated_ms: int
    id: str


class Conversations:
    """One store of conversations; used by one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        """Open or create a file, readable only by its owner; None stores in memory.

        Raises:
            ConversationsUnavailable: It cannot be created or read, or holds something else.
        """
        self._database = PrivateDatabase(path, _FORMAT)

    def keep(self, finished: FinishedTurn) -> None:
        """Add a turn to its conversation, synced to the disk.

        Raises:
            ConversationsUnavailable: It cannot be written.
        """
        self.keep_all([finished])

    def keep_all(self, turns: Sequence[FinishedTurn]) -> None:
        """Add all turns or none; a turn that is stored already does not change.

        Raises:
            ConversationsUnavailable: They cannot be written.
        """
        with self._database.transaction() as connection:
            for one in turns:
                times = (one.answered_ms, one.answered_ms)
                owner = (one.owner.key_id, one.owner.user)
                connection.execute(_ADD_CONVERSATION, (one.conversation_id, one.question, *times, *owner))
                connection.execute(_ADD_TURN, _turn_row(one))

    def history(self, conversation_id: str, owner: Owner) -> tuple[Turn, ...]:
        """Return the last turns, oldest first, as `fit_history` cuts them.

        There are none for an unknown id, or for that of another owner.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        rows = self._database.rows(
            f"SELECT query, said FROM turns WHERE conversation_id = (SELECT id FROM conversations "  # noqa: S608 -- ours
            f"WHERE {_IS_READABLE}) ORDER BY number DESC LIMIT ?",
            *_readable_by(owner, conversation_id),
            MAX_HISTORY_TURNS,
        )
        return fit_history([Turn(*row) for row in reversed(rows)])

    def conversation(self, conversation_id: str, reader: Owner | None) -> StoredConversation:
        """Return a conversation with all turns.

        Args:
            reader: Who asks; None may read all.

        Raises:
            ConversationNotFound: No conversation of the reader has this id.
            ConversationsUnavailable: The file cannot be read.
        """
        with self._database.transaction("BEGIN"):
            found = self._database.rows(
                f"SELECT id, title, created_ms, updated_ms, key_id, user FROM conversations WHERE {_IS_READABLE}",  # noqa: S608 -- ours
                *_readable_by(reader, conversation_id),
            )
            rows = self._database.rows(_READ_TURNS, conversation_id)
        if not found:
            raise ConversationNotFound(
                "there is no such conversation; it was deleted, or not continued for longer than they are kept"
            )
        ((id_, title, created_ms, updated_ms, key_id, user),) = found
        entry = ConversationEntry(id_, title, created_ms, updated_ms, len(rows), Owner(key_id, user))
        return StoredConversation(entry, tuple(_turn_of(row, entry.owner) for row in rows))

    def all_turns(self) -> tuple[FinishedTurn, ...]:
        """Return the turns of all conversations, each oldest first; for a store in memory.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        return tuple(turn for entry in self.entries(_ALL) for turn in self.conversation(entry.id, None).turns)

    def entries(self, limit: int, after: ListPosition | None = None) -> list[ConversationEntry]:
        """Return conversations, the newest last turn first; equal times by id, descending.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        rows = self._database.rows(
            "SELECT id, title, created_ms, updated_ms, "
            "(SELECT count(*) FROM turns WHERE conversation_id = c.id), key_id, user FROM conversations c "
            "WHERE ? IS NULL OR (updated_ms, id) < (?, ?) ORDER BY updated_ms DESC, id DESC LIMIT ?",
            *((after.id, after.updated_ms, after.id) if after else (None, None, None)),
            limit,
        )
        return [
            ConversationEntry(id_, title, created_ms, updated_ms, n_turns, Owner(key_id, user))
            for id_, title, created_ms, updated_ms, n_turns, key_id, user in rows
        ]

    def delete(self, conversation_id: str, reader: Owner | None) -> bool:
        """Delete a conversation, also from the journal; return whether the reader had one.

        Raises:
            ConversationsUnavailable: It cannot be deleted.
        """
        with self._database.transaction() as connection:
            n_deleted = connection.execute(
                f"DELETE FROM conversations WHERE {_IS_READABLE}",  # noqa: S608 -- ours
                _readable_by(reader, conversation_id),
            ).rowcount
        self._database.empty_journal()
        return n_deleted > 0

    def ids_of(self, user: str, key_id: str | None) -> frozenset[str]:
        """Return the ids of all conversations of a signed-in visitor.

        Args:
            key_id: Of the key that the visitor used; None for all keys.

        Raises:
            ConversationsUnavailable: The file cannot be read.
        """
        query = "SELECT id FROM conversations WHERE user = ? AND (? IS NULL OR key_id = ?)"
        return frozenset(id_ for (id_,) in self._database.rows(query, user, key_id, key_id))

    def expire(self, before_ms: int, now_ms: int) -> int:
        """Mark the conversations whose last turn is older; delete those marked a day ago.

        A clock that is wrong for less than a day thus deletes nothing.

        Returns:
            How many were marked now.

        Raises:
            ConversationsUnavailable: They cannot be marked or deleted.
        """
        with self._database.transaction() as connection:
            connection.execute("UPDATE conversations SET expired_ms = NULL WHERE updated_ms >= ?", (before_ms,))
            n_deleted = connection.execute(
                "DELETE FROM conversations WHERE expired_ms <= ?", (now_ms - _MS_FROM_MARK_TO_DELETION,)
            ).rowcount
            n_marked = connection.execute(
                # A mark in the future was made by a wrong clock.
                "UPDATE conversations SET expired_ms = ? "
                "WHERE updated_ms < ? AND (expired_ms IS NULL OR expired_ms > ?)",
                (now_ms, before_ms, now_ms),
            ).rowcount
        if n_deleted:
            self._database.empty_journal()
        return n_marked

    def forget_beyond(self, n_kept: int) -> None:
        """Delete all but the conversations with the newest turns."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM conversations WHERE id IN "
                "(SELECT id FROM conversations ORDER BY updated_ms DESC, id DESC LIMIT -1 OFFSET ?)",
                (n_kept,),
            )

    def close(self) -> None:
        self._database.close()


def _turn_row(one: FinishedTurn) -> tuple[object, ...]:
    texts = (one.question, one.turn.question, one.turn.answer, one.answer)
    return (one.conversation_id, one.answer_id, *texts, one.answered_ms)


def _readable_by(reader: Owner | None, conversation_id: str) -> tuple[object, ...]:
    """Return the values of `_IS_READABLE`."""
    owner = reader or Owner()
    return (conversation_id, reader is None, owner.key_id, owner.user)


def _turn_of(row: tuple, owner: Owner) -> FinishedTurn:  # type: ignore[type-arg]  # of _READ_TURNS
    conversation_id, answer_id, question, query, said, answer, answered_ms = row
    return FinishedTurn(conversation_id, answer_id, question, Turn(query, said), answer, answered_ms, owner)
