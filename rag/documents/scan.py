"""Find the files of a folder and what `metadata.toml` says of them, without reading the files.

    [defaults]                          # all files in this folder and below
    group = "staff"
    ["annual report.pdf"]               # one file in this folder
    title = "Annual report 2025"
    author = "Maria Stone"
    link = "https://example.org/report"
    date = 2026-02-01
    tags = ["finance"]

The nearest wins: the file's own entry, then the file itself, then its folder, then those above.
"""

import hashlib
import json
import os
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rag.documents.formats.shared.facts import find_author, find_day, find_link, find_name, find_tags
from rag.errors import NothingToIndex
from rag.types import Facts

METADATA_FILE = "metadata.toml"
_DEFAULTS = "defaults"
# `rag add` writes about 120 bytes a page.
_MAX_METADATA_BYTES = 10_000_000
_READERS: dict[str, Callable[[object], Any]] = {
    "title": find_name,
    "date": find_day,
    "link": find_link,
    "tags": find_tags,
    "group": find_name,
    "author": find_author,
}


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may be read; `uri` is its path below the folder, with forward slashes."""

    path: Path
    uri: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class FolderMetadata:
    """What one metadata.toml says."""

    defaults: Facts = field(default_factory=Facts)
    by_name: Mapping[str, Facts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder holds.

    Attributes:
        files: Sorted by uri.
        skipped: By uri, why a document cannot be read.
        other: The uris of files of kinds that are not read, sorted.
        metadata: By the path of the folder below the one scanned; "." for that one.
    """

    files: tuple[FoundFile, ...]
    skipped: Mapping[str, str]
    other: tuple[str, ...]
    metadata: Mapping[str, FolderMetadata]

    @property
    def metadata_sha256(self) -> str:
        """One hash of all that the folders say of their files."""
        said = {place: asdict(one) for place, one in sorted(self.metadata.items())}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def scan_folder(folder: Path, suffixes: Collection[str], max_bytes: int, without: Path | None = None) -> Scan:
    """List a folder and all folders below it; leave out hidden files and folders.

    Args:
        suffixes: Of documents, in lower case, with the dot.
        max_bytes: Larger files are skipped.
        without: A folder below that is left out, such as the index.

    Raises:
        NothingToIndex: The folder does not exist or cannot be read.
    """
    if not folder.is_dir():
        raise NothingToIndex(
            f"{folder} is not a folder", next_step="run `rag index FOLDER` with the folder that holds your documents"
        )
    files: list[FoundFile] = []
    skipped: dict[str, str] = {}
    metadata: dict[str, FolderMetadata] = {}
    other: list[str] = []
    root = folder.resolve()
    for path in _walk(folder, skipped, without.resolve() if without else None):
        uri = uri_of(path, folder)
        if path.name == METADATA_FILE:
            metadata[PurePosixPath(uri).parent.as_posix()] = _read_metadata(path, uri, root, skipped)
        elif path.suffix.lower() not in suffixes:
            other.append(uri)
        elif reason := _why_not(path, root, max_bytes):
            # It may have gone since the folder was listed.
            if os.path.lexists(path):
                skipped[uri] = reason
        elif found := _find(path, uri):
            files.append(found)
    return Scan(tuple(sorted(files, key=lambda file: file.uri)), skipped, tuple(sorted(other)), metadata)


def uri_of(path: Path, folder: Path) -> str:
    """Return the path below the folder, with escapes for bytes that are not UTF-8."""
    return _readable(path.relative_to(folder).as_posix())


def path_of(uri: str, folder: Path) -> Path:
    """Return the path of a uri, whether or not it exists; it may lead out of the folder."""
    path = folder
    for name in PurePosixPath(uri).parts:
        path = _child(path, name)
    return path


