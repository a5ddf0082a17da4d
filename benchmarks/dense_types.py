"""Compare FAISS index types by size: recall against exact search, query time, memory, build time.

    python benchmarks/dense_types.py INDEX [--rows 10000 100000 1000000]

INDEX is an index folder with real vectors. If they are too few, more are made: each is the mean of
two random real ones with a little noise. Prints a table for docs/experiments.md.
"""

import argparse
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

from rag.index.vectors import DenseIndex, map_vectors, write_index
from rag.index.versions import SENTENCE_VECTORS_FILE, read_version
from rag.types import FloatArray, HalfArray

N_QUERIES = 200
K = 10
NOISE = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    index_version = read_version(arguments.index)
    real = map_vectors(index_version.folder / SENTENCE_VECTORS_FILE, index_version.manifest.dimensions).astype(
        np.float32
    )
    faiss.omp_set_num_threads(2)
    print("| rows | type | recall@10 | query p50, ms | MB | build, s |\n| --- | --- | --- | --- | --- | --- |")
    for n_rows in arguments.rows:
        vectors, queries = make_vectors(real, n_rows + N_QUERIES)
        compare(vectors[:n_rows], queries)


def make_vectors(real: FloatArray, n_rows: int) -> tuple[FloatArray, FloatArray]:
    """Return rows and queries: float32, unit length."""
    chance = np.random.default_rng(1)
    made = real[chance.integers(len(real), size=n_rows)] + real[chance.integers(len(real), size=n_rows)]
    made += chance.normal(scale=NOISE, size=made.shape).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made[:-N_QUERIES], made[-N_QUERIES:]


def compare(vectors: FloatArray, queries: FloatArray) -> None:
    n_rows, dimensions = vectors.shape
    exact = faiss.IndexFlatIP(dimensions)
    exact.add(vectors)
    truth = exact.search(queries, K)[1]
    del exact
    lists = max(n_rows // 100, 64)
    makers = {
        "flat, float32": ("Flat", 0),
        "flat, float16": ("SQfp16", 0),
        "flat, 8 bits": ("SQ8", 0),
        "RaBitQ, 1 bit, alone": ("RaBitQfs", 0),
        f"IVF{lists}, 8 bits, 1/16 probed": (f"IVF{lists},SQ8", max(32, lists // 16)),
        f"IVF{lists}, float16, 1/16 probed": (f"IVF{lists},SQfp16", max(32, lists // 16)),
        "HNSW32, 8 bits": ("HNSW32_SQ8", 0),
    }
    for name, (factory, n_probed) in makers.items():
        if factory.startswith("HNSW") and n_rows > 100_000:
            continue
        began = time.monotonic()
        index = faiss.index_factory(dimensions, factory, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:: max(1, n_rows // (lists * 40))] if n_probed else vectors[:50_000])
        index.add(vectors)
        seconds = time.monotonic() - began
        if n_probed:
            index.nprobe = n_probed
        recall, milliseconds = measure(index, queries, truth)
        n_megabytes = faiss.serialize_index(index).nbytes / 1e6
        print(
            f"| {n_rows:,} | {name} | {recall:.3f} | {milliseconds:.2f} | {n_megabytes:,.0f} | {seconds:.1f} |",
            flush=True,
        )

    compare_ours(vectors.astype(np.float16), queries, truth)


def compare_ours(vectors: HalfArray, queries: FloatArray, truth: np.ndarray) -> None:
    """Measure rag/index/vectors.py: RaBitQ's best rows, ranked by the vectors on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.faiss"
        began = time.monotonic()
        write_index(path, vectors)
        seconds, n_megabytes = time.monotonic() - began, path.stat().st_size / 1e6
        index = DenseIndex(path, vectors)
        times, n_found = [], 0
        for query, wanted in zip(queries, truth, strict=True):
            began = time.monotonic()
            found, _ = index.search(query, K)
            times.append(time.monotonic() - began)
            n_found += len(set(found.tolist()) & set(wanted.tolist()))
    told = f"{n_found / truth.size:.3f} | {np.median(times) * 1000:.2f} | {n_megabytes:,.0f} | {seconds:.1f}"
    print(f"| {len(vectors):,} | RaBitQ, 1 bit, the likeliest 200 compared (in use) | {told} |", flush=True)


def measure(index: faiss.Index, queries: FloatArray, truth: np.ndarray) -> tuple[float, float]:
    faiss.omp_set_num_threads(1)
    times, n_found = [], 0
    for query, wanted in zip(queries, truth, strict=True):
        began = time.monotonic()
        found = index.search(query[np.newaxis], K)[1][0]
        times.append(time.monotonic() - began)
        n_found += len(set(found.tolist()) & set(wanted.tolist()))
    faiss.omp_set_num_threads(2)
    return n_found / truth.size, float(np.median(times) * 1000)


if __name__ == "__main__":
    main()
