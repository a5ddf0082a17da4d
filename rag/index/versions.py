"""The index on disk: versions, each a folder of checked files, and a pointer to the live one.

    index/live                the name of the live version

    index/previous            the one before it, which serves if the live one is damaged

    index/lock                held while a version is built

    index/versions/NAME/      manifest.json, and the files that it lists with their sha256

A version is written beside the live one, synced, verified, and made live by renaming the pointer.
A crash at any instant leaves the old one. A reader holds a shared lock on a version's manifest, so
a build never removes files in use. The name is the hash of the manifest.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn

from rag.errors import IndexBusy, IndexCorrupt, IndexFull, IndexMissing, IndexStale, repeating_options
from rag.files import hash_file, hold_lock, sync

FORMAT_VERSION = 10
_POINTER = "live"
_PREVIOUS = "previous"
_LOCK = "lock"
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_MANIFEST = "manifest.json"
_VERSIONS = "versions"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL = ("disk is full", "No space left on device")
_MAX_LOOKS = 5
_REBUILD = "run `rag index --rebuild FOLDER`"
_NAME = re.compile(rb"[0-9a-f]{16}")
_NO_NAME = "damaged"

WriteFile = Callable[[Path], object]

STORE_FILE = "documents.sqlite"
PASSAGE_VECTORS_FILE = "passages.f16"
SENTENCE_VECTORS_FILE = "sentences.f16"
PASSAGE_INDEX_FILE = "passages.faiss"
SENTENCE_INDEX_FILE = "sentences.faiss"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything but the documents that decides what an index holds.

    Attributes:
        export: Version of the encoder's export.
        reader: Version of the file readers and of the chunking; another one reads every file again.
    """

    encoder: str
    encoder_sha256: str
    export: int
    max_tokens: int
    min_tokens: int
    reader: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version was made from and what it holds.

    Attributes:
        folder: The absolute path of the folder that was indexed.
        metadata: sha256 of what the folders say of their files.
        limits: What a file might take; under other limits one that was refused is tried again.
        export_sha256: Of the encoder's export that made the newest vectors, for the record. Exports
            of other machines may differ; each was compared with the model, so any of them serves.
        files: sha256 of each file of the version by its name.
    """

    recipe: Recipe
    folder: str
    limits: str
    metadata: str
    dimensions: int
    n_documents: int
    n_passages: int
    n_sentences: int
    export_sha256: str
    files: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, weakref_slot=True, slots=True)
class IndexVersion:
    """A verified version of the index, kept from removal as long as this object lives.

    Attributes:
        fault: Why the live version is not this one; None where it is.
        stamps: What each file was when it was verified.
        options: What commands about this index repeat from the command line.
    """

    name: str
    folder: Path
    manifest: Manifest
    fault: IndexCorrupt | None
    stamps: Mapping[str, "_Stamp"]
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def built_at(self) -> float:
        """When its last file was written, seconds since 1970."""
        return max(stamp.modified_ns for stamp in self.stamps.values()) / 1e9

    def require_unchanged(self) -> None:
        """Check that no file was cut or overwritten since it was verified; takes microseconds.

        The files are mapped: reading behind the new end of one would kill the process. A file that
        was removed or replaced does not count, because the mapped one stays as it was.

        Raises:
            IndexCorrupt: Names the file.
        """
        for name, stamp in self.stamps.items():
            now = _stamp(self.folder / name)
            if now is not None and now.inode == stamp.inode and now != stamp:
                with repeating_options(self.options):
                    raise IndexCorrupt(f"{self.folder / name} was changed while it was in use", next_step=_REBUILD)


class _Stamp(NamedTuple):
    inode: int
    size: int
    modified_ns: int


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _Stamp(status.st_ino, status.st_size, status.st_mtime_ns)


@contextmanager
def lock_index(index_folder: Path) -> Iterator[None]:
    """Hold the index for building.

    Raises:
        IndexBusy: Another process is building it; names that process.
        IndexFull: The disk filled up, here or in the block.
    """

    def raise_busy(holder: str) -> NoReturn:
        raise IndexBusy(f"{index_folder} is being built by {holder}", next_step="wait until it ends")

    with as_no_room(index_folder):
        index_folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with hold_lock(index_folder / _LOCK, raise_busy):
            yield


@contextmanager
def as_no_room(index_folder: Path) -> Iterator[None]:
    """Raise IndexFull for an error that means that the disk is full."""
    try:
        yield
    except (OSError, sqlite3.OperationalError, RuntimeError) as error:
        # SQLite and FAISS have no error number for it, only words.
        if getattr(error, "errno", None) not in _NO_ROOM and not any(words in str(error) for words in _FULL):
            raise
        raise IndexFull(
            f"the disk of {index_folder} is full; the index is as it was", next_step="make room and run `rag index`"
        ) from error


def write_version(index_folder: Path, manifest: Manifest, writers: Mapping[str, WriteFile]) -> IndexVersion:
    """Write a version, verify it and make it live.

    Args:
        manifest: Its `files` are filled in here.
        writers: For each file's name a function that writes it to the path given.

    Raises:
        IndexFull: The disk filled up; what was written is removed and the live version stays.
    """
    versions = index_folder / _VERSIONS
    building = versions / f"building-{os.getpid()}"
    try:
        with as_no_room(index_folder):
            return _write(index_folder, building, manifest, writers)
    except IndexFull:
        shutil.rmtree(building, ignore_errors=True)
        raise


def read_version(index_folder: Path, options: Mapping[str, str] | None = None) -> IndexVersion:
    """Return the live version with every file verified; the previous one if that is damaged.

    Args:
        options: What commands about this index repeat from the command line.

    Raises:
        IndexMissing: Nothing was built yet.
        IndexCorrupt: A file is missing or changed, and no version before it is whole.
        IndexStale: It was built in another format.
    """
    options = options or {}
    with repeating_options(options):
        for _ in range(_MAX_LOOKS):
            name = live_version(index_folder)
            if name is None:
                raise IndexMissing(
                    f"no index in {index_folder}",
                    next_step="run `rag index FOLDER` with the folder that holds your documents",
                )
            try:
                return _open(index_folder, name, options)
            except IndexCorrupt as error:
                # A build may have made another live and removed this one since we read its name.
                if live_version(index_folder) == name:
                    return _open_previous(index_folder, error, options)
        raise IndexBusy(f"{index_folder} changes faster than it can be read", next_step="try again")


def read_manifest(index_folder: Path) -> Manifest | None:
    """Return the live version's manifest, its files unchecked; None if it cannot be read."""
    name = live_version(index_folder)
    if name is None:
        return None
    try:
        return _parse_manifest(index_folder / _VERSIONS / name)
    except (IndexCorrupt, IndexStale):
        return None


