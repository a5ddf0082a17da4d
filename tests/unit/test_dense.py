from pathlib import Path

import numpy as np
import pytest

from rag.dense import DenseIndex, map_vectors, write_vectors
from rag.types import HalfArray


def unit_rows(n_rows: int, dimensions: int = 16) -> HalfArray:
    rows = np.random.default_rng(1).normal(size=(n_rows, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def test_vectors_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    vectors = unit_rows(5)

    write_vectors(tmp_path / "v", [vectors[:2], vectors[2:]])

    assert np.array_equal(map_vectors(tmp_path / "v", 16), vectors)


def test_no_vectors_are_an_empty_file(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v", [])

    assert map_vectors(tmp_path / "v", 16).shape == (0, 16)
    rows, cosines = DenseIndex.build(unit_rows(0)).search(unit_rows(1)[0].astype(np.float32), 3)
    assert (len(rows), len(cosines)) == (0, 0)


def test_the_nearest_are_found_best_first_after_writing_and_reading(tmp_path: Path) -> None:
    vectors = unit_rows(200)
    DenseIndex.build(vectors).write(tmp_path / "i")
    query = vectors[7].astype(np.float32)

    rows, cosines = DenseIndex.read(tmp_path / "i").search(query, 5)

    truth = vectors.astype(np.float32) @ query
    assert rows.tolist() == np.argsort(-truth)[:5].tolist()
    assert cosines == pytest.approx(truth[rows], abs=1e-3)


def test_only_allowed_rows_are_found() -> None:
    vectors = unit_rows(200)
    index = DenseIndex.build(vectors)

    rows, _ = index.search(vectors[7].astype(np.float32), 50, [(10, 13), (199, 200)])

    assert sorted(rows.tolist()) == [10, 11, 12, 199]


def test_rows_of_eight_bits_find_nearly_the_same() -> None:
    vectors = unit_rows(3000, 64)
    index = DenseIndex.build(vectors, exact_rows=1000)
    found = 0
    for query in vectors[:50].astype(np.float32):
        truth = set(np.argsort(-(vectors.astype(np.float32) @ query))[:10].tolist())
        found += len(truth & set(index.search(query, 10)[0].tolist()))

    assert found / 500 > 0.98
