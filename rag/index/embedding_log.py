"""The vectors that a build has embedded so far: a SQLite file that survives a killed build.

A record counts only if its checksum fits. That covers the recipe, so a log of another recipe is
empty.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rag.files import create_private
from rag.types import HalfArray

# Synchronous writes would only protect against power loss, which the checksums notice.
_SCHEMA = """
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS records (key BLOB PRIMARY KEY, n_rows INTEGER, vectors BLOB, checksum BLOB);
"""


class EmbeddingLog:
    """Vectors by key; each batch that was added survives the process.

    Attributes:
        keys: Of the whole records.
    """

    def __init__(self, path: Path, recipe_id: str) -> None:
        """Open a log, or create it; a damaged one is replaced.

        Args:
            recipe_id: Names what the vectors depend on besides the text.
        """
        self._path = path
        self._recipe_id = recipe_id
        try:
            self._connection, self.keys = self._open()
        except sqlite3.DatabaseError:
            self._unlink()
            self._connection, self.keys = self._open()

    def close(self) -> None:
        self._connection.close()

    def delete(self) -> None:
        self.close()
        self._unlink()

    def add(self, blocks: Mapping[bytes, HalfArray]) -> None:
        """Add the vectors of passages: float16, shape (1 + sentences, dimensions) each."""
        rows = []
        for key, block in blocks.items():
            vectors = np.ascontiguousarray(block, dtype="<f2").tobytes()
            rows.append((key, len(block), vectors, self._checksum(key, len(block), vectors)))
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
        self.keys.update(blocks)

    def block(self, key: bytes) -> HalfArray:
        """Return a passage's vectors: float16, shape (1 + sentences, dimensions), its own first."""
        query = "SELECT n_rows, vectors FROM records WHERE key = ?"
        n_rows, vectors = self._connection.execute(query, (key,)).fetchone()
        return np.frombuffer(vectors, dtype="<f2").reshape(n_rows, -1)

    def _open(self) -> tuple[sqlite3.Connection, set[bytes]]:
        # Texts can be guessed from their vectors.
        create_private(self._path)
        connection = sqlite3.connect(self._path)
        connection.executescript(_SCHEMA)
        keys = connection.execute("SELECT key FROM records").fetchall()
        return connection, {key for (key,) in keys if self._is_whole(connection, key)}

    def _is_whole(self, connection: sqlite3.Connection, key: object) -> bool:
        """Check a record as `block` finds it: a damaged file may list keys and not find them."""
        query = "SELECT n_rows, vectors, checksum FROM records WHERE key = ?"
        n_rows, vectors, checksum = connection.execute(query, (key,)).fetchone() or (0, None, None)
        if not isinstance(key, bytes) or not isinstance(vectors, bytes):
            return False
        return self._checksum(key, n_rows, vectors) == checksum

    def _checksum(self, key: bytes, n_rows: int, vectors: bytes) -> bytes:
        head = f"{self._recipe_id}\0{key.hex()}\0{n_rows}\0".encode()
        return hashlib.sha256(head + vectors).digest()

    def _unlink(self) -> None:
        self._path.unlink(missing_ok=True)
        # A journal without its file would be applied to the next one.
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
