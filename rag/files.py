"""Work with files on disk: hash, sync, lock, check free space."""

import hashlib
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import RagError


def hash_file(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Return once the content of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read; one that exists is left as it is."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


@contextmanager
def hold_lock(lock_path: Path, on_busy: Callable[[str], None]) -> Iterator[None]:
    """Keep other processes out while the block runs; the lock also ends if the process is killed.

    Args:
        lock_path: Names its holder. It stays: deleting it would let two processes hold two locks.
        on_busy: Called once with the name of the process that holds the lock. If it returns, this
            waits for that process.
    """
    # Each call has a lock object of its own, so that two threads exclude each other too.
    lock = FileLock(lock_path, on_acquired=_write_holder)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        on_busy(lock_path.read_text(encoding="utf-8")[:200].strip() or "another process")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def require_free_bytes(folder: Path, n_bytes: int, error: type[RagError], next_step: str) -> None:
    """Raise `error`, with the next step, if the disk of a folder has less room."""
    n_free = shutil.disk_usage(folder).free
    if n_free < n_bytes:
        needed = f"{n_bytes / 1e6:,.0f} MB are needed"
        raise error(f"{folder} has {n_free / 1e6:,.0f} MB free, {needed}", next_step=next_step)


def _write_holder(descriptor: int) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}, since {since}\n".encode(), 0)


def own_cache_folder() -> Path:
    """Return the folder for what this program can download again, of the user who runs it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "footnote"
