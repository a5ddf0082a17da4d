"""Store the records of answers and the feedback on them in one SQLite file.

Each failure of SQLite or of the disk raises FeedbackUnavailable.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from rag.api.conversations.store import Owner
from rag.api.feedback.records import AnswerRecord, Feedback, SpentTokens, Thumbs
from rag.api.storage.database import FileFormat, PrivateDatabase
from rag.errors import AnswerNotFound, FeedbackUnavailable

Kept = Literal["questions", "remarks", "records", "tokens"]
"""What has an age of its own: the words of questions and answers, those of feedback, the rest."""

_DAY_MS = 24 * 3600 * 1000
_MS_FROM_MARK_TO_DELETION = _DAY_MS
# So that no transaction holds the file for long.
_MAX_DELETED_AT_ONCE = 1000
# One row for each day, in UTC, and key; an empty key stands for none.
_TOKENS_SCHEMA = """
CREATE TABLE tokens (
    number INTEGER PRIMARY KEY, day_ms INTEGER NOT NULL, key_id TEXT NOT NULL, prompt_tokens INTEGER,
    completion_tokens INTEGER, tokens_marked_ms INTEGER, UNIQUE (day_ms, key_id))"""
_FORMAT = FileFormat(
    what="the answers and feedback",
    setting="conversations_file",
    error=FeedbackUnavailable,
    application_id=0x466F6F61,  # "Fooa"
    version=3,
    schema=_TOKENS_SCHEMA
    + """;
CREATE TABLE answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL, conversation_id TEXT, answered_ms INTEGER, outcome TEXT, kind TEXT, answered_by TEXT,
    is_degraded INTEGER, first_ms REAL, total_ms REAL, prompt_tokens INTEGER, completion_tokens INTEGER, key_id TEXT,
    question TEXT, answer TEXT, user TEXT, questions_marked_ms INTEGER, records_marked_ms INTEGER,
    done_ms INTEGER);
CREATE INDEX answers_by_time ON answers (answered_ms);
CREATE INDEX answers_by_conversation ON answers (conversation_id);
CREATE INDEX answers_by_user ON answers (user) WHERE user IS NOT NULL;
CREATE TABLE cited (
    number INTEGER NOT NULL REFERENCES answers (number) ON DELETE CASCADE,
    document_id TEXT, uri TEXT, sha256 TEXT, PRIMARY KEY (number, document_id)) WITHOUT ROWID;
CREATE INDEX cited_by_document ON cited (document_id);
CREATE TABLE feedback (
    number INTEGER PRIMARY KEY REFERENCES answers (number) ON DELETE CASCADE,
    thumbs TEXT, reason TEXT, corrected_answer TEXT, given_ms INTEGER, remarks_marked_ms INTEGER)
