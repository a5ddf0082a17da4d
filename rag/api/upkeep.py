"""Keep the index in step with its folder while a server runs: store, remove and index documents.

A build runs as `rag index` in a process of its own, so it can be killed and its memory is freed.
One build runs at a time; later changes are in the next one.
"""

import asyncio
import contextlib
import itertools
import json
import logging
import sys
import time
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from watchfiles import Change, awatch

from rag.api.telemetry.logs import log_event
from rag.assembly.folders import documents_folder_of
from rag.assembly.settings import Settings
from rag.documents.formats import SUFFIXES
from rag.documents.placing import delete, write_whole
from rag.documents.scan import path_of
from rag.errors import BuildFailed, DocumentRefused

_logger = logging.getLogger(__name__)

_SETTLE_MS = 400
_SECONDS_TO_RETRY = 3.0
_MOST_SECONDS_TO_RETRY = 60.0
_MS_BETWEEN_LOOKS = 2000
_MAX_NAME_BYTES = 200
# Half of what Linux allows a path, and far from what makes tools that walk folders slow.
_MAX_URI_BYTES = 2000
_MAX_FOLDERS = 50
_FORBIDDEN = frozenset('\\:*?"<>|')


class Upkeep:
    """Stores, removes and indexes documents of one folder."""

    def __init__(self, settings: Settings, *, watches: bool) -> None:
        """Take the settings.

        Args:
            watches: Build at the start and whenever the folder changes.
        """
        self._waiting: dict[str, str | None] = {}
        self._settings = settings
        self._watches = watches
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def folder(self) -> Path:
        return documents_folder_of(self._settings)

    def waiting(self, version: str) -> set[str]:
        """Return the uris of changes that a version, which serves now, does not hold yet."""
        self._waiting = {uri: built for uri, built in self._waiting.items() if built != version}
        return set(self._waiting)

    def start(self) -> None:
        """Start to build on request, and to watch."""
        self._tasks.append(asyncio.create_task(self._build_on_request()))
        if self._watches:
            self._tasks.append(asyncio.create_task(self._watch()))
            self._wanted.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def store(self, name: str, content: BinaryIO) -> str:
        """Write a document into the folder, synced, and request a build; return its uri.

        Raises:
            DocumentRefused: The name leads out of the folder or has an unknown ending, or the file
                cannot be written.
        """
        folder = await asyncio.to_thread(lambda: self.folder)
        uri = await asyncio.to_thread(_safe_uri, name, folder)
        try:
            await asyncio.to_thread(write_whole, folder, folder / uri, content)
        except OSError as error:
            raise DocumentRefused(
                f"{uri} cannot be written ({error.strerror})", next_step="look at the server's disk"
            ) from error
        log_event(_logger, "a document was stored", document=uri)
        self._want(uri)
        return uri

    async def remove(self, uri: str) -> None:
        """Delete a document's file and request a build; a missing file is no error.

        Raises:
            DocumentRefused: It cannot be deleted.
        """
        try:
            await asyncio.to_thread(lambda: delete(self.folder, path_of(uri, self.folder)))
        except OSError as error:
            raise DocumentRefused(
                f"{uri} cannot be deleted ({error.strerror})", next_step="look at the server's disk"
            ) from error
        log_event(_logger, "a document was removed", document=uri)
        self._want(uri)

    def _want(self, uri: str) -> None:
        self._waiting[uri] = None
        self._wanted.set()

    async def _watch(self) -> None:
        index_folder = self._settings.index_folder.resolve()

        def is_document(_: Change, path: str) -> bool:
            place = Path(path)
            # A build writes into the index, an upload first into a hidden file.
            return not place.name.startswith(".") and not place.resolve().is_relative_to(index_folder)

        while True:
            try:
                watched = self.folder.stat().st_ino
                changes = awatch(
                    *(self.folder,),
                    watch_filter=is_document,
                    step=_SETTLE_MS,
                    rust_timeout=_MS_BETWEEN_LOOKS,
                    yield_on_timeout=True,
                )
                async for change in changes:
                    if change:
                        self._wanted.set()
                    # If the folder was replaced, the old one is still watched.
                    if self.folder.stat().st_ino != watched:
                        break
            except* RuntimeError:
                # watchfiles stops at a name that is not UTF-8, which is a change too.
                await asyncio.sleep(_SETTLE_MS / 1000)
            except* OSError as errors:
                _logger.error("%s is not watched: %s", self.folder, errors.exceptions[0])  # noqa: TRY400 -- one line
                await asyncio.sleep(_MOST_SECONDS_TO_RETRY)
            self._wanted.set()

    async def _build_on_request(self) -> None:
        last_error, seconds = "", _SECONDS_TO_RETRY
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            asked_for = list(self._waiting)
            began = time.monotonic()
            try:
                version = await self._build()
            except BuildFailed as error:
                if str(error) != last_error:
                    last_error = str(error)
                    _logger.error("the index was not updated: %s", last_error)  # noqa: TRY400 -- one line
                # Another build may be running, or the disk may be full. Try again.
                await asyncio.sleep(seconds)
                seconds = min(2 * seconds, _MOST_SECONDS_TO_RETRY)
                self._wanted.set()
                continue
            last_error, seconds = "", _SECONDS_TO_RETRY
            log_event(_logger, "the index was updated", index=version, seconds=round(time.monotonic() - began, 1))
            self._waiting.update(dict.fromkeys(asked_for, version))

    async def _build(self) -> str:
        """Run `rag index` and return the live version.

        Raises:
            BuildFailed: It ended with an error.
        """
        options = {
            "--index-folder": str(self._settings.index_folder),
            "--models-folder": str(self._settings.models_folder),
            # The collection, whose settings decide how files are read.
            **self._settings.options,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rag.cli.main", *itertools.chain.from_iterable(options.items())),
            *("index", str(self.folder), "--json"),
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
            raise BuildFailed(
                lines[-1].removeprefix("rag: ") if lines else f"rag index ended with {process.returncode}"
            )
        return str(json.loads(out)["index_version"])


def _safe_uri(name: str, folder: Path) -> str:
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
    if len(parts) > _MAX_FOLDERS + 1 or len(place.as_posix().encode()) > _MAX_URI_BYTES:
        raise DocumentRefused(
            f"the name has {len(parts) - 1} folders and {len(place.as_posix().encode()):,} bytes",
            next_step=f"send one with at most {_MAX_FOLDERS} folders and {_MAX_URI_BYTES:,} bytes",
        )
    if place.suffix.lower() not in SUFFIXES:
        raise DocumentRefused(
            f"{place.suffix or 'a name without an ending'} is not a type of document to read",
            next_step=f"send one of {', '.join(sorted(SUFFIXES))}",
        )
    path = folder / place
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise DocumentRefused("the name leads out of the folder", next_step="send a name inside it")
    return place.as_posix()
