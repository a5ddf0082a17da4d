"""Keep the index in step with its folder while a server runs: store and remove files, build in a process of its own.

Goes in: files that readers send, changes that the folder shows. Comes out: a version, which the engine follows. The
build runs as `rag index` beside the server, so that it can be killed and its memory ends with it. One build at a time;
what changes meanwhile is built next.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
from pathlib import Path, PurePosixPath

from watchfiles import Change, awatch

from rag.assembly.folders import documents_folder_of
from rag.assembly.settings import Settings
from rag.documents.formats import SUFFIXES
from rag.documents.scan import path_of
from rag.errors import BuildFailed, DocumentRefused
from rag.files import sync

_logger = logging.getLogger(__name__)

_SETTLE_MS = 400
_SECONDS_TO_RETRY = 3.0
_MOST_SECONDS_TO_RETRY = 60.0
_MS_BETWEEN_LOOKS = 2000
_MAX_NAME_BYTES = 200
_FORBIDDEN = frozenset('\\:*?"<>|')


class Upkeep:
    """Stores, removes and indexes documents of one folder."""

    def __init__(self, settings: Settings, *, watches: bool) -> None:
        """Take the settings that say which folder and which index.

        Args:
            watches: Build whenever the folder changes, and at the start.
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
        """Return the uris of changes that the version of that version, which serves now, does not hold yet."""
        self._waiting = {uri: built for uri, built in self._waiting.items() if built != version}
        return set(self._waiting)

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
            raise DocumentRefused(
                f"{uri} cannot be written ({error.strerror})", next_step="look at the server's disk"
            ) from error
        self._want(uri)
        return uri

    async def remove(self, uri: str) -> None:
        """Delete a document's file and have the index follow; one that is gone already is no error.

        Raises:
            DocumentRefused: It cannot be deleted.
        """
        try:
            await asyncio.to_thread(_delete, uri, self.folder)
        except OSError as error:
            raise DocumentRefused(
                f"{uri} cannot be deleted ({error.strerror})", next_step="look at the server's disk"
            ) from error
        self._want(uri)

    def _want(self, uri: str) -> None:
        self._waiting[uri] = None
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
        index_folder = self._settings.index_folder.resolve()

        def is_document(_: Change, path: str) -> bool:
            place = Path(path)
            # A build writes into the index, and an upload into a hidden file first.
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
                    # Where the folder was replaced, it is the old one that is still watched.
                    if self.folder.stat().st_ino != watched:
                        break
            except* RuntimeError:
                # What watchfiles raises where a name is not UTF-8: something has changed, and it must begin anew.
                await asyncio.sleep(_SETTLE_MS / 1000)
            except* OSError as errors:
                _logger.error("%s is not watched: %s", self.folder, errors.exceptions[0])  # noqa: TRY400 -- the line says it
                await asyncio.sleep(_MOST_SECONDS_TO_RETRY)
            self._wanted.set()

    async def _build_on_request(self) -> None:
        told, seconds = "", _SECONDS_TO_RETRY
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            asked_for = list(self._waiting)
            try:
                version = await self._build()
            except BuildFailed as error:
                if str(error) != told:
                    told = str(error)
                    _logger.error("the index was not brought up to date: %s", told)  # noqa: TRY400 -- the line says it
                # Another build may be under way, or the disk full; what has changed is still to be indexed.
                await asyncio.sleep(seconds)
                seconds = min(2 * seconds, _MOST_SECONDS_TO_RETRY)
                self._wanted.set()
                continue
            told, seconds = "", _SECONDS_TO_RETRY
            self._waiting.update(dict.fromkeys(asked_for, version))

    async def _build(self) -> str:
        """Run `rag index`; return the version that serves then.

        Raises:
            BuildFailed: It ended with an error.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rag.cli.main", "--index-folder", str(self._settings.index_folder)),
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
            raise BuildFailed(
                lines[-1].removeprefix("rag: ") if lines else f"rag index ended with {process.returncode}"
            )
        return str(json.loads(out)["index_version"])


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all."""
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name is a secret of this upload's own: another of the same document may come at the same time.
    temporary = path.with_name(f".{secrets.token_hex(8)}.upload")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    for folder in (path.parent, *(folder.parent for folder in made)):
        sync(folder)


def _delete(uri: str, folder: Path) -> None:
    path = path_of(uri, folder)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        sync(path.parent)
