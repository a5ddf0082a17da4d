"""Find the passages of one generation that answer a query.

Goes in: a query. Comes out: hits, best first, each with the cosine of every one of its sentences. Synchronous: callers
on an event loop run it in a thread. It never changes the index, and as long as it lives its generation stays on disk.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.artifacts import Generation
from rag.dense import DenseIndex, map_vectors
from rag.errors import DocumentNotFound, IndexStale
from rag.indexing import DENSE_INDEX_FILE
from rag.planning import SENTENCE_VECTORS_FILE, STORE_FILE
from rag.store import Store, StoredPassage
from rag.types import Document, FileEntry, Filters, FloatArray, Hit

EncodeQuery = Callable[[str], FloatArray]

N_CANDIDATES = 50


class Retriever:
    """Search over one generation."""

    def __init__(self, generation: Generation, encode_query: EncodeQuery, dimensions: int) -> None:
        """Open a verified generation.

        Args:
            dimensions: Of the vectors that `encode_query` returns.

        Raises:
            IndexStale: The index holds vectors of another length.
        """
        if generation.manifest.dimensions != dimensions:
            raise IndexStale(
                f"{generation.folder} holds vectors of {generation.manifest.dimensions} dimensions, the encoder gives "
                f"{dimensions}; run `rag index --rebuild FOLDER`"
            )
        self.generation = generation
        self._encode_query = encode_query
        self._store = Store(generation.folder / STORE_FILE)
        self._index = DenseIndex.read(generation.folder / DENSE_INDEX_FILE)
        self._sentence_vectors = map_vectors(generation.folder / SENTENCE_VECTORS_FILE, dimensions)

    @property
    def version(self) -> str:
        return self.generation.version

    @property
    def folder(self) -> Path:
        """The folder that was indexed; it may have changed or gone since."""
        return Path(self.generation.manifest.folder)

    @property
    def n_documents(self) -> int:
        return self.generation.manifest.n_documents

    def search(
        self, query: str, *, k: int, n_candidates: int = N_CANDIDATES, filters: Filters | None = None
    ) -> list[Hit]:
        """Return the k best passages; equal scores keep index order.

        Args:
            k: At least 1.
            n_candidates: How many passages the vector index proposes, at least k. Each is then scored by the mean of
                its own cosine and its best sentence's, which finds an answer in a passage that also speaks of others.
            filters: Only passages of documents that pass are found.
        """
        vector = self._encode_query(query)
        allowed = None if filters is None or filters.is_empty else self._store.rows_of(filters)
        if allowed is not None and not allowed:
            return []
        rows, cosines = self._index.search(vector, max(n_candidates, k), allowed)
        scored = []
        for stored, cosine in zip(self._store.passages(rows.tolist()), cosines, strict=True):
            sentence_scores = self._sentence_cosines(stored.first_sentence, len(stored.passage.sentences), vector)
            scored.append(((float(cosine) + max(sentence_scores)) / 2, stored, sentence_scores))
        scored.sort(key=lambda item: (-item[0], item[1].row))
        return [
            _hit(stored, score, rank, sentence_scores)
            for rank, (score, stored, sentence_scores) in enumerate(scored[:k], start=1)
        ]

    def score_sentences(self, text: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
        """Return for each hit the cosine of each of its sentences to a text."""
        vector = self._encode_query(text)
        return [self._sentence_cosines(hit.first_sentence_row, len(hit.passage.sentences), vector) for hit in hits]

    def entries(self) -> list[FileEntry]:
        """Return all files of the folder, indexed and skipped, by uri."""
        return self._store.entries()

    def document(self, document_id: str) -> Document:
        """Return one document.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        stored = self._store.document(document_id)
        if stored is None:
            raise DocumentNotFound(f"no document {document_id[:64]!r} in the index; GET /v1/documents lists them")
        return stored.document

    def titles(self, hits: Sequence[Hit]) -> list[str]:
        """Return the title of each hit's document."""
        ids = list(dict.fromkeys(hit.passage.document_id for hit in hits))
        title_by_id = self._store.titles(ids)
        return [title_by_id[hit.passage.document_id] for hit in hits]

    def _sentence_cosines(self, first_row: int, n_rows: int, vector: FloatArray) -> tuple[float, ...]:
        vectors = self._sentence_vectors[first_row : first_row + n_rows].astype(np.float32)
        return tuple(float(cosine) for cosine in vectors @ vector)


def _hit(stored: StoredPassage, score: float, rank: int, sentence_scores: tuple[float, ...]) -> Hit:
    return Hit(stored.passage, score, rank, "dense", sentence_scores, stored.first_sentence)
