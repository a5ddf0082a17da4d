"""What was embedded so far by a build that is not finished: an append-only file that outlives a kill.

First a line that names the recipe, then one record a passage: the key of what was embedded, the vectors of the passage
and of its sentences as float16, and a checksum. A record that was cut off or damaged ends the reading; what stands
before it is used. A log of another recipe holds nothing.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

import numpy as np

from rag.types import HalfArray

_HEAD = struct.Struct("<16sII")
_TAIL = struct.Struct("<I")
_BYTES = 2
_MAX_RECORD_BYTES = 1 << 30


class LoggedAt(NamedTuple):
    """Where a passage's vectors stand in the log: from which byte, and their shape."""

    start: int
    n_rows: int
    dimensions: int

    @property
    def n_bytes(self) -> int:
        return self.n_rows * self.dimensions * _BYTES


@dataclass(frozen=True, slots=True)
class Record:
    """One passage of the log.

    Attributes:
        end: How many bytes of the log are whole up to here.
    """

    key: bytes
    place: LoggedAt
    end: int


def read_log(path: Path, recipe_id: str) -> Iterator[Record]:
    """Yield the records that are whole, in the order in which they were written."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    opening = _opening(recipe_id)
    with file:
        if file.read(len(opening)) != opening:
            return
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            key, n_rows, dimensions = _HEAD.unpack(head)
            place = LoggedAt(file.tell(), n_rows, dimensions)
            body = file.read(place.n_bytes) if place.n_bytes <= _MAX_RECORD_BYTES else b""
            tail = file.read(_TAIL.size)
            if len(tail) < _TAIL.size or _TAIL.unpack(tail)[0] != zlib.crc32(head + body):
                return
            yield Record(key, place, file.tell())


def read_vectors(file: BinaryIO, place: LoggedAt) -> HalfArray:
    """Return a passage's vectors: float16, shape (1 + sentences, dimensions), its own first."""
    file.seek(place.start)
    return np.frombuffer(file.read(place.n_bytes), dtype="<f2").reshape(place.n_rows, place.dimensions)


class EmbeddingLog:
    """Appends records; what was flushed survives the process."""

    def __init__(self, path: Path, recipe_id: str, n_whole_bytes: int) -> None:
        """Continue a log.

        Args:
            n_whole_bytes: What reading found whole, 0 for nothing; the rest is cut off.
        """
        self._file: BinaryIO = path.open("ab")
        self._file.truncate(n_whole_bytes)
        if n_whole_bytes == 0:
            self._file.write(_opening(recipe_id))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, key: bytes, vectors: HalfArray) -> LoggedAt:
        """Write a record and return where its vectors stand; float16, shape (1 + sentences, dimensions)."""
        head = _HEAD.pack(key, *vectors.shape)
        body = np.ascontiguousarray(vectors, dtype="<f2").tobytes()
        place = LoggedAt(self._file.tell() + len(head), *vectors.shape)
        self._file.write(head + body + _TAIL.pack(zlib.crc32(head + body)))
        return place

    def flush(self) -> None:
        self._file.flush()


def _opening(recipe_id: str) -> bytes:
    return b"footnote embeddings " + hashlib.sha256(recipe_id.encode()).hexdigest().encode() + b"\n"
