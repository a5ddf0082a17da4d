"""Only the very file that was indexed is handed out, and only from the folder that was indexed."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rag.api.routes.originals import find_original
from rag.errors import OriginalGone, OriginalNotServed
from rag.types import FileEntry

CONTENT = b"%PDF-1.7 words"
DOCUMENT = FileEntry(
    uri="reports/a.pdf",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    id="0123456789abcdef",
    title="A",
    media_type="application/pdf",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs/reports").mkdir(parents=True)
    (tmp_path / "docs/reports/a.pdf").write_bytes(CONTENT)
    (tmp_path / "secret.pdf").write_bytes(CONTENT)
    return tmp_path / "docs"


def test_the_file_that_was_indexed_is_found(folder: Path) -> None:
    assert find_original(DOCUMENT, folder) == folder.resolve() / "reports/a.pdf"


def test_a_file_that_has_changed_is_refused_even_at_the_same_size_and_time(folder: Path) -> None:
    path = folder / "reports/a.pdf"
    before = path.stat()
    find_original(DOCUMENT, folder)
    path.write_bytes(CONTENT.upper())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(OriginalGone, match="has changed since it was indexed; run `rag index`"):
        find_original(DOCUMENT, folder)


def test_a_file_that_is_gone_is_said_to_be_gone(folder: Path) -> None:
    (folder / "reports/a.pdf").unlink()

    with pytest.raises(OriginalGone, match="is gone since it was indexed; run `rag index`"):
        find_original(DOCUMENT, folder)


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "text/plain", "application/PDF", ""])
def test_files_of_other_kinds_are_not_handed_out(folder: Path, media_type: str) -> None:
    with pytest.raises(OriginalNotServed, match="GET /documents/0123456789abcdef shows the text"):
        find_original(replace(DOCUMENT, media_type=media_type), folder)


@pytest.mark.parametrize(
    "uri", ["../secret.pdf", "reports/../../secret.pdf", "/etc/passwd", "reports", ".", "", "a\0b"]
)
def test_a_path_that_leads_out_of_the_folder_or_to_no_file_finds_nothing(folder: Path, uri: str) -> None:
    with pytest.raises(OriginalGone):
        find_original(replace(DOCUMENT, uri=uri), folder)


def test_the_absolute_path_of_a_file_outside_finds_nothing(folder: Path) -> None:
    with pytest.raises(OriginalGone):
        find_original(replace(DOCUMENT, uri=str(folder.parent / "secret.pdf")), folder)


@pytest.mark.parametrize("link", ["reports/a.pdf", "reports"])
def test_a_link_out_of_the_folder_is_not_followed_whatever_it_leads_to(folder: Path, link: str) -> None:
    (folder / "reports").rename(folder.parent / "elsewhere")
    target = folder.parent / "elsewhere"
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(target / "a.pdf" if link.endswith(".pdf") else target)

    with pytest.raises(OriginalGone):
        find_original(DOCUMENT, folder)


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "b.pdf").symlink_to("reports/a.pdf")

    assert find_original(replace(DOCUMENT, uri="b.pdf"), folder) == folder.resolve() / "reports/a.pdf"


def test_a_pipe_in_place_of_the_file_is_not_opened(folder: Path) -> None:
    (folder / "reports/a.pdf").unlink()
    os.mkfifo(folder / "reports/a.pdf")

    with pytest.raises(OriginalGone):
        find_original(DOCUMENT, folder)


def test_a_name_that_is_not_utf8_is_found_by_its_uri(folder: Path) -> None:
    odd = folder / os.fsdecode(b"caf\xe9.pdf")
    odd.write_bytes(CONTENT)

    assert find_original(replace(DOCUMENT, uri="caf\\xe9.pdf"), folder).name == odd.name
