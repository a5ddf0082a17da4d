"""Download one file of known size from a model hub.

The bytes collect in a `.partial` file. That is always a beginning of the wanted file, so each run
and each source continues where the last one stopped. This module does not check the bytes.
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from rag.errors import DownloadFailed
from rag.files import hold_lock, require_free_bytes

if TYPE_CHECKING:
    import httpx2

HUB_TIMEOUT_SECONDS = 3.0
NEXT_STEP = "run `rag models pull` to go on from there"
MAKE_ROOM = "make room, or set RAG_MODELS_FOLDER to another disk, then run `rag models pull`"

_MAX_IDLE_TRIES = 3
_READ_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is.

    Attributes:
        stage: `waiting` while another process downloads the same model.
        source: Where the bytes come from, in words; while waiting, the other process.
        done_bytes: Falls if bytes were broken and are downloaded again.
    """

    stage: Literal["waiting", "downloading", "verifying"]
    source: str
    done_bytes: int
    total_bytes: int


Report = Callable[[Progress], None]
ReportDone = Callable[[int], None]


@contextmanager
def hold_download(path: Path, n_bytes: int, report: Report) -> Iterator[None]:
    """Keep other processes from downloading to `path` while the block runs.

    Raises:
        DownloadFailed: The disk could not be written, here or in the block.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_path = path.with_name(f"{path.name}.lock")
        with hold_lock(lock_path, lambda holder: report(Progress("waiting", holder, 0, n_bytes))):
            yield
    except OSError as error:
        raise DownloadFailed(
            f"{path} could not be written: {error.strerror or error}",
            next_step="fix that, then run `rag models pull`",
        ) from error


def hub_has(url: str, size_bytes: int, timeout_seconds: float = HUB_TIMEOUT_SECONDS) -> bool:
    """Say whether the hub answers in time and offers a file of that size."""
    # Imported before the clock starts: it takes half a second.
    import httpx2
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import OfflineModeIsEnabled

    sizes: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            sizes.put(get_hf_file_metadata(url, timeout=timeout_seconds).size)
        except (httpx2.HTTPError, httpx2.InvalidURL, OfflineModeIsEnabled):
            sizes.put(None)

    # A thread, because the system's name lookup has no time-out; behind some firewalls it hangs.
    threading.Thread(target=ask, daemon=True, name="ask-hub").start()
    try:
        return sizes.get(timeout=timeout_seconds) == size_bytes
    except queue.Empty:
        return False


def fetch_from_hub(url: str, partial: Path, size_bytes: int, report_done: ReportDone) -> None:
    """Append what `partial` lacks; after a break, continue there.

    huggingface_hub 2.4 deletes an unfinished file when its own downloads are interrupted, and on
    Ctrl-C it waits until the running ones have ended. So only its session is used.

    Args:
        report_done: Called some times a second with the bytes that `partial` has.

    Raises:
        DownloadFailed: Three tries in a row brought nothing, or the disk is too small.
    """
    import httpx2

    n_missing = size_bytes - length_of(partial)
    require_free_bytes(partial.parent, n_missing, DownloadFailed, MAKE_ROOM)
    longest, n_idle_tries, reason = length_of(partial), 0, "it sent too little"
    while length_of(partial) < size_bytes:
        try:
            _append(url, partial, size_bytes, report_done)
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
        n_idle_tries = 0 if length_of(partial) > longest else n_idle_tries + 1
        longest = max(longest, length_of(partial))
        if n_idle_tries == _MAX_IDLE_TRIES:
            raise DownloadFailed(
                f"the download from {url} broke off at {longest:,} bytes ({reason})",
                next_step=NEXT_STEP,
            )


def length_of(path: Path) -> int:
    """Return the size of a file; 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


@contextmanager
def written_from(path: Path, position: int) -> Iterator[BinaryIO]:
    """Open for writing at a position and cut off what follows; at the end all is on the disk."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(position)
        file.seek(position)
        yield file
        file.flush()
        os.fsync(file.fileno())


def _append(url: str, partial: Path, size_bytes: int, report_done: ReportDone) -> None:
    import httpx2
    from huggingface_hub import get_session, hf_raise_for_status
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, but not in __all__

    start = length_of(partial)
    # Sizes and ranges count the bytes of the file itself.
    headers = build_hf_headers() | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with get_session().stream("GET", url, headers=headers, timeout=_READ_TIMEOUT_SECONDS) as reply:
        hf_raise_for_status(reply)
        offered = _whole_size(reply)
        if offered not in (None, size_bytes):
            raise httpx2.RemoteProtocolError(f"it offers {offered} bytes, expected {size_bytes}")
        if reply.status_code != HTTPStatus.PARTIAL_CONTENT:
            start = 0  # the server does not know ranges and sends the whole file
        with written_from(partial, start) as file:
            # As the blocks come: larger ones would be lost when the connection breaks.
            for block in reply.iter_raw():
                file.write(block[: size_bytes - file.tell()])
                report_done(file.tell())


def _whole_size(reply: "httpx2.Response") -> int | None:
    """Return the size of the whole file, if the reply says it."""
    is_part = reply.status_code == HTTPStatus.PARTIAL_CONTENT
    size = reply.headers.get("Content-Range" if is_part else "Content-Length", "")
    size = size.rpartition("/")[2]
    return int(size) if size.isdecimal() else None