""",
    upgrades={1: _TOKENS_SCHEMA, 2: "ALTER TABLE answers ADD COLUMN done_ms INTEGER"},
)
_ADD_ANSWER = """
INSERT INTO answers (id, conversation_id, answered_ms, outcome, kind, answered_by, is_degraded, first_ms, total_ms,
    prompt_tokens, completion_tokens, key_id, question, answer, user)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_ADD_TOKENS = """
INSERT INTO tokens (day_ms, key_id, prompt_tokens, completion_tokens) VALUES (?, ?, ?, ?)
ON CONFLICT (day_ms, key_id) DO UPDATE SET prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens
"""
_COUNT_TOKENS = """
SELECT coalesce(sum(n), 0) FROM (
    SELECT prompt_tokens + completion_tokens AS n FROM answers WHERE answered_ms >= ? AND key_id = ?
    UNION ALL SELECT prompt_tokens + completion_tokens FROM tokens WHERE day_ms >= ? AND key_id = ?)
"""
# The user of an answer is not known where no words are kept.
_FIND = "SELECT number FROM answers WHERE id = ? AND (? OR (key_id IS ? AND (user IS NULL OR user IS ?)))"
_GIVE = """
INSERT INTO feedback (number, thumbs, reason, corrected_answer, given_ms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (number) DO UPDATE SET thumbs = excluded.thumbs, reason = excluded.reason,
    corrected_answer = excluded.corrected_answer, given_ms = excluded.given_ms, remarks_marked_ms = NULL
"""
# The words of a question differ in case and space alone.
_MARK_DONE = """
UPDATE answers SET done_ms = ? WHERE outcome IN ('possible', 'declined')
    AND lower(trim(question)) = (SELECT lower(trim(question)) FROM answers WHERE number = ?)
"""
# What is aged, by which time, and how it goes.
_TABLES: dict[Kept, str] = {"questions": "answers", "remarks": "feedback", "records": "answers", "tokens": "tokens"}
_TIMES: dict[Kept, str] = {
    "questions": "answered_ms",
    "remarks": "given_ms",
    "records": "answered_ms",
    "tokens": "day_ms",
}
_HAS_IT: dict[Kept, str] = {
    "questions": "question IS NOT NULL",
    "remarks": "reason != '' OR corrected_answer != ''",
    "records": "TRUE",
    "tokens": "TRUE",
}
_FORGET_WORDS = "UPDATE answers SET question = NULL, answer = NULL, user = NULL, questions_marked_ms = NULL"
_FORGET: dict[Kept, str] = {
    "questions": _FORGET_WORDS,
    "remarks": "UPDATE feedback SET reason = '', corrected_answer = '', remarks_marked_ms = NULL",
    "records": "DELETE FROM answers",
    "tokens": "DELETE FROM tokens",
}


