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
from typing import BinaryIO, Self

import numpy as np

from rag.types import HalfArray

_HEAD = struct.Struct("<16sII")
_TAIL = struct.Struct("<I")
_BYTES = 2
_MAX_RECORD_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Record:
    """The vectors of one passage.

    Attributes:
        vectors: float16, shape (1 + sentences, dimensions), the passage's own first.
        end: How many bytes of the log are whole up to here.
    """

    key: bytes
    vectors: HalfArray
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
            n_bytes = n_rows * dimensions * _BYTES
            body = file.read(n_bytes) if n_bytes <= _MAX_RECORD_BYTES else b""
            tail = file.read(_TAIL.size)
            if len(tail) < _TAIL.size or _TAIL.unpack(tail)[0] != zlib.crc32(head + body):
                return
            yield Record(key, np.frombuffer(body, dtype="<f2").reshape(n_rows, dimensions), file.tell())


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

    def append(self, key: bytes, vectors: HalfArray) -> None:
        head = _HEAD.pack(key, *vectors.shape)
        body = np.ascontiguousarray(vectors, dtype="<f2").tobytes()
        self._file.write(head + body + _TAIL.pack(zlib.crc32(head + body)))

    def flush(self) -> None:
        self._file.flush()


def _opening(recipe_id: str) -> bytes:
    return b"footnote embeddings " + hashlib.sha256(recipe_id.encode()).hexdigest().encode() + b"\n"
