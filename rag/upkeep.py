"""Keep the index in step with its folder while a server runs: store and remove files, build in a process of its own.

Goes in: files that readers send, changes that the folder shows. Comes out: a generation, which the engine follows. The
build runs as `rag index` beside the server, so that it can be killed and its memory ends with it. One build at a time;
what changes meanwhile is built next.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
from pathlib import Path, PurePosixPath

from watchfiles import awatch

from rag.errors import DocumentRefused
from rag.folders import documents_folder_of
from rag.formats import SUFFIXES
from rag.settings import Settings

_logger = logging.getLogger(__name__)

_SETTLE_MS = 400
_MAX_NAME_BYTES = 200
_FORBIDDEN = frozenset('\\:*?"<>|')


class Upkeep:
    """Stores, removes and indexes documents of one folder."""

    def __init__(self, settings: Settings, *, watches: bool) -> None:
        """Take the settings that say which folder and which index.

        Args:
            watches: Build whenever the folder changes, and at the start.
        """
        self.waiting: dict[str, None] = {}
        self._settings = settings
        self._watches = watches
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def folder(self) -> Path:
        return documents_folder_of(self._settings)

    def start(self) -> None:
        """Begin to build on request, and to watch."""
        self._tasks.append(asyncio.create_task(self._build_on_request()))
        if self._watches:
            self._tasks.append(asyncio.create_task(self._watch()))
            self._wanted.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def store(self, name: str, content: bytes) -> str:
        """Write a document into the folder and have it indexed; return its uri. It is on the disk on return.

        Raises:
            DocumentRefused: The name leads out of the folder or is of no kind that is read; or it cannot be written.
        """
        uri = self._safe_uri(name)
        try:
            await asyncio.to_thread(_write_whole, self.folder / uri, content)
        except OSError as error:
            raise DocumentRefused(f"{uri} cannot be written ({error.strerror}); look at the server's disk") from error
        self._want(uri)
        return uri

    async def remove(self, uri: str) -> None:
        """Delete a document's file and have the index follow; one that is gone already is no error.

        Raises:
            DocumentRefused: It cannot be deleted.
        """
        path = self.folder / uri
        try:
            await asyncio.to_thread(_delete, path)
        except OSError as error:
            raise DocumentRefused(f"{uri} cannot be deleted ({error.strerror}); look at the server's disk") from error
        self._want(uri)

    def _want(self, uri: str) -> None:
        self.waiting[uri] = None
        self._wanted.set()

    def _safe_uri(self, name: str) -> str:
        place = PurePosixPath(name.strip())
        parts = place.parts
        is_plain = all(
            part not in {"..", "/"}
            and not part.startswith(".")
            and len(part.encode()) <= _MAX_NAME_BYTES
            and part.isprintable()
            and not _FORBIDDEN & set(part)
            for part in parts
        )
        if not parts or not is_plain:
            raise DocumentRefused("the name must be a plain relative path such as reports/2026.pdf")
        if place.suffix.lower() not in SUFFIXES:
            raise DocumentRefused(f"{place.suffix or 'a name without an ending'} is no kind of document that is read")
        path = self.folder / place
        if not path.parent.resolve().is_relative_to(self.folder.resolve()):
            raise DocumentRefused("the name leads out of the folder")
        return place.as_posix()

    async def _watch(self) -> None:
        async for _ in awatch(self.folder, step=_SETTLE_MS, recursive=True):
            self._wanted.set()

    async def _build_on_request(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            asked_for = list(self.waiting)
            error = await self._build()
            if error:
                _logger.error("the index was not brought up to date: %s", error)
            for uri in asked_for:
                self.waiting.pop(uri, None)

    async def _build(self) -> str | None:
        """Run `rag index`; return its error."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rag.cli", "--index-folder", str(self._settings.index_folder)),
            *("--models-folder", str(self._settings.models_folder), "index", str(self.folder), "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, errors = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            lines = errors.decode(errors="replace").strip().splitlines()
            return lines[-1].removeprefix("rag: ") if lines else f"rag index ended with {process.returncode}"
        summary = json.loads(out)
        if summary["is_rebuilt"]:
            _logger.info("index %s holds %d documents", summary["index_version"], summary["n_documents"])
        return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.upload")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