class FeedbackStore:
    """One file of answers and feedback; used by one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        """Open or create a file, readable only by its owner; None stores in memory.

        Raises:
            FeedbackUnavailable: It cannot be created or read, or holds something else.
        """
        self.database = PrivateDatabase(path, _FORMAT)

    def add(self, records: Sequence[AnswerRecord], spent: Sequence[SpentTokens] = ()) -> None:
        """Add all or nothing; a record that is stored already does not change."""
        with self.database.transaction() as connection:
            for record in records:
                added = connection.execute(_ADD_ANSWER, _row_of(record))
                if added.rowcount:
                    cited = [(added.lastrowid, one.id, one.uri, one.sha256) for one in record.cited]
                    connection.executemany("INSERT INTO cited VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", cited)
            connection.executemany(_ADD_TOKENS, map(_tokens_row, spent))

    def give(self, feedback: Feedback, reader: Owner | None = None) -> None:
        """Store the feedback on an answer in place of an earlier one, synced to the disk.

        Args:
            reader: Who gives it; None may give it on every answer.

        Raises:
            AnswerNotFound: The reader has got no answer with this id.
        """
        values = (feedback.thumbs, feedback.reason, feedback.corrected_answer, feedback.given_ms)
        with self.database.transaction() as connection:
            connection.execute(_GIVE, (self._number_of(feedback.answer_id, reader), *values))
        # A reader may have taken words back.
        self.database.empty_journal()

    def withdraw(self, answer_id: str, reader: Owner | None = None) -> None:
        """Delete the feedback on an answer; none is no error.

        Args:
            reader: Who takes it back; None may take back all.

        Raises:
            AnswerNotFound: The reader has got no answer with this id.
        """
        self._delete("DELETE FROM feedback WHERE number = ?", self._number_of(answer_id, reader))

    def count_tokens(self, key_id: str, since_ms: int) -> int:
        """Return the tokens that an LLM read and wrote for a key since a midnight in UTC."""
        ((n_tokens,),) = self.database.rows(_COUNT_TOKENS, since_ms, key_id, since_ms, key_id)
        return int(n_tokens)

    def feedback_on(self, answer_id: str) -> Feedback | None:
        """Return the feedback on an answer, if there is any."""
        rows = self.database.rows(
            "SELECT thumbs, reason, corrected_answer, given_ms FROM feedback JOIN answers USING (number) WHERE id = ?",
            answer_id,
        )
        for thumbs, reason, corrected_answer, given_ms in rows:
            return Feedback(answer_id, cast("Thumbs", thumbs), reason, corrected_answer, given_ms)
        return None

    def mark_done(self, number: int, done_ms: int | None) -> None:
        """Mark a question as done in all its answers so far; None takes the mark away.

        Args:
            number: Of one of its answers; an unknown one changes nothing.
        """
        self._change(_MARK_DONE, done_ms, number)

    def forget_conversation(self, conversation_id: str) -> None:
        """Delete the words of a conversation and of the feedback on it; the figures stay."""
        self._forget("conversation_id = ?", conversation_id)

    def forget_user(self, user: str, key_id: str | None) -> int:
        """Delete the words of a user and of the feedback on them; return of how many answers.

        Args:
            key_id: Only of what was asked with this key; None for all keys.
        """
        return self._forget("user = ? AND (? IS NULL OR key_id = ?)", user, key_id, key_id)

    def expire(self, kept: Kept, before_ms: int, now_ms: int) -> int:
        """Mark what is older; delete what was marked a day ago.

        A clock that is wrong for less than a day thus deletes nothing.

        Returns:
            How many were marked now.
        """
        table, time, mark = _TABLES[kept], _TIMES[kept], f"{kept}_marked_ms"
        # Only names of the closed sets above become part of a statement.
        due = f"number IN (SELECT number FROM {table} WHERE {mark} <= ? LIMIT {_MAX_DELETED_AT_ONCE})"  # noqa: S608
        with self.database.transaction() as connection:
            # Also a mark in the future, which a wrong clock made.
            connection.execute(
                f"UPDATE {table} SET {mark} = NULL WHERE {time} >= ? OR {mark} > ?",  # noqa: S608
                (before_ms, now_ms),
            )
        n_deleted = 0
        while n := self._change(f"{_FORGET[kept]} WHERE {due}", now_ms - _MS_FROM_MARK_TO_DELETION):
            n_deleted += n
        if n_deleted:
            self.database.empty_journal()
        return self._change(
            f"UPDATE {table} SET {mark} = ? WHERE {time} < ? AND {mark} IS NULL AND ({_HAS_IT[kept]})",  # noqa: S608
            *(now_ms, before_ms),
        )

    def close(self) -> None:
        self.database.close()

    def _forget(self, which: str, *values: str | None) -> int:
        """Delete the words of the answers that a condition selects; return how many there are."""
        numbers = f"SELECT number FROM answers WHERE {which}"  # noqa: S608 -- a condition of ours
        with self.database.transaction() as connection:
            connection.execute(f"{_FORGET['remarks']} WHERE number IN ({numbers})", values)
            n_answers = connection.execute(f"{_FORGET_WORDS} WHERE {which}", values).rowcount
        self.database.empty_journal()
        return n_answers

    def _number_of(self, answer_id: str, reader: Owner | None) -> object:
        """Return the number of an answer that a reader has got; None is the reader of all.

        Raises:
            AnswerNotFound: There is none.
        """
        owner = (True, None, None) if reader is None else (False, reader.key_id, reader.user)
        for (number,) in self.database.rows(_FIND, answer_id, *owner):
            return number
        raise AnswerNotFound(
            "there is no such answer; its record was deleted, or it was never given",
            next_step="send the `id` of an answer",
        )

    def _delete(self, statement: str, *values: object) -> None:
        self._change(statement, *values)
        self.database.empty_journal()

    def _change(self, statement: str, *values: object) -> int:
        with self.database.transaction() as connection:
            return connection.execute(statement, values).rowcount


def _tokens_row(spent: SpentTokens) -> tuple[object, ...]:
    day_ms = spent.spent_ms - spent.spent_ms % _DAY_MS
    return day_ms, spent.key_id or "", spent.usage.prompt_tokens, spent.usage.completion_tokens


def _row_of(record: AnswerRecord) -> tuple[object, ...]:
    words = record.words
    return (
        *(record.id, record.conversation_id, record.answered_ms, record.outcome, record.kind, record.answered_by),
        *(record.is_degraded, record.first_ms, record.total_ms, record.prompt_tokens, record.completion_tokens),
        record.key_id,
        *((words.question, words.answer, words.user) if words else (None, None, None)),
    )
