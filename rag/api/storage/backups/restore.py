"""Restore a backup to where the settings say, after all of it was checked.

A backup is untrusted: names lead nowhere but below their folder, and only plain files are read.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from rag.api.storage.backups.places import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST_NAME,
    SETTINGS_NAME,
    Places,
    places_of,
)
from rag.assembly.settings import Settings
from rag.documents.placing import write_whole
from rag.errors import BackupFailed, BackupInvalid
from rag.files import require_free_bytes

_DEFAULT_DOCUMENTS = Path("documents")
_MAX_MANIFEST_BYTES = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_NAME_A_BACKUP = "name a file that `rag backup` wrote and that you may read"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was written, and into which folders of documents.

    Attributes:
        has_settings: The backup holds settings, which were not written.
        folders: Each with the collection whose documents it holds; None for the only index.
    """

    n_databases: int
    n_documents: int
    has_settings: bool
    folders: tuple[tuple[str | None, Path], ...]


def restore_settings(backup: Path, settings_file: Path) -> None:
    """Write only the settings, so that the owner reads them before they decide where files go.

    Raises:
        BackupInvalid: It is damaged, no backup of this program, or without settings.
        BackupFailed: There are settings already, or the disk fails.
    """
    if SETTINGS_NAME not in _verify(backup):
        raise BackupInvalid(f"{backup} holds no settings")
    if settings_file.exists():
        raise BackupFailed(f"{settings_file} is there already; nothing is overwritten", next_step="move it away")
    with _members(backup) as members:
        for name, file in members:
            if name == SETTINGS_NAME:
                _write(settings_file.parent, settings_file, file)


def restore_backup(backup: Path, settings: Settings) -> Restored:
    """Write the databases and the documents of a backup to where the settings say.

    Raises:
        BackupInvalid: It is damaged, or no backup of this program. Nothing was changed.
        BackupFailed: Something is in the way, or the disk fails; the message says which.
    """
    sizes = _verify(backup)
    places = places_of(settings, _documents_folder)
    targets = {name: _target_of(name, places) for name in sizes if name not in {SETTINGS_NAME, MANIFEST_NAME}}
    folders = {folder for name, (folder, _) in targets.items() if name not in places.databases}
    holding = tuple((places.collections[name], path) for name, path in places.folders.items() if path in folders)
    databases = [path for name, (_, path) in targets.items() if name in places.databases]
    _require_nothing_in_the_way(databases, folders)
    for folder in sorted({folder for folder, _ in targets.values()}):
        with _writing(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_free_bytes(folder, sum(sizes.values()), BackupFailed, "make room, then run the command again")
    with _members(backup) as members:
        for name, file in members:
            if name in targets:
                _write(*targets[name], file)
    return Restored(len(databases), len(targets) - len(databases), SETTINGS_NAME in sizes, holding)


def _documents_folder(name: str | None, settings: Settings) -> Path:
    """Return where documents go; each collection without a folder of its own gets one."""
    return settings.documents_folder or (_DEFAULT_DOCUMENTS if name is None else _DEFAULT_DOCUMENTS / name)


def _verify(backup: Path) -> dict[str, int]:
    """Return the size of each file of a backup whose files are all as its manifest says."""
    sha256: dict[str, str] = {}
    sizes: dict[str, int] = {}
    manifest = b""
    with _members(backup) as members:
        for name, file in members:
            if name in sizes:
                raise BackupInvalid(f"{backup} holds {name[:100]!r} twice", next_step="take another backup")
            if name == MANIFEST_NAME:
                manifest = file.read(_MAX_MANIFEST_BYTES)
            else:
                sha256[name] = _hash(file)
            sizes[name] = file.tell()
    if sha256 != _read_manifest(backup, manifest):
        raise BackupInvalid(
            f"{backup} is damaged: its files are not those of its manifest", next_step="take another backup"
        )
    return sizes


def _read_manifest(backup: Path, content: bytes) -> object:
    try:
        manifest = json.loads(content)
        kind = (manifest["format"], manifest["version"])
        sha256 = manifest["sha256"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BackupInvalid(
            f"{backup} has no manifest: it was cut off, or `rag backup` did not write it",
            next_step="take another backup",
        ) from error
    if kind != (FORMAT, FORMAT_VERSION):
        raise BackupInvalid(
            f"{backup} is of another version than {FORMAT_VERSION}", next_step="restore it with the one that wrote it"
        )
    return sha256


@contextmanager
def _members(backup: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Yield the files of a backup in their order: the name and the content."""
    try:
        with tarfile.open(backup, mode="r:") as archive:
            yield _plain_files(backup, archive)
    except (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError) as error:
        raise BackupInvalid(f"{backup} is no backup, or damaged ({error})", next_step="take another backup") from error
    except IsADirectoryError as error:
        raise BackupFailed(f"{backup} is a folder", next_step=_NAME_A_BACKUP) from error
    except FileNotFoundError as error:
        raise BackupFailed(f"there is no file {backup}", next_step=_NAME_A_BACKUP) from error
    except OSError as error:
        raise BackupFailed(f"{backup} cannot be read ({error.strerror or error})", next_step=_NAME_A_BACKUP) from error


def _plain_files(backup: Path, archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in archive:
        parts = PurePosixPath(member.name).parts
        is_plain = member.isreg() and not member.issparse()
        if not is_plain or member.name != "/".join(parts) or {"..", "/"} & {*parts} or "\0" in member.name:
            raise BackupInvalid(
                f"{backup} holds {member.name[:100]!r}, which no backup holds", next_step="do not use it"
            )
        yield member.name, cast("IO[bytes]", archive.extractfile(member))


def _target_of(name: str, places: Places) -> tuple[Path, Path]:
    """Return the folder that a file must stay in, and where it goes."""
    if name in places.databases:
        return places.databases[name].parent, places.databases[name]
    for prefix, folder in places.folders.items():
        if name.startswith(f"{prefix}/"):
            return folder, folder / name.removeprefix(f"{prefix}/")
    raise BackupFailed(
        f"the settings name no place for {name[:100]!r} of the backup",
        next_step="use the settings of the server that was backed up, with its collections",
    )


def _require_nothing_in_the_way(databases: Iterable[Path], folders: Iterable[Path]) -> None:
    there = [path for path in databases if path.exists()]
    there += [folder for folder in sorted(folders) if folder.is_dir() and any(folder.iterdir())]
    if there:
        raise BackupFailed(
            f"{there[0]} is there already; nothing is overwritten",
            next_step="stop the server and move it away, or name other folders in rag.toml",
        )


def _write(folder: Path, path: Path, content: IO[bytes]) -> None:
    with _writing(path):
        write_whole(folder, path, cast("object", content))  # type: ignore[arg-type]  # copyfileobj only reads


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupFailed(
            f"{path} cannot be written ({error.strerror or error})",
            next_step="mend that or name another place in rag.toml, move away what was restored, and restore again",
        ) from error


def _hash(file: IO[bytes]) -> str:
    sha256 = hashlib.sha256()
    while piece := file.read(_PIECE):
        sha256.update(piece)
    return sha256.hexdigest()
