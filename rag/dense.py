"""Vectors on disk, and nearest-neighbour search over them with FAISS.

Vectors are kept as float16, which costs no recall (docs/experiments.md), in a plain file that is mapped, not read. The
index over the passages is exact up to EXACT_ROWS; above, its codes have 8 bits, which finds .996 of the ten nearest in
half of the memory. Both look at every row, so that a filter never hides a hit, and both are mapped as well.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from rag.types import FloatArray, HalfArray, IntArray

# Exact search over so many float16 rows takes 4 ms; see the table in docs/experiments.md.
EXACT_ROWS = 100_000
_TRAINING_ROWS = 100_000
# Single queries are steadiest with one thread; two give stalls of 8 ms on a busy machine.
_SEARCH_THREADS = 1
_ROWS_AT_ONCE = 4096


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
    return np.memmap(path, dtype="<f2", mode="r").reshape(-1, dimensions)


class DenseIndex:
    """Rows of unit vectors; a row's number is its position in the array that it was built from."""

    def __init__(self, index: "faiss.Index") -> None:
        self._index = index
        faiss.omp_set_num_threads(_SEARCH_THREADS)

    @classmethod
    def build(cls, vectors: HalfArray, exact_rows: int = EXACT_ROWS) -> "DenseIndex":
        """Build the index that fits the number of rows.

        Args:
            vectors: float16, shape (n, dimensions), rows of length 1, so that inner products are cosines.
            exact_rows: Up to so many rows the search is exact.
        """
        n_rows, dimensions = vectors.shape
        codes = faiss.ScalarQuantizer.QT_fp16 if n_rows <= exact_rows else faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexScalarQuantizer(dimensions, codes, faiss.METRIC_INNER_PRODUCT)
        if n_rows > exact_rows:
            # Evenly spread rather than at random: the same vectors give the same index.
            index.train(vectors[:: -(-n_rows // _TRAINING_ROWS)].astype(np.float32))
        for start in range(0, n_rows, _ROWS_AT_ONCE):
            index.add(vectors[start : start + _ROWS_AT_ONCE].astype(np.float32))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> "DenseIndex":
        """Map an index file whose checksum has been verified: FAISS itself does not notice flipped bits."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY))

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @property
    def n_rows(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, vector: FloatArray, k: int, allowed: Sequence[tuple[int, int]] | None = None
    ) -> tuple[IntArray, FloatArray]:
        """Return the rows of the k nearest vectors and their cosines, best first; equal cosines keep row order.

        Args:
            vector: float32, shape (dimensions,), length 1.
            k: At least 1; more than there are means all.
            allowed: Ranges of rows, end excluded, to which the search is limited; None for all.
        """
        if self.n_rows == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        # The selector only points at the bits, which must outlive the search.
        bits = None if allowed is None else _bits_of(allowed, self.n_rows)
        selector = None if bits is None else faiss.IDSelectorBitmap(self.n_rows, faiss.swig_ptr(bits))
        parameters = faiss.SearchParameters(sel=selector) if selector else None  # type: ignore[call-arg]  # its stub
        cosines, rows = self._index.search(vector[np.newaxis, :], min(k, self.n_rows), params=parameters)
        found = rows[0] >= 0
        order = np.lexsort((rows[0][found], -cosines[0][found]))
        return rows[0][found][order], cosines[0][found][order]


def _bits_of(allowed: Sequence[tuple[int, int]], n_rows: int) -> NDArray[np.uint8]:
    mask = np.zeros(n_rows, dtype=bool)
    for start, end in allowed:
        mask[start:end] = True
    return np.packbits(mask, bitorder="little")
