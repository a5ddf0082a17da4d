"""Write and delete files below a folder, and never outside it.

Each folder on the way is opened from the one above it and never through a link. So nothing that is
swapped for a link meanwhile leads out.
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE_FOLDER = 0o700
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(folder: Path, path: Path, content: BinaryIO) -> None:
    """Copy a file piece by piece, synced; after a crash it is there whole or not at all.

    Args:
        path: Below the folder; missing folders are made.

    Raises:
        OSError: It cannot be written, or a link is in its way.
    """
    parts = path.relative_to(folder).parts
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    with _opened(folder, parts[:-1], makes=True) as parent:
        # A random name, because the same document may be sent twice at the same time.
        temporary = f".{secrets.token_hex(8)}.upload"
        try:
            with os.fdopen(os.open(temporary, _NEW_FILE, 0o600, dir_fd=parent), "wb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, parts[-1], src_dir_fd=parent, dst_dir_fd=parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
        os.fsync(parent)


def delete(folder: Path, path: Path) -> None:
    """Delete a file below a folder, synced; a missing one is no error.

    Raises:
        OSError: It cannot be deleted, or a link is in its way.
    """
    parts = path.relative_to(folder).parts
    with suppress(FileNotFoundError), _opened(folder, parts[:-1], makes=False) as parent:
        os.unlink(parts[-1], dir_fd=parent)
        os.fsync(parent)


@contextmanager
def _opened(folder: Path, names: Sequence[str], *, makes: bool) -> Iterator[int]:
    """Open the folder at the end of a chain of names; yield its descriptor."""
    current = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            if makes:
                with suppress(FileExistsError):
                    os.mkdir(name, _PRIVATE_FOLDER, dir_fd=current)
                    os.fsync(current)
            below = os.open(name, _FOLDER, dir_fd=current)
            os.close(current)
            current = below
        yield current
    finally:
        os.close(current)
