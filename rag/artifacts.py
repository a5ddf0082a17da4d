"""The index on disk: generations, each a folder of checked files, and a pointer to the live one.

    index/live                        the name of the live generation
    index/generations/NAME/           manifest.json and the files that it lists with their sha256

A generation is written beside the live one, synced, and made live by renaming the pointer: a crash at any instant
leaves the old one serving. The name is made from the contents, so the same documents and settings give the same bytes.
Nothing here knows what the files mean; no pickle is read or written.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rag.errors import IndexBusy, IndexCorrupt, IndexMissing, IndexStale

FORMAT_VERSION = 2
_POINTER = "live"
_MANIFEST = "manifest.json"
_GENERATIONS = "generations"
_BLOCK_BYTES = 1 << 20

WriteFile = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything but the documents that decides what an index holds."""

    encoder: str
    encoder_sha256: str
    max_tokens: int
    min_tokens: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from and what it holds.

    Attributes:
        folder: The absolute path of the folder that was indexed.
        documents: sha256 of each document's bytes by its uri.
        files: sha256 of each file of the generation by its name.
    """

    recipe: Recipe
    folder: str
    dimensions: int
    n_passages: int
    n_sentences: int
    documents: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Generation:
    """A verified generation; `version` is its name."""

    version: str
    folder: Path
    manifest: Manifest


@contextmanager
def lock_index(index_folder: Path) -> Iterator[None]:
    """Hold the index for building.

    Raises:
        IndexBusy: Another process is building it.
    """
    index_folder.mkdir(parents=True, exist_ok=True)
    with (index_folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexBusy(f"{index_folder} is being built by another process; wait for it to end") from error
        yield


def write_generation(index_folder: Path, manifest: Manifest, writers: Mapping[str, WriteFile]) -> Generation:
    """Write a generation, verify it and make it live.

    Args:
        manifest: Its `files` are filled in here.
        writers: For each file's name a function that writes it to the path given.
    """
    generations = index_folder / _GENERATIONS
    building = generations / f"building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, write in writers.items():
        write(building / name)
        _sync(building / name)
    checksums = {name: _sha256(building / name) for name in sorted(writers)}
    complete = {**asdict(manifest), "files": checksums}
    text = json.dumps(complete, indent=1, sort_keys=True, ensure_ascii=False)
    (building / _MANIFEST).write_text(text, encoding="utf-8")
    _sync(building / _MANIFEST)
    _sync(building)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = generations / version
    generation = _put_in_place(building, folder, version)
    previous = _live_version(index_folder)
    _point_to(index_folder, version)
    _remove_others(generations, keep={version, previous})
    return generation


def read_generation(index_folder: Path) -> Generation:
    """Return the live generation, every file checked against its sha256.

    Raises:
        IndexMissing: Nothing was built yet.
        IndexCorrupt: A file is missing or changed.
        IndexStale: It was built in another format.
    """
    version = _live_version(index_folder)
    if version is None:
        raise IndexMissing(
            f"no index in {index_folder}; run `rag index FOLDER` with the folder that holds your documents"
        )
    return _verify(index_folder / _GENERATIONS / version, version)


def read_manifest(index_folder: Path) -> Manifest | None:
    """Return the live generation's manifest without checking its files; None where there is none that can be read."""
    version = _live_version(index_folder)
    if version is None:
        return None
    try:
        return _parse_manifest(index_folder / _GENERATIONS / version)
    except (IndexCorrupt, IndexStale):
        return None


def _put_in_place(building: Path, folder: Path, version: str) -> Generation:
    """Give a finished build its name; one that is there already and whole stays, for it may be the one that serves."""
    try:
        return _verify(folder, version)
    except (IndexCorrupt, IndexStale):
        pass
    if folder.exists():
        folder.rename(building.with_name(f"{building.name}-damaged"))
    building.rename(folder)
    _sync(folder.parent)
    return _verify(folder, version)


def _verify(folder: Path, version: str) -> Generation:
    manifest = _parse_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise IndexCorrupt(f"{path} is missing; run `rag index --rebuild FOLDER`")
        if _sha256(path) != expected:
            raise IndexCorrupt(f"{path} is damaged (its checksum differs); run `rag index --rebuild FOLDER`")
    return Generation(version, folder, manifest)


def _parse_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        found_version = fields["format_version"]
        if found_version != FORMAT_VERSION:
            raise IndexStale(
                f"{folder} has index format {found_version}, this version reads {FORMAT_VERSION}; "
                "run `rag index --rebuild FOLDER`"
            )
        return Manifest(**{**fields, "recipe": Recipe(**fields["recipe"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorrupt(f"{path} is missing or damaged; run `rag index --rebuild FOLDER`") from error


def _live_version(index_folder: Path) -> str | None:
    try:
        name = (index_folder / _POINTER).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if name.isalnum() else None


def _point_to(index_folder: Path, version: str) -> None:
    temporary = index_folder / f"{_POINTER}.{os.getpid()}"
    temporary.write_text(version + "\n", encoding="ascii")
    _sync(temporary)
    temporary.replace(index_folder / _POINTER)
    _sync(index_folder)


def _remove_others(generations: Path, keep: set[str | None]) -> None:
    for folder in generations.iterdir():
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
