"""Files that clients send are copied piece by piece, and are there whole or not at all."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from rag.api.upkeep import Upkeep
from rag.assembly.settings import Settings
from rag.documents.placing import delete, write_whole

MOST_AT_ONCE = 1 << 20


class Upload(io.BytesIO):
    """Notes how much is read at once; fails after so many bytes."""

    def __init__(self, content: bytes, fails_after: int | None = None) -> None:
        super().__init__(content)
        self.n_read: list[int] = []
        self.fails_after = fails_after

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.n_read.append(len(piece))
        if self.fails_after is not None and sum(self.n_read) > self.fails_after:
            raise OSError(28, "No space left on device")
        return piece


def store(folder: Path, name: str, *uploads: BinaryIO) -> Sequence[str | BaseException]:
    upkeep = Upkeep(Settings(documents_folder=folder), watches=False)

    async def store_all() -> Sequence[str | BaseException]:
        return await asyncio.gather(*(upkeep.store(name, upload) for upload in uploads), return_exceptions=True)

    return asyncio.run(store_all())


def test_an_upload_is_never_whole_in_memory(tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 500_000
    upload = Upload(content)

    stored = store(tmp_path, "a.txt", upload)

    assert stored == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == content
    assert max(upload.n_read) <= MOST_AT_ONCE < len(content)


def test_an_upload_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")

    (failure,) = store(tmp_path, "a.txt", Upload(b"x" * 5_000_000, fails_after=3_000_000))

    assert str(failure).startswith("a.txt cannot be written (No space left on device)")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "before"}


@pytest.mark.parametrize("_", range(5))
def test_uploads_of_one_name_at_the_same_time_do_not_mix(tmp_path: Path, _: int) -> None:
    uploads = [Upload(letter * 2_000_000) for letter in (b"a", b"b", b"c")]

    stored = store(tmp_path, "new/deep/a.txt", *uploads)

    (path,) = (tmp_path / "new" / "deep").iterdir()
    content = path.read_bytes()
    assert stored == ["new/deep/a.txt"] * 3
    assert (path.name, content) == ("a.txt", content[:1] * 2_000_000)


@pytest.mark.parametrize("name", ["d/" * 51 + "a.txt", f"{'long' * 45}/" * 12 + "a.txt"], ids=["deep", "long"])
def test_a_path_that_is_too_deep_or_too_long_is_refused(tmp_path: Path, name: str) -> None:
    (failure,) = store(tmp_path, name, Upload(b"Words."))

    assert "send one with at most 50 folders and 2,000 bytes" in str(failure)
    assert list(tmp_path.iterdir()) == []


def test_the_deepest_path_that_is_allowed_is_stored(tmp_path: Path) -> None:
    name = "d/" * 50 + "a.txt"

    assert store(tmp_path, name, Upload(b"Words.")) == [name]
    assert (tmp_path / name).read_bytes() == b"Words."


def test_nothing_is_written_through_a_folder_that_becomes_a_link(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "docs"
    outside.mkdir()
    folder.mkdir()
    (folder / "sub").symlink_to(outside)

    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        write_whole(folder, folder / "sub" / "a.txt", Upload(b"Words."))

    assert list(outside.iterdir()) == []


def test_nothing_is_deleted_through_a_folder_that_becomes_a_link(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "docs"
    outside.mkdir()
    folder.mkdir()
    (outside / "a.txt").write_text("Words.")
    (folder / "sub").symlink_to(outside)

    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        delete(folder, folder / "sub" / "a.txt")

    assert (outside / "a.txt").exists()
