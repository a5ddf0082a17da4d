"""The systemd units of deploy/ are valid, confined, and leave the server the time that it needs to stop."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rag.assembly.settings import Settings
from tests.operating.proxies import DEPLOY

UNITS = DEPLOY / "systemd"
SERVICE = UNITS / "footnote@.service"
# systemd's exposure in tenths; a service without any of these settings has 96.
MAX_EXPOSURE = 20
ANALYZE = shutil.which("systemd-analyze") or ""
needs_systemd = pytest.mark.skipif(not ANALYZE, reason="systemd is not installed")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they would lie in /etc/systemd/system, with a program that is here."""
    shutil.copy(UNITS / "footnote.socket", tmp_path)
    text = SERVICE.read_text(encoding="utf-8")
    assert "ExecStart=/opt/footnote/.venv/bin/rag serve " in text
    (tmp_path / SERVICE.name).write_text(text.replace("/opt/footnote/.venv/bin/rag", "/bin/true"), encoding="utf-8")
    return tmp_path


@needs_systemd
def test_systemd_accepts_the_units_without_a_word(installed: Path) -> None:
    units = [str(installed / name) for name in ("footnote.socket", SERVICE.name)]

    done = subprocess.run([ANALYZE, "verify", *units], capture_output=True, text=True, check=False)

    assert (done.returncode, [line for line in done.stderr.splitlines() if "footnote" in line]) == (0, [])


@needs_systemd
def test_the_service_is_confined(installed: Path) -> None:
    options = ("--offline=true", f"--threshold={MAX_EXPOSURE}", "--no-pager")

    done = subprocess.run(
        [ANALYZE, "security", *options, str(installed / SERVICE.name)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_it_is_not_killed_while_answers_end() -> None:
    settings = Settings()
    values = dict(re.findall(r"^(\w+)=(\d+)$", SERVICE.read_text(encoding="utf-8"), re.MULTILINE))

    assert int(values["TimeoutStopSec"]) > settings.drain_seconds + 10
    # Files, sockets and the index need some more.
    assert int(values["LimitNOFILE"]) >= 2 * settings.max_connections


def test_a_reload_sends_the_signal_at_which_settings_are_read_again() -> None:
    assert "\nExecReload=/bin/kill -HUP $MAINPID\n" in SERVICE.read_text(encoding="utf-8")
