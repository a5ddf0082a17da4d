"""Write a backup: a tar file of the settings, the databases and the documents, while a server runs.

It is not compressed: whatever reads it never needs more memory or disk than the file has. The
manifest with the sha256 of each file comes last, so a backup that was cut off is noticed.
"""

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from rag.api.storage.backups.places import FORMAT, FORMAT_VERSION, MANIFEST_NAME, SETTINGS_NAME, places_of
from rag.assembly.folders import documents_folder_of
from rag.assembly.settings import Settings
from rag.errors import BackupFailed
from rag.files import create_private, sync

_BUSY_SECONDS = 30.0
_NO_LINK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def write_backup(settings: Settings, settings_file: Path, target: Path) -> dict[str, int]:
    """Write a backup that only its owner can read; it is there whole or not at all.

    Returns:
        How many files of each kind it holds: `databases`, `documents`, `settings`, and `links`
        that were left out.

    Raises:
        BackupFailed: The target exists, something cannot be read or written, or a database is
            damaged.
    """
    _require_usable(target)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        create_private(partial)
        with partial.open("r+b") as file:
            counts = _fill(_Archive(file), settings, settings_file, partial)
        sync(partial)
        partial.rename(target)
        sync(target.parent)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupFailed(
            f"the backup was not written: {_describe(error, partial, target)}",
            next_step="mend that, then run the command again",
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return counts


def _require_usable(target: Path) -> None:
    """Raise BackupFailed unless a new file can have this name."""
    try:
        is_folder, is_there, has_folder = target.is_dir(), os.path.lexists(target), target.parent.is_dir()
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written ({error.strerror})", next_step="name another file") from error
    if is_folder:
        raise BackupFailed(f"{target} is a folder", next_step=f"name a file in it, such as {target / 'footnote.tar'}")
    if is_there:
        raise BackupFailed(f"{target} exists", next_step="name another file, or move this one away")
    if not has_folder:
        raise BackupFailed(f"there is no folder {target.parent}", next_step="make it, or name a file in another folder")


def _describe(error: Exception, partial: Path, target: Path) -> str:
    """Return what failed, under the name that the owner knows."""
    if not isinstance(error, OSError) or error.filename is None:
        return str(error)
    is_ours = Path(error.filename) == partial
    return f"{target if is_ours else error.filename} cannot be {'written' if is_ours else 'read'} ({error.strerror})"


class _Archive:
    """A tar file that is written, with the sha256 of each member."""

    def __init__(self, file: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 -- finish() closes it
        self._sha256: dict[str, str] = {}

    def add(self, name: str, content: BinaryIO, n_bytes: int) -> None:
        """Add a file; raise OSError if it has fewer bytes."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = n_bytes, 0o600
        reader = _HashingReader(content)
        self._tar.addfile(member, reader)  # type: ignore[arg-type]  # only read() is called
        self._sha256[name] = reader.sha256.hexdigest()

    def finish(self) -> None:
        manifest = {"format": FORMAT, "version": FORMAT_VERSION, "sha256": self._sha256}
        content = json.dumps(manifest, indent=1).encode()
        self.add(MANIFEST_NAME, io.BytesIO(content), len(content))
        self._tar.close()


class _HashingReader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, n_bytes: int) -> bytes:
        content = self._file.read(n_bytes)
        self.sha256.update(content)
        return content


def _fill(archive: _Archive, settings: Settings, settings_file: Path, partial: Path) -> dict[str, int]:
    places = places_of(settings, lambda _, own: documents_folder_of(own))
    counts = {"settings": 0, "databases": 0, "documents": 0, "links": 0}
    if settings_file.is_file():
        _add_file(archive, SETTINGS_NAME, settings_file)
        counts["settings"] = 1
    with tempfile.TemporaryDirectory(dir=partial.parent, prefix=".footnote-backup-") as scratch:
        for name, path in places.databases.items():
            if path.is_file():
                copy = Path(scratch) / "copy.sqlite"
                _copy_database(path, copy)
                _add_file(archive, name, copy)
                copy.unlink()
                counts["databases"] += 1
    left_out = {partial.resolve(), *(path.resolve() for path in _indexes(settings))}
    for name, folder in places.folders.items():
        for path in _files_below(folder, left_out):
            if path.is_symlink():
                counts["links"] += 1
                continue
            _add_file(archive, f"{name}/{path.relative_to(folder).as_posix()}", path)
            counts["documents"] += 1
    archive.finish()
    return counts


def _add_file(archive: _Archive, name: str, path: Path) -> None:
    with os.fdopen(os.open(path, _NO_LINK), "rb") as file:
        archive.add(name, file, os.fstat(file.fileno()).st_size)


def _copy_database(path: Path, copy: Path) -> None:
    """Copy one moment of a database that others write; raise sqlite3.Error if it is damaged."""
    create_private(copy)
    with (
        closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        # One file: without a journal beside it.
        target.execute("PRAGMA journal_mode = DELETE")
        ((state,),) = target.execute("PRAGMA integrity_check(1)").fetchall()
        if state != "ok":
            raise sqlite3.DatabaseError(f"{path} is damaged: {state}")


def _indexes(settings: Settings) -> Iterator[Path]:
    yield settings.index_folder
    for name in settings.collections:
        yield settings.of_collection(name).index_folder


def _files_below(folder: Path, left_out: set[Path]) -> Iterator[Path]:
    """Yield files and links, in the order of their names; folders as deep as the disk allows."""
    waiting = [folder] if folder.is_dir() else []
    while waiting:
        below = sorted(waiting.pop().iterdir())
        for path in below:
            if path.is_symlink() or path.is_file():
                if path.resolve() not in left_out:
                    yield path
            elif path.is_dir() and path.resolve() not in left_out:
                waiting.append(path)
