"""The container's files: linted, and checked for what would give a way in or out."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.operating.proxies import DEPLOY
from tests.running import ROOT

CONTAINER = DEPLOY / "container"
CONTAINERFILE = CONTAINER / "Containerfile"
COMPOSE = CONTAINER / "compose.yaml"
TOOLS = Path(sys.executable).parent


def tool(name: str) -> str:
    if not (TOOLS / name).exists():
        pytest.skip(f"{name} is not installed")
    return str(TOOLS / name)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_containerfile_passes_its_linter() -> None:
    done = run(tool("hadolint"), str(CONTAINERFILE))

    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_has_the_form_that_its_specification_asks_for() -> None:
    done = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(COMPOSE))

    assert done.returncode == 0, done.stdout


def test_the_server_runs_without_rights_on_a_root_that_cannot_be_written() -> None:
    service = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["footnote"]
    last_stage = CONTAINERFILE.read_text(encoding="utf-8").rsplit("\nFROM ", 1)[1]

    assert service["read_only"] is True
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in service
    assert "ports" not in service, "only the proxy is reached from outside"
    assert "\nUSER 10001:10001\n" in last_stage
    assert "\nHEALTHCHECK " in last_stage


def test_the_proxy_that_is_trusted_is_the_one_of_the_compose_file() -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    trusted = services["footnote"]["environment"]["RAG_TRUSTED_PROXIES"]
    upstream = services["caddy"]["environment"]["FOOTNOTE_UPSTREAM"]

    assert trusted == services["caddy"]["networks"]["front"]["ipv4_address"]
    assert upstream == services["footnote"]["networks"]["front"]["ipv4_address"] + ":8000"


def test_the_image_is_made_of_named_files_only() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {
        name
        for line in CONTAINERFILE.read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }

    assert "*" in lines
    assert copied == kept
    assert all((ROOT / name).exists() for name in kept)
