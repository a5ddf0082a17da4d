from pathlib import Path

import numpy as np

from rag.index.embedding_log import EmbeddingLog, read_log, read_vectors

VECTORS = np.arange(6, dtype=np.float16).reshape(2, 3)


def write(path: Path, keys: str, start: int = 0) -> None:
    with EmbeddingLog(path, "recipe", start) as log:
        for key in keys:
            log.append(key.encode() * 16, VECTORS)


def keys_in(path: Path, recipe: str = "recipe") -> str:
    return "".join(record.key[:1].decode() for record in read_log(path, recipe))


def test_records_come_back_in_order(tmp_path: Path) -> None:
    write(tmp_path / "log", "ab")

    records = list(read_log(tmp_path / "log", "recipe"))

    assert [record.key for record in records] == [b"a" * 16, b"b" * 16]
    with (tmp_path / "log").open("rb") as log:
        assert np.array_equal(read_vectors(log, records[1].place), VECTORS)
    assert records[-1].end == (tmp_path / "log").stat().st_size


def test_a_log_cut_anywhere_gives_the_records_before_the_cut_and_goes_on_after_them(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, "abc")
    whole = path.read_bytes()
    ends = [record.end for record in read_log(path, "recipe")]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        n_whole = sum(end <= length for end in ends)
        assert keys_in(path) == "abc"[:n_whole]
    write(path, "d", ends[1])
    assert keys_in(path) == "abd"


def test_a_damaged_byte_ends_the_reading_before_its_record(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, "abc")
    whole = path.read_bytes()
    ends = [record.end for record in read_log(path, "recipe")]
    for position in range(len(whole)):
        broken = bytearray(whole)
        broken[position] ^= 1
        path.write_bytes(broken)
        assert keys_in(path) == "abc"[: sum(end <= position for end in ends)]


def test_a_log_of_another_recipe_or_none_holds_nothing(tmp_path: Path) -> None:
    write(tmp_path / "log", "a")

    assert keys_in(tmp_path / "log", "another") == ""
    assert keys_in(tmp_path / "none") == ""
