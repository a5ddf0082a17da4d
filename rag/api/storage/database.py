"""Open one private SQLite file, and read and change it in transactions.

Deleted text is overwritten on the disk. Each failure of SQLite or of the disk raises the error that
the file's format names.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import RagError
from rag.files import create_private

# How long a write waits for another process: writers on a slow disk take turns of up to a second.
_BUSY_SECONDS = 5.0
_SECONDS_BETWEEN_TRIES = 0.01


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What a file holds.

    Attributes:
        what: What the file holds, for messages: "the conversations".
        setting: The setting that names another file.
        error: Raised when the file cannot be used.
        application_id: Marks the file as this program's, also for `file`.
        schema: Statements, split by semicolons.
        upgrades: The statements that make version n + 1 of version n, by n; split likewise.
    """

    what: str
    setting: str
    error: type[RagError]
    application_id: int
    version: int
    schema: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


class PrivateDatabase:
    """A file that only its owner can read; used by one thread at a time."""

    def __init__(self, path: Path | None, file_format: FileFormat) -> None:
        """Open or create a file; None stores in memory.

        Raises:
            RagError: `file_format.error`: it cannot be created or read, or holds something else.
        """
        self._format = file_format
        self._shown = "memory" if path is None else str(path)
        with self._translating_errors():
            if path is not None:
                # SQLite gives its journal the same mode.
                create_private(path)
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def rows(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]  # of what the query selects
        """Return what a query selects."""
        with self._translating_errors():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Yield the connection; all statements of the block count, synced to the disk, or none."""
        with self._translating_errors():
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself rolls back on a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def empty_journal(self) -> None:
        """Take deleted text out of the journal too."""
        # A reader keeps the journal; the next call or close empties it.
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        with self._translating_errors():
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")
        # Opening a file that is up to date waits for no writer.
        if not self._is_current():
            self._make_current()
        with self._translating_errors():
            # Changes the file, so it must be ours.
            self._use_journal()
            # FULL: nothing is lost if the machine crashes.
            self._connection.execute("PRAGMA synchronous = FULL")

    def _use_journal(self) -> None:
        """Switch to a write-ahead log, as often as it takes: here SQLite itself never waits."""
        ends = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > ends:
                    raise
                time.sleep(_SECONDS_BETWEEN_TRIES)
            else:
                return

    def _is_current(self) -> bool:
        return self._mark() == (self._format.application_id, self._format.version)

    def _mark(self) -> tuple[int, int]:
        """Return the application id and the version of the file; an empty one has two zeros."""
        ((application_id,),) = self.rows("PRAGMA application_id")
        ((version,),) = self.rows("PRAGMA user_version")
        return application_id, version

    def _make_current(self) -> None:
        with self.transaction() as connection:
            # Another process may have done it meanwhile.
            if self._is_current():
                return
            for statement in self._missing_statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {self._format.application_id}")
            connection.execute(f"PRAGMA user_version = {self._format.version}")

    def _missing_statements(self) -> list[str]:
        """Return what makes the file one of this version.

        Raises:
            RagError: `file_format.error`: the file holds something else.
        """
        application_id, version = self._mark()
        if self.rows("SELECT count(*) FROM sqlite_master") == [(0,)]:
            return self._format.schema.split(";")
        if application_id != self._format.application_id or version not in self._format.upgrades:
            raise self._format.error(
                f"{self._shown} holds something else than this version's {self._format.what.removeprefix('the ')}",
                next_step=f"move it away or set {self._format.setting}",
            )
        upgrades = (self._format.upgrades[earlier] for earlier in range(version, self._format.version))
        return [statement for upgrade in upgrades for statement in upgrade.split(";")]

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._format.error(f"{self._format.what} in {self._shown} cannot be used ({why})") from error
