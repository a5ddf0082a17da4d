"""Verify a file by its sha256 once; from then on compare its size and time of change only.

Hashing a gigabyte takes seconds, and every start of the server verifies its models.
"""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from rag.errors import ModelCorrupt

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Checksum:
    """The sha256 of a file, with the size and time of change that the file had then."""

    sha256: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, sha256: str) -> Self:
        """Return the checksum of a file with a known hash."""
        stat = path.stat()
        return cls(sha256, stat.st_size, stat.st_mtime_ns)


def is_verified(path: Path, sha256: str, record: Path) -> bool:
    """Say whether the record shows that the file, as it is now, has this hash."""
    return read_json(record) == asdict(Checksum.of(path, sha256))


def verify_file(
    path: Path, sha256: str, record: Path | None, next_step: str, report_done: Callable[[int], None] | None = None
) -> None:
    """Compare a file with its hash; a file on record, right or damaged, is not read again.

    Args:
        record: Where to record the hash that the file has; None records nothing.
        report_done: Called with the bytes that are hashed.

    Raises:
        ModelCorrupt: It has another hash.
    """
    found = _recorded_hash(path, record) if record else None
    if found is None:
        found = _hash(path, report_done)
        if record:
            # In a cache that can only be read this fails, and each start hashes again.
            with suppress(OSError):
                write_json(record, asdict(Checksum.of(path, found)))
    if found != sha256:
        raise ModelCorrupt(f"{path} has sha256 {found}, expected {sha256}", next_step=next_step)


def _recorded_hash(path: Path, record: Path) -> str | None:
    """Return the hash on record; None if there is none, or the file has changed since."""
    known = read_json(record)
    sha256 = known.get("sha256") if isinstance(known, dict) else None
    return sha256 if isinstance(sha256, str) and known == asdict(Checksum.of(path, sha256)) else None


def _hash(path: Path, report_done: Callable[[int], None] | None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            if report_done:
                report_done(file.tell())
    return digest.hexdigest()


def read_json(path: Path) -> object:
    """Return what a file holds; None if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, content: object) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.write_text(json.dumps(content, indent=1), encoding="utf-8")
    written.replace(path)
