import os
import stat
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.index.embedding_log import EmbeddingLog

VECTORS = np.arange(6, dtype=np.float16).reshape(2, 3)


def write(path: Path, keys: str) -> None:
    with closing(EmbeddingLog(path, "recipe")) as log:
        log.add({key.encode(): VECTORS + ord(key) for key in keys})


def keys_in(path: Path, recipe: str = "recipe") -> str:
    with closing(EmbeddingLog(path, recipe)) as log:
        return "".join(sorted(key.decode() for key in log.keys))


def test_vectors_come_back_by_their_keys(tmp_path: Path) -> None:
    write(tmp_path / "log", "ab")
    write(tmp_path / "log", "c")

    with closing(EmbeddingLog(tmp_path / "log", "recipe")) as log:
        assert log.keys == {b"a", b"b", b"c"}
        assert np.array_equal(log.block(b"b"), VECTORS + ord("b"))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_log_that_was_cut_off_gives_whole_records_only_and_can_be_added_to(tmp_path: Path, share: float) -> None:
    path = tmp_path / "log"
    write(path, "abc")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])

    with closing(EmbeddingLog(path, "recipe")) as log:
        assert all(np.array_equal(log.block(key), VECTORS + key[0]) for key in log.keys)
        assert log.keys <= {b"a", b"b", b"c"}
    write(path, "d")
    assert "d" in keys_in(path)


def test_no_record_with_a_damaged_byte_is_used(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, "abc")
    whole = path.read_bytes()
    n_read = []
    for position in range(0, len(whole), 97):
        broken = bytearray(whole)
        broken[position] ^= 1
        path.write_bytes(broken)
        with closing(EmbeddingLog(path, "recipe")) as log:
            assert all(np.array_equal(log.block(key), VECTORS + key[0]) for key in log.keys)
            n_read.append(len(log.keys))
    # Most bytes of so small a log belong to no record.
    assert {2, 3} <= set(n_read)


def test_a_log_of_another_recipe_is_empty(tmp_path: Path) -> None:
    write(tmp_path / "log", "a")

    assert keys_in(tmp_path / "log", "another") == ""


def test_a_deleted_log_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path / "log", "a")

    EmbeddingLog(tmp_path / "log", "recipe").delete()

    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_can_read_a_log(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        EmbeddingLog(tmp_path / "log", "r").close()
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
