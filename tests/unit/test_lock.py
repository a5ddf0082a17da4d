"""requirements.lock fits pyproject.toml, and pins every package by its content."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# Each with its continuation lines.
ENTRIES = re.findall(r"^[a-z0-9].*(?:\n    .*)*", LOCK, re.MULTILINE)
PYTHONS = ("3.11", "3.12", "3.13")
REMEDY = "run scripts/lock"


def locked(python: str) -> dict[str, str]:
    """Return the version of each package on Linux with a version of Python."""
    place = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    found = {}
    for entry in ENTRIES:
        requirement = Requirement(entry.split(" \\\n")[0])
        if requirement.marker is None or requirement.marker.evaluate(place):
            assert requirement.name not in found, f"{requirement.name} is locked twice"
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_a_version_that_pyproject_accepts_of_each_dependency(python: str) -> None:
    versions = locked(python)

    wrong = {
        requirement.name: versions.get(canonicalize_name(requirement.name))
        for requirement in wanted()
        if requirement.name != "torch"
        and not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"))
    }

    assert wrong == {}, REMEDY


def test_each_package_is_pinned_with_the_sha256_of_its_files() -> None:
    loose = [
        entry.splitlines()[0]
        for entry in ENTRIES
        if not re.fullmatch(r"[a-z0-9.-]+==\S+(?: ; .+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+", entry)
    ]

    assert len(ENTRIES) > 50
    assert loose == []


def test_the_lock_names_no_place_and_nothing_for_a_graphics_card() -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links", LOCK)
    assert not re.search(r"^(torch|triton|nvidia|cuda)", LOCK, re.MULTILINE)
