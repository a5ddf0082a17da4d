"""Copy a fake site in one line."""

import tomllib
from pathlib import Path
from typing import Any

from rag.sites.copying import copy_source
from rag.sites.pages.addresses import clean_address
from rag.sites.pages.store import SiteStore
from rag.sites.results import Kind, RunSummary, Source
from tests.fake_site import FakeTime, resolve_to_loopback


def copy(
    address: str,
    folder: Path,
    kind: Kind = "site",
    *,
    time: FakeTime | None = None,
    max_bytes: int = 1_000_000,
    **more: Any,
) -> RunSummary:
    earlier = SiteStore(folder).source
    usual = {
        "depth": 5,
        "is_private_allowed": True,
        "pages_a_second": 1000.0,
        "home": earlier.home if earlier else None,
    }
    source = Source(clean_address(address) or "", kind, **{**usual, **more})
    return copy_source(
        source,
        folder,
        lambda _done, _known: None,
        resolver=resolve_to_loopback,
        clock=(time or FakeTime()).clock(),
        max_bytes=max_bytes,
    )


def paths(folder: Path) -> list[str]:
    """Return the visible files of a folder but the metadata."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if path.name != "metadata.toml" and not any(part.startswith(".") for part in path.parts)
    )


def links(folder: Path) -> dict[str, str]:
    """Return the published address by file, as the metadata says it."""
    return {
        (file.parent.relative_to(folder) / name).as_posix(): table["link"]
        for file in folder.rglob("metadata.toml")
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }
