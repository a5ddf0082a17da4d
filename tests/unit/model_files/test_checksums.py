"""A file is hashed once, whether it is right or damaged, until it changes."""

import hashlib
import os
from pathlib import Path

import pytest

from rag.errors import ModelCorrupt
from rag.model_files.checksums import is_verified, verify_file

RIGHT = hashlib.sha256(b"right").hexdigest()


def verify(file: Path, reads: list[int]) -> None:
    verify_file(file, RIGHT, file.with_suffix(".verified"), "pull it again", reads.append)


@pytest.mark.parametrize("content", [b"right", b"wrong"])
def test_a_file_is_read_once_until_it_changes(tmp_path: Path, content: bytes) -> None:
    file, reads = tmp_path / "model", list[int]()
    file.write_bytes(content)

    for _ in range(2):
        if content == b"right":
            verify(file, reads)
        else:
            with pytest.raises(ModelCorrupt, match="pull it again"):
                verify(file, reads)
    assert reads == [5]

    file.write_bytes(b"right")
    os.utime(file, ns=(1, 1))
    verify(file, reads)
    assert reads == [5, 5]


def test_only_a_right_file_counts_as_verified(tmp_path: Path) -> None:
    file, record = tmp_path / "model", tmp_path / "model.verified"
    file.write_bytes(b"wrong")
    with pytest.raises(ModelCorrupt):
        verify(file, [])

    assert record.exists()
    assert not is_verified(file, RIGHT, record)


@pytest.mark.parametrize("content", ["", "[]", '{"sha256": 5}', '{"sha256": "x"}'])
def test_a_damaged_record_is_as_none(tmp_path: Path, content: str) -> None:
    file, reads = tmp_path / "model", list[int]()
    file.write_bytes(b"right")
    file.with_suffix(".verified").write_text(content)

    verify(file, reads)

    assert reads == [5]
