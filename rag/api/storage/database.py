"""Open one private SQLite file, and read and change it in transactions.

Deleted text is overwritten on the disk. Each failure of SQLite or of the disk raises the error that
the file's format names.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import RagError
from rag.files import create_private

# How long a statement waits while another process writes.
_BUSY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What a file holds.

    Attributes:
        what: What the file holds, for messages: "the conversations".
        setting: The setting that names another file.
        error: Raised when the file cannot be used.
        application_id: Marks the file as this program's, also for `file`.
        schema: Statements, split by semicolons.
        upgrades: The statement that makes version n + 1 of version n, by n.
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
        with self.transaction() as connection:
            ((application_id,),) = connection.execute("PRAGMA application_id").fetchall()
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
            ((n_tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if n_tables:
                self._upgrade(connection, application_id, version)
            else:
                for statement in self._format.schema.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {self._format.application_id}")
            connection.execute(f"PRAGMA user_version = {self._format.version}")
        with self._translating_errors():
            # Changes the file, so it must be ours. FULL: nothing is lost if the machine crashes.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")

    def _upgrade(self, connection: sqlite3.Connection, application_id: int, version: int) -> None:
        known = {*self._format.upgrades, self._format.version}
        if application_id != self._format.application_id or version not in known:
            raise self._format.error(
                f"{self._shown} holds something else than this version's {self._format.what.removeprefix('the ')}",
                next_step=f"move it away or set {self._format.setting}",
            )
        for earlier in range(version, self._format.version):
            connection.execute(self._format.upgrades[earlier])

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise self._format.error(f"{self._format.what} in {self._shown} cannot be used ({why})") from error
