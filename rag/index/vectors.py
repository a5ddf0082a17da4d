"""Vectors on disk, and nearest-neighbour search over them with FAISS.

Vectors are kept as float16, which costs no recall (docs/experiments.md), in a plain file that is mapped, not read. The
index beside them keeps one bit a number (RaBitQ: Gao and Long 2024), which tells the likely neighbours of a query eight
times as fast; those are then compared by their own vectors, so that every cosine is exact.
"""

from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np

from rag.types import BoolArray, FloatArray, HalfArray, IntArray

_TRAINING_ROWS = 100_000
# Single queries are steadiest with one thread; two give stalls of 8 ms on a busy machine.
_SEARCH_THREADS = 1
_ROWS_AT_ONCE = 4096
# How many likely neighbours are compared by their own vectors: .998 of the nearest 10 of 100,000 are among 200, and
# .965 of the nearest 50. Looking at 400 for .99 takes half a millisecond more and finds no answer more.
_SHORTLIST_A_NEIGHBOUR = 4
_SHORTLIST = 200
# A filter that leaves no more rows than this is looked through row by row, in 4 ms.
_FEW_ROWS = 5_000
_ASKED_FOR_MORE = (1, 8)


def write_vectors(path: Path, blocks: Iterable[HalfArray]) -> None:
    """Write vectors one after the other.

    Args:
        blocks: float16, each of shape (any, dimensions).
    """
    with path.open("wb") as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype="<f2").tobytes())


def map_vectors(path: Path, dimensions: int) -> HalfArray:
    """Return the vectors of a file as a read-only view of it: float16, shape (n, dimensions)."""
    if path.stat().st_size == 0:
        return np.empty((0, dimensions), dtype=np.float16)
    # A plain array over the same memory: each look at a memmap costs more than the numbers it returns.
    return np.asarray(np.memmap(path, dtype="<f2", mode="r")).reshape(-1, dimensions)


def write_index(path: Path, vectors: HalfArray) -> None:
    """Write the index over rows of vectors; the same vectors give the same bytes.

    Args:
        vectors: float16, shape (n, dimensions), rows of length 1, so that inner products are cosines.
    """
    n_rows, dimensions = vectors.shape
    index = faiss.IndexRaBitQFastScan(dimensions, faiss.METRIC_INNER_PRODUCT)
    if n_rows:
        # Evenly spread rather than at random: the same vectors give the same index.
        index.train(vectors[:: -(-n_rows // _TRAINING_ROWS)].astype(np.float32))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        index.add(vectors[start : start + _ROWS_AT_ONCE].astype(np.float32))
    faiss.write_index(index, str(path))


class DenseIndex:
    """Rows of unit vectors; a row's number is its position in their file."""

    def __init__(self, path: Path, vectors: HalfArray) -> None:
        """Map an index file whose checksum has been verified: FAISS itself does not notice flipped bits.

        Args:
            vectors: float16, shape (n, dimensions): those that the index was written for.
        """
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
        self._vectors = vectors
        # What numpy itself takes to widen numbers of 16 bits is more than to look them up.
        self._halves = vectors.view(np.uint16)
        self._widened = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)

    @property
    def n_rows(self) -> int:
        return len(self._vectors)

    def search(self, vector: FloatArray, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return the rows of the k nearest vectors and their cosines, best first; equal cosines keep row order.

        Args:
            vector: float32, shape (dimensions,), length 1.
            k: At least 1; more than there are means all.
            allowed: bool, shape (n_rows,): the rows to which the search is limited; None for all.
        """
        n_near = max(_SHORTLIST, _SHORTLIST_A_NEIGHBOUR * k)
        rows = self._near(vector, n_near) if allowed is None else self._near_allowed(vector, n_near, allowed)
        cosines = self.cosines(rows, vector)
        order = np.lexsort((rows, -cosines))[:k]
        return rows[order], cosines[order]

    def cosines(self, rows: IntArray, vector: FloatArray) -> FloatArray:
        """Return the cosine of each of these rows to a unit vector: float32, shape (len(rows),)."""
        cosines = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            cosines[start : start + len(some)] = np.take(self._widened, self._halves[some]) @ vector
        return cosines

    def _near(self, vector: FloatArray, n_near: int) -> IntArray:
        if n_near >= self.n_rows:
            return np.arange(self.n_rows)
        # It counts for the thread that says it, and searches come from many.
        faiss.omp_set_num_threads(_SEARCH_THREADS)
        _, rows = self._index.search(vector[np.newaxis, :], n_near)
        near: IntArray = rows[0][rows[0] >= 0]
        return near

    def _near_allowed(self, vector: FloatArray, n_near: int, allowed: BoolArray) -> IntArray:
        """Return rows that pass a filter, the nearest among them: the index knows no filters.

        It is asked for as many more as the filter leaves out, then for more; a filter that leaves few rows is looked
        through row by row.
        """
        n_allowed = int(allowed.sum())
        if n_allowed > max(n_near, _FEW_ROWS):
            for factor in _ASKED_FOR_MORE:
                near = self._near(vector, factor * n_near * self.n_rows // n_allowed)
                near = near[allowed[near]]
                if len(near) >= n_near // 2:
                    return near
        return np.flatnonzero(allowed)
