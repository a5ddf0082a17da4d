"""Read Office files of before 2007 (.doc, .ppt): LibreOffice, where it is installed, converts them.

This is the one reader that writes to the disk and starts a program. Both happen in a temporary
folder, which is removed. LibreOffice gets a profile of its own, no environment, no macros, no
updates of links, and, where the system allows it, no network.
"""

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from rag.documents.formats.office.slides.reader import read_slides
from rag.documents.formats.office.word.reader import read_word
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable, ProgramMissing
from rag.types import Parsed

# A new profile ends the first start with this status, which asks for a second one.
_START_AGAIN = 81
_MAX_STARTS = 3
# Below the default of parse_seconds, so that the folder is removed.
_MAX_SECONDS = 100
_PARENT_DEATH_SIGNAL = 1
_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    # A proxy that does not answer.
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def read_old_word(content: bytes, limits: Limits) -> Parsed:
    """Return what `read_word` finds in a .doc file.

    Raises:
        ProgramMissing: LibreOffice is not installed.
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    return read_word(_convert(content, "doc", "docx", limits), limits)


def read_old_slides(content: bytes, limits: Limits) -> Parsed:
    """Return what `read_slides` finds in a .ppt file.

    Raises:
        ProgramMissing: LibreOffice is not installed.
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    return read_slides(_convert(content, "ppt", "pptx", limits), limits)


def _convert(content: bytes, old: str, new: str, limits: Limits) -> bytes:
    program = _find_program()
    if program is None:
        raise ProgramMissing(
            f"is a .{old} file of before 2007, and LibreOffice, which converts it, is not installed",
            next_step=f"install LibreOffice so that `soffice` is on the PATH, or save the file as .{new}",
        )
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / f"document.{old}").write_bytes(content)
        _write_profile(folder / "profile")
        _run(program, folder, new, limits)
        converted = folder / "converted" / f"document.{new}"
        if not converted.is_file():
            raise DocumentUnreadable(
                "cannot be converted (it is damaged or has a password)", next_step=f"save it as .{new}"
            )
        return converted.read_bytes()


def _find_program() -> str | None:
    """Return the path of LibreOffice's program, without the scripts that start it if possible."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        return None
    program = Path(found).resolve().with_name("soffice.bin")
    return str(program) if os.access(program, os.X_OK) else found


def _write_profile(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )


def _run(program: str, folder: Path, new: str, limits: Limits) -> None:
    """Convert the document in a folder; what LibreOffice prints is dropped."""
    command = [
        program,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--nologo", "--norestore", "--nolockcheck", "--nodefault", "--convert-to", new),
        *("--outdir", str(folder / "converted"), *(str(path) for path in folder.glob("document.*"))),
    ]
    environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    for _ in range(_MAX_STARTS):
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=environment,
                timeout=_MAX_SECONDS,
                check=False,
                preexec_fn=_confine(limits.max_unpacked_bytes),
            )
        except subprocess.TimeoutExpired as error:
            raise DocumentUnreadable(
                f"takes longer than {_MAX_SECONDS} s to convert", next_step=f"split it, or save it as .{new}"
            ) from error
        if done.returncode != _START_AGAIN:
            return


def _confine(max_file_bytes: int) -> Callable[[], None]:
    """Return what a started program does first: it ends with its parent and has no network."""
    library = ctypes.CDLL(None)

    def confine() -> None:
        with contextlib.suppress(AttributeError):
            library.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
            # Fails where the system does not let users make namespaces; the settings hold then.
            library.unshare(_NEW_USER_AND_NETWORK)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))

    return confine