def live_version(index_folder: Path) -> str | None:
    """Return the name that the pointer holds; costs one small read."""
    return _read_pointer(index_folder / _POINTER)


def version_folder(index_folder: Path, name: str) -> Path:
    """Return where a version of this name lies."""
    return index_folder / _VERSIONS / name


def _write(index_folder: Path, building: Path, manifest: Manifest, writers: Mapping[str, WriteFile]) -> IndexVersion:
    shutil.rmtree(building, ignore_errors=True)
    building.parent.mkdir(parents=True, exist_ok=True)
    # An index holds the words of all documents, and some of them may be private.
    building.mkdir(mode=_PRIVATE_FOLDER)
    for name, write in writers.items():
        write(building / name)
        (building / name).chmod(_PRIVATE_FILE)
        sync(building / name)
    checksums = {name: hash_file(building / name) for name in sorted(writers)}
    complete = {**asdict(manifest), "files": checksums}
    text = json.dumps(complete, indent=1, sort_keys=True, ensure_ascii=False)
    (building / _MANIFEST).write_text(text, encoding="utf-8")
    (building / _MANIFEST).chmod(_PRIVATE_FILE)
    sync(building / _MANIFEST)
    sync(building)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    _put_in_place(building, building.with_name(name))
    index_version = _open(index_folder, name, {})
    before = live_version(index_folder)
    if before and before != name:
        _point_to(index_folder / _PREVIOUS, before)
    _point_to(index_folder / _POINTER, name)
    _remove_others(building.parent, keep={name, _read_pointer(index_folder / _PREVIOUS)})
    return index_version


