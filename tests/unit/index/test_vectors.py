from pathlib import Path

import numpy as np

from rag.encoders.cosine_scale import CosineScale
from rag.index.vectors import DenseIndex, map_vectors, write_index, write_vectors
from rag.types import FloatArray, HalfArray


def unit_rows(n_rows: int, dimensions: int = 16) -> HalfArray:
    rows = np.random.default_rng(1).normal(size=(n_rows, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def test_vectors_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    vectors = unit_rows(5)

    write_vectors(tmp_path / "v", [vectors[:2], vectors[2:]])

    assert np.array_equal(map_vectors(tmp_path / "v", 16), vectors)


def clustered_rows(n_rows: int, dimensions: int = 384) -> HalfArray:
    """Some that are near each other and many that are not, as texts are."""
    random = np.random.default_rng(2)
    centres = random.normal(size=(n_rows // 50, dimensions))
    rows = centres[random.integers(0, len(centres), n_rows)] + 0.8 * random.normal(size=(n_rows, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def make_index(folder: Path, vectors: HalfArray) -> DenseIndex:
    write_index(folder / "i", vectors)
    return DenseIndex(folder / "i", vectors)


def nearest(vectors: HalfArray, query: FloatArray, k: int) -> list[int]:
    return np.argsort(-(vectors.astype(np.float32) @ query), kind="stable")[:k].tolist()


def test_no_vectors_are_an_empty_file(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v", [])

    assert map_vectors(tmp_path / "v", 16).shape == (0, 16)
    rows, cosines = make_index(tmp_path, unit_rows(0)).search(unit_rows(1)[0].astype(np.float32), 3)
    assert (len(rows), len(cosines)) == (0, 0)


def test_among_few_the_nearest_are_found_best_first(tmp_path: Path) -> None:
    vectors = unit_rows(200)
    query = vectors[7].astype(np.float32)

    rows, cosines = make_index(tmp_path, vectors).search(query, 5)

    assert rows.tolist() == nearest(vectors, query, 5)
    assert cosines.tolist() == (vectors.astype(np.float32) @ query)[rows].tolist()


def test_cosines_are_on_the_common_scale(tmp_path: Path) -> None:
    vectors = unit_rows(200)
    query = vectors[7].astype(np.float32)
    plain = make_index(tmp_path, vectors).search(query, 5)

    rows, cosines = DenseIndex(tmp_path / "i", vectors, CosineScale(0.5, -0.1)).search(query, 5)

    assert rows.tolist() == plain[0].tolist()
    assert np.allclose(cosines, 0.5 * plain[1] - 0.1)


def test_equal_vectors_keep_their_order(tmp_path: Path) -> None:
    vectors = np.repeat(unit_rows(3), 2, axis=0)

    rows, _ = make_index(tmp_path, vectors).search(vectors[4].astype(np.float32), 2)

    assert rows.tolist() == [4, 5]


def test_among_many_nearly_all_of_the_nearest_are_found(tmp_path: Path) -> None:
    vectors = clustered_rows(10_000)
    index = make_index(tmp_path, vectors)
    queries = vectors[::200].astype(np.float32)
    nearest_rows = np.argsort(-(queries @ vectors.astype(np.float32).T), kind="stable")[:, :10].tolist()

    found = [index.search(query, 10)[0].tolist() for query in queries]

    assert sum(len({*rows} & {*wanted}) for rows, wanted in zip(found, nearest_rows, strict=True)) / 500 > 0.98


def test_only_allowed_rows_are_found(tmp_path: Path) -> None:
    vectors = unit_rows(2000)
    allowed = np.zeros(2000, dtype=bool)
    allowed[[10, 11, 12, 199]] = True

    rows, _ = make_index(tmp_path, vectors).search(vectors[7].astype(np.float32), 50, allowed)

    assert sorted(rows.tolist()) == [10, 11, 12, 199]


def test_a_filter_that_leaves_many_rows_hides_none_of_the_nearest(tmp_path: Path) -> None:
    vectors = clustered_rows(45_000, 64)
    allowed = np.arange(45_000) % 2 == 1
    query = vectors[8].astype(np.float32)

    rows, _ = make_index(tmp_path, vectors).search(query, 5, allowed)

    assert rows.tolist() == [row for row in nearest(vectors, query, 60) if row % 2][:5]


def test_a_filter_that_leaves_only_what_is_far_finds_it(tmp_path: Path) -> None:
    vectors = clustered_rows(20_000, 64)
    query = vectors[8].astype(np.float32)
    allowed = np.ones(20_000, dtype=bool)
    allowed[nearest(vectors, query, 12_000)] = False

    rows, _ = make_index(tmp_path, vectors).search(query, 5, allowed)

    assert rows.tolist() == nearest(vectors, query, 12_005)[12_000:]


def test_the_same_vectors_give_the_same_index(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_index(tmp_path / name, unit_rows(1000))

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
