"""Store vectors on disk and search for their nearest neighbours with FAISS.

Vectors are float16, which costs no recall (docs/experiments.md), in a plain file that is mapped. An
index of one bit a number (RaBitQ: Gao and Long 2024) finds likely neighbours eight times as fast.
They are then compared by their own vectors, so every cosine is exact.
"""

from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np

from rag.encoders.cosine_scale import COMMON, CosineScale
from rag.types import BoolArray, FloatArray, HalfArray, IntArray

_TRAINING_ROWS = 100_000
# Two threads cause stalls of 8 ms on a busy machine.
_SEARCH_THREADS = 1
_ROWS_AT_ONCE = 4096
# How many likely neighbours are compared by their own vectors. Of 100,000, 200 hold .998 of the
# nearest 10 and .965 of the nearest 50. 400 would hold .99, take half a millisecond more and find
# no more answers.
_SHORTLIST_A_NEIGHBOUR = 4
_SHORTLIST = 200
# Up to so many filtered rows are compared one by one, in 4 ms.
_FEW_ROWS = 5_000
_ASKED_FOR_MORE = (1, 8)


def write_vectors(path: Path, blocks: Iterable[HalfArray]) -> None:
    """Write vectors in order.

    Args:
        blocks: float16, each of shape (any, dimensions).
    """
    with path.open("wb") as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype="<f2").tobytes())


def map_vectors(path: Path, dimensions: int) -> HalfArray:
    """Return a read-only view of the vectors in a file: float16, shape (n, dimensions)."""
    if path.stat().st_size == 0:
        return np.empty((0, dimensions), dtype=np.float16)
    # A plain array over the same memory; indexing a memmap is slow.
    return np.asarray(np.memmap(path, dtype="<f2", mode="r")).reshape(-1, dimensions)


def write_index(path: Path, vectors: HalfArray) -> None:
    """Write the index over rows of vectors; the same vectors give the same bytes.

    Args:
        vectors: float16, shape (n, dimensions), rows of length 1, so that inner products are
            cosines.
    """
    n_rows, dimensions = vectors.shape
    index = faiss.IndexRaBitQFastScan(dimensions, faiss.METRIC_INNER_PRODUCT)
    if n_rows:
        # Evenly spread rows, so that the same vectors give the same index.
        index.train(vectors[:: -(-n_rows // _TRAINING_ROWS)].astype(np.float32))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        index.add(vectors[start : start + _ROWS_AT_ONCE].astype(np.float32))
    faiss.write_index(index, str(path))


class DenseIndex:
    """Rows of unit vectors; a row's number is its position in their file."""

    def __init__(self, path: Path, vectors: HalfArray, scale: CosineScale = COMMON) -> None:
        """Map a verified index file; FAISS itself does not notice flipped bits.

        Args:
            vectors: float16, shape (n, dimensions), as the index was written for.
            scale: Of the encoder; the cosines that are returned are on the common scale.
        """
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
        self._vectors = vectors
        self._scale = scale
        # A lookup is faster than how numpy widens 16-bit numbers.
        self._halves = vectors.view(np.uint16)
        self._widened = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)

    @property
    def n_rows(self) -> int:
        return len(self._vectors)

    def search(self, vector: FloatArray, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return rows and cosines of the k nearest vectors, best first; ties keep row order.

        Args:
            vector: float32, shape (dimensions,), length 1.
            k: At least 1.
            allowed: bool, shape (n_rows,): the rows to search; None for all.
        """
        n_near = max(_SHORTLIST, _SHORTLIST_A_NEIGHBOUR * k)
        rows = self._near(vector, n_near) if allowed is None else self._near_allowed(vector, n_near, allowed)
        cosines = self.cosines(rows, vector)
        order = np.lexsort((rows, -cosines))[:k]
        return rows[order], cosines[order]

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of rows: float32, shape (len(rows), dimensions)."""
        widened: FloatArray = np.take(self._widened, self._halves[rows])
        return widened

    def cosines(self, rows: IntArray, vector: FloatArray) -> FloatArray:
        """Return the scaled cosine of each row to a unit vector: float32, shape (len(rows),)."""
        cosines = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            cosines[start : start + len(some)] = np.take(self._widened, self._halves[some]) @ vector
        return cosines if self._scale == COMMON else self._scale.apply(cosines)

    def _near(self, vector: FloatArray, n_near: int) -> IntArray:
        if n_near >= self.n_rows:
            return np.arange(self.n_rows)
        # It applies to the calling thread, and searches come from many.
        faiss.omp_set_num_threads(_SEARCH_THREADS)
        _, rows = self._index.search(vector[np.newaxis, :], n_near)
        near: IntArray = rows[0][rows[0] >= 0]
        return near

    def _near_allowed(self, vector: FloatArray, n_near: int, allowed: BoolArray) -> IntArray:
        """Return rows that pass a filter, the nearest among them.

        The index knows no filters, so it is asked for more rows, by the share that the filter
        leaves out. All rows that pass are returned if they are few, or if too few are found.
        """
        n_allowed = int(allowed.sum())
        if n_allowed > max(n_near, _FEW_ROWS):
            for factor in _ASKED_FOR_MORE:
                near = self._near(vector, factor * n_near * self.n_rows // n_allowed)
                near = near[allowed[near]]
                if len(near) >= n_near // 2:
                    return near
        return np.flatnonzero(allowed)