def _put_in_place(building: Path, folder: Path) -> None:
    """Give a build its name; an equal version that is whole stays, since it may be live."""
    if _is_whole(folder):
        shutil.rmtree(building, ignore_errors=True)
        return
    if folder.exists():
        folder.rename(building.with_name(f"{building.name}-damaged"))
    building.rename(folder)
    sync(folder.parent)


def _open(index_folder: Path, name: str, options: Mapping[str, str], fault: IndexCorrupt | None = None) -> IndexVersion:
    folder = index_folder / _VERSIONS / name
    try:
        descriptor = os.open(folder / _MANIFEST, os.O_RDONLY)
    except OSError as error:
        raise IndexCorrupt(f"{folder / _MANIFEST} is missing or damaged", next_step=_REBUILD) from error
    try:
        # filelock's shared lock is a SQLite file that readers write to; a disk may be read-only.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        stamps = {path.name: stamp for path in folder.iterdir() if (stamp := _stamp(path))}
        index_version = IndexVersion(name, folder, _verify(folder), fault, stamps, options)
    except BaseException:
        os.close(descriptor)
        raise
    weakref.finalize(index_version, os.close, descriptor)
    return index_version


def _open_previous(index_folder: Path, error: IndexCorrupt, options: Mapping[str, str]) -> IndexVersion:
    error.repeat_options(options)
    previous = _read_pointer(index_folder / _PREVIOUS)
    if previous is None:
        raise error
    try:
        return _open(index_folder, previous, options, fault=error)
    except (IndexCorrupt, IndexStale):
        raise error from None


def _verify(folder: Path) -> Manifest:
    manifest = _parse_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise IndexCorrupt(f"{path} is missing", next_step=_REBUILD)
        if hash_file(path) != expected:
            raise IndexCorrupt(f"{path} is damaged (its checksum differs)", next_step=_REBUILD)
    return manifest


def _is_whole(folder: Path) -> bool:
    try:
        _verify(folder)
    except (IndexCorrupt, IndexStale):
        return False
    return True


def _parse_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        fields = json.loads(text)
        found_version = fields["format_version"]
        # The folder's name is the manifest's own checksum.
        is_whole = folder.name.startswith("building-") or folder.name == hashlib.sha256(text.encode()).hexdigest()[:16]
        if found_version != FORMAT_VERSION:
            raise IndexStale(
                f"{folder} has index format {found_version}, this release reads {FORMAT_VERSION}",
                next_step=_REBUILD,
            )
        if not is_whole:
            raise IndexCorrupt(f"{path} is damaged (its checksum differs)", next_step=_REBUILD)
        return Manifest(**{**fields, "recipe": Recipe(**fields["recipe"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(f"{path} is missing or damaged", next_step=_REBUILD) from error


def _read_pointer(path: Path) -> str | None:
    try:
        name = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    # What is there and no name is the name of nothing.
    return name.decode() if _NAME.fullmatch(name) else _NO_NAME


def _point_to(pointer: Path, name: str) -> None:
    temporary = pointer.with_name(f"{pointer.name}.{os.getpid()}")
    temporary.write_text(name + "\n", encoding="ascii")
    sync(temporary)
    temporary.replace(pointer)
    sync(pointer.parent)


def _remove_others(versions: Path, keep: set[str | None]) -> None:
    """Remove what neither serves nor is read by anybody."""
    for folder in versions.iterdir():
        if folder.name not in keep and not _is_read(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_read(folder: Path) -> bool:
    try:
        with (folder / _MANIFEST).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
