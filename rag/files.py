"""Work with files on disk: hash, sync, lock, check free space."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import DownloadFailed


def hash_file(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Return once what was written to a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def hold_lock(lock_path: Path, report_waiting: Callable[[], None]) -> Iterator[None]:
    """Keep other processes out while the block runs; the lock ends with the process, even a killed one.

    Args:
        lock_path: Made where missing and left there: to delete it would let two processes hold two locks.
        report_waiting: Called once where another process holds the lock, before waiting for it.
    """
    with lock_path.open("ab") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report_waiting()
            fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield


def require_free_bytes(folder: Path, n_bytes: int) -> None:
    """Raise DownloadFailed where the disk of that folder has less room."""
    n_free = shutil.disk_usage(folder).free
    if n_free < n_bytes:
        raise DownloadFailed(
            f"{folder} has {n_free / 1e9:.1f} GB free and the download needs {n_bytes / 1e9:.1f} GB",
            next_step="make room, or give another cache folder, and run `rag models pull`",
        )
