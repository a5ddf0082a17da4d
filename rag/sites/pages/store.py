"""Keep the pages of one source: a folder of files, their links, and a log of what is known of them.

The log has one JSON object a line, the last one of a page wins, and a line that was cut off by a
crash is left out. A page is written before its line, so each line describes a file that is whole.
"""

import contextlib
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Self

from rag.documents.scan import METADATA_FILE
from rag.errors import SiteUnreadable
from rag.files import create_private, hold_lock, sync
from rag.sites.pages.names import is_below, name_file
from rag.sites.results import Source

STATE_FILE = ".footnote-site.jsonl"
_PRIVATE_FOLDER = 0o700
_LOCK_FILE = ".footnote-site.lock"
_HEAD = "# Written by `rag add` at each run. Tags and groups of these pages: see the folder above.\n"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page that has a file.

    Attributes:
        key: Its address without what does not matter; see `key_of`.
        address: Where it is published.
        file: Path below the folder of the source.
        run: The number of the run that saw it last.
    """

    key: str
    address: str
    file: str
    sha256: str
    text_hash: str
    depth: int
    run: int
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class LastRun:
    """The run that began last.

    Attributes:
        ended: Seconds since 1970; None if it was broken off.
        n_failed: Number of pages that it could not read.
        error: Why it brought nothing, if that is so.
    """

    number: int
    began: float
    ended: float | None = None
    n_failed: int = 0
    error: str | None = None


class SiteStore:
    """The folder of one source, open for one process.

    Use `open_site`, which holds the lock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.last_run, self._pages = _read_state(folder / STATE_FILE)
        self._log: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._log:
            self._log.close()
            self._log = None

    @property
    def pages(self) -> Mapping[str, StoredPage]:
        """The pages by key, in the order in which they were first seen."""
        return self._pages

    def set_source(self, source: Source) -> None:
        self.source = source
        self._append({"source": asdict(source)})

    def set_run(self, run: LastRun) -> None:
        self.last_run = run
        self._append({"run": asdict(run)})

    def read(self, page: StoredPage) -> bytes | None:
        """Return the content of a page's file; None if it is gone or another program changed it."""
        try:
            content = (self.folder / page.file).read_bytes()
        except OSError:
            return None
        return content if hash_content(content) == page.sha256 else None

    def choose_file(self, key: str, address: str, suffix: str) -> str:
        """Return the path for a page; it keeps its file if the kind is the same."""
        known = self._pages.get(key)
        if known and PurePosixPath(known.file).suffix == suffix:
            return known.file
        return name_file(address, suffix, {page.file for page in self._pages.values() if page.key != key})

    def save(self, page: StoredPage, content: bytes) -> None:
        """Write a page whole, then note it; a file that it had under another name goes."""
        known = self._pages.get(page.key)
        path = self.folder / page.file
        path.parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
        _write_whole(path, content)
        self.note(page)
        if known and known.file != page.file:
            self._delete_file(known.file)

    def note(self, page: StoredPage) -> None:
        """Note what is known of a page whose file stays."""
        self._pages[page.key] = page
        self._append({"page": asdict(page)})

    def remove(self, key: str) -> None:
        """Delete the file of a page, and forget the page."""
        page = self._pages.pop(key)
        self._delete_file(page.file)
        self._append({"gone": key})

    def write_links(self) -> list[Path]:
        """Write the published address of each page into the metadata of its folder.

        Returns:
            The metadata files that a person wrote; they stay as they are.
        """
        theirs = []
        entries: defaultdict[Path, list[tuple[str, str]]] = defaultdict(list)
        for page in self._pages.values():
            file = PurePosixPath(page.file)
            entries[self.folder / file.parent].append((file.name, page.address))
        for folder in self._folders() - entries.keys():
            if _is_ours(folder / METADATA_FILE):
                (folder / METADATA_FILE).unlink()
        for folder, named in entries.items():
            folder.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
            # A JSON string of ASCII is one of TOML too.
            tables = (
                f"\n[{json.dumps(name, ensure_ascii=False)}]\nlink = {json.dumps(link)}\n"
                for name, link in sorted(named)
            )
            content = (_HEAD + "".join(tables)).encode()
            path = folder / METADATA_FILE
            if path.exists() and not _is_ours(path):
                theirs.append(path)
            elif not path.exists() or path.read_bytes() != content:
                _write_whole(path, content)
        self._drop_empty_folders()
        return theirs

    def compact(self) -> None:
        """Write the log anew, with one line a page."""
        lines: list[dict[str, Any]] = []
        if self.source:
            lines.append({"source": asdict(self.source)})
        if self.last_run:
            lines.append({"run": asdict(self.last_run)})
        lines += ({"page": asdict(page)} for page in self._pages.values())
        if self._log:
            self._log.close()
            self._log = None
        partial = _write_partial(self.folder / STATE_FILE, b"".join(map(_line, lines)))
        sync(partial)
        partial.replace(self.folder / STATE_FILE)

    def delete_all(self) -> None:
        """Delete all pages and all that was written beside them; other files stay."""
        self.__exit__()
        for page in self._pages.values():
            self._delete_file(page.file)
        self._pages.clear()
        for folder in self._folders():
            if _is_ours(folder / METADATA_FILE):
                (folder / METADATA_FILE).unlink()
        for name in (STATE_FILE, _LOCK_FILE):
            (self.folder / name).unlink(missing_ok=True)
        self._drop_empty_folders()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _append(self, entry: dict[str, Any]) -> None:
        if self._log is None:
            create_private(self.folder / STATE_FILE)
            _mend_end(self.folder / STATE_FILE)
            # Without a buffer: each line is in the file once this returns.
            self._log = (self.folder / STATE_FILE).open("ab", buffering=0)
        self._log.write(_line(entry))

    def _delete_file(self, file: str) -> None:
        (self.folder / file).unlink(missing_ok=True)

    def _folders(self) -> set[Path]:
        return {self.folder, *(Path(folder) for folder, _, _ in os.walk(self.folder))}

    def _drop_empty_folders(self) -> None:
        for folder in sorted(self._folders() - {self.folder}, reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def open_site(folder: Path) -> Iterator[SiteStore]:
    """Open the folder of a source, made if it is missing, while no other process does.

    Raises:
        SiteUnreadable: Another process reads the source, or the folder cannot be written.
    """

    def report_busy(holder: str) -> None:
        raise SiteUnreadable(f"{folder} is being written by {holder}", next_step="wait for it, or stop it")

    try:
        folder.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with hold_lock(folder / _LOCK_FILE, report_busy), SiteStore(folder) as store:
            yield store
    except OSError as error:
        raise SiteUnreadable(
            f"{error.filename or folder} cannot be written ({error.strerror or error})",
            next_step="fix that, then run the command again to continue",
        ) from error


def hash_content(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_state(path: Path) -> tuple[Source | None, LastRun | None, dict[str, StoredPage]]:
    source: Source | None = None
    run: LastRun | None = None
    pages: dict[str, StoredPage] = {}
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        # One that was cut off, or that a later version wrote, costs that line alone.
        with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
            entry = json.loads(line)
            if "source" in entry:
                source = Source(**entry["source"])
            elif "run" in entry:
                run = LastRun(**entry["run"])
            elif "gone" in entry:
                del pages[entry["gone"]]
            else:
                page = StoredPage(**entry["page"])
                if is_below(page.file):
                    pages[page.key] = page
    return source, run, pages


def _mend_end(path: Path) -> None:
    """End a last line that a crash cut off, so that the next one stands alone."""
    if path.is_file() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_HEAD)) == _HEAD.encode()
    except OSError:
        return False


def _write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step; readers see the old one or the new one.

    After a power cut the new one may be empty; its hash then differs, and it is fetched again.
    """
    _write_partial(path, content).replace(path)


def _write_partial(path: Path, content: bytes) -> Path:
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    # The site may be one that only its owner's readers see.
    create_private(partial)
    partial.write_bytes(content)
    return partial