def merge_facts(uri: str, own: Facts, metadata: Mapping[str, FolderMetadata]) -> Facts:
    """Return the facts of a file from it and its folders; the nearest wins, tags add up."""
    place = PurePosixPath(uri)
    entry = metadata.get(place.parent.as_posix(), FolderMetadata()).by_name.get(place.name, Facts())
    folders = [metadata[parent.as_posix()].defaults for parent in place.parents if parent.as_posix() in metadata]
    said = [entry, own, *folders]
    nearest: dict[str, Any] = {
        name: next((value for one in said if (value := getattr(one, name))), None) for name in _READERS
    }
    nearest["tags"] = tuple(sorted({tag for one in said for tag in one.tags}))
    return Facts(**nearest)


def _walk(root: Path, skipped: dict[str, str], without: Path | None) -> Iterator[Path]:
    """Yield the files below a folder; folders may be nested as deep as the system allows."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        for entry in _entries(folder, root, skipped):
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if without is None or path.resolve() != without:
                    waiting.append(path)
            elif entry.is_symlink() and path.is_dir():
                # A link may lead in a circle or out of the folder.
                skipped[uri_of(path, root) + "/"] = "is a link to a folder; put the folder itself there"
            else:
                yield path


def _entries(folder: Path, root: Path, skipped: dict[str, str]) -> list[os.DirEntry[str]]:
    """Return what lies in a folder and is not hidden, by name."""
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        if folder == root:
            raise NothingToIndex(
                f"{folder} cannot be read ({error.strerror})", next_step="check its permissions"
            ) from error
        skipped[uri_of(folder, root) + "/"] = f"the folder cannot be read ({error.strerror}); check its permissions"
        return []
    return sorted(shown, key=lambda entry: entry.name)


def _find(path: Path, uri: str) -> FoundFile | None:
    """Return a file as it is now; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    # Two files that swap names keep their mtime, but not their ctime.
    return FoundFile(path, uri, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns))


def _child(folder: Path, name: str) -> Path:
    """Return the entry of a folder that `uri_of` calls by this name."""
    path = folder / name
    if "\\" not in name or not folder.is_dir():
        return path
    return next((entry for entry in sorted(folder.iterdir()) if _readable(entry.name) == name), path)


def _readable(name: str) -> str:
    # A backslash is doubled, so that no two names read the same.
    return name.replace("\\", "\\\\").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _why_not(path: Path, root: Path, max_bytes: int) -> str | None:
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            return "is a link out of the folder; put the file itself there"
        if not path.is_file():
            return "is no ordinary file"
        size = path.stat().st_size
    except (OSError, RuntimeError):
        return "is a link that leads nowhere"
    if size == 0:
        return "is empty"
    if size > max_bytes:
        return f"has {size / 1e6:,.0f} MB, at most {max_bytes / 1e6:,.0f} MB are read; split it or raise max_file_mb"
    return None


def _read_metadata(path: Path, uri: str, root: Path, skipped: dict[str, str]) -> FolderMetadata:
    reason = _why_not(path, root, _MAX_METADATA_BYTES)
    if reason:
        if reason != "is empty":
            skipped[uri] = reason
        return FolderMetadata()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        skipped[uri] = f"is no valid TOML ({error}); mend it and index again"
        return FolderMetadata()
    by_name: dict[str, Facts] = {}
    problems = []
    for name, table in tables.items():
        if not isinstance(table, dict):
            problems.append(f"{name!r} is no table")
            continue
        # An unknown field must not cost the others: one of them may be its group.
        problems += (
            f"{field!r} in {name!r} is none of {', '.join(sorted(_READERS))}" for field in table.keys() - _READERS
        )
        by_name[name] = make_facts(table)
    if problems:
        skipped[uri] = f"{min(problems)}; the rest of it is used"
    return FolderMetadata(by_name.pop(_DEFAULTS, Facts()), by_name)


def make_facts(said: Mapping[str, object]) -> Facts:
    """Return the usable facts of a table: short texts, ISO days, web addresses."""
    return Facts(**{name: read(said.get(name)) for name, read in _READERS.items()})
