"""Nearest-neighbour search over unit vectors with FAISS, exact."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

# Single queries are steadiest with one thread; two give stalls of 8 ms on a busy machine.
_SEARCH_THREADS = 1


class DenseIndex:
    """Rows of unit vectors; a row's number is its position in the array that it was built from."""

    def __init__(self, index: "faiss.Index") -> None:
        self._index = index
        faiss.omp_set_num_threads(_SEARCH_THREADS)

    @classmethod
    def build(cls, vectors: FloatArray) -> "DenseIndex":
        """Build an exact inner-product index.

        Args:
            vectors: float32, shape (n, dimensions), rows of length 1, so that inner products are cosines.
        """
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def read(cls, path: Path) -> "DenseIndex":
        """Read an index file whose checksum has been verified: FAISS itself does not notice flipped bits."""
        return cls(faiss.read_index(str(path)))

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @property
    def n_rows(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return the rows of the k nearest vectors and their cosines, best first; equal cosines keep row order.

        Args:
            vector: float32, shape (dimensions,), length 1.
            k: At least 1; more than n_rows means all.
        """
        k = min(k, self.n_rows)
        cosines, rows = self._index.search(vector[np.newaxis, :], k)
        order = np.lexsort((rows[0], -cosines[0]))
        return rows[0][order], cosines[0][order]

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the stored vectors of the given rows: float32, shape (len(rows), dimensions)."""
        vectors: FloatArray = self._index.reconstruct_batch(rows)
        return vectors
