"""Find the passages of one index that answer a query.

Goes in: a query. Comes out: hits, best first, each with the cosine of every one of its sentences. Synchronous: callers
on an event loop run it in a thread. It never changes the index.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rag.artifacts import Generation
from rag.dense import DenseIndex, FloatArray
from rag.errors import DocumentNotFound, IndexStale
from rag.indexing import PASSAGE_VECTORS_FILE, SENTENCE_VECTORS_FILE, read_documents, read_passages
from rag.types import Document, Hit, Passage

EncodeQuery = Callable[[str], FloatArray]

N_CANDIDATES = 50


class Retriever:
    """Search over one generation."""

    def __init__(
        self,
        *,
        version: str,
        documents: Sequence[Document],
        passages: Sequence[Passage],
        passage_index: DenseIndex,
        sentence_index: DenseIndex,
        encode_query: EncodeQuery,
    ) -> None:
        self.version = version
        self._document_by_id = {document.id: document for document in documents}
        self._passages = passages
        self._passage_index = passage_index
        self._sentence_index = sentence_index
        self._encode_query = encode_query
        n_sentences = [len(passage.sentences) for passage in passages]
        starts = np.concatenate([[0], np.cumsum(n_sentences)])
        self._sentence_rows = {
            passage.id: np.arange(start, end) for passage, start, end in zip(passages, starts, starts[1:], strict=False)
        }

    @classmethod
    def open(cls, generation: Generation, encode_query: EncodeQuery, dimensions: int) -> "Retriever":
        """Read a verified generation.

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
        return cls(
            version=generation.version,
            documents=read_documents(generation),
            passages=read_passages(generation),
            passage_index=DenseIndex.read(generation.folder / PASSAGE_VECTORS_FILE),
            sentence_index=DenseIndex.read(generation.folder / SENTENCE_VECTORS_FILE),
            encode_query=encode_query,
        )

    def search(self, query: str, *, k: int, n_candidates: int = N_CANDIDATES) -> list[Hit]:
        """Return the k best passages; equal scores keep index order.

        Args:
            k: At least 1.
            n_candidates: How many passages the vector index proposes, at least k. Each is then scored by the mean of
                its own cosine and its best sentence's, which finds an answer in a passage that also speaks of others.
        """
        vector = self._encode_query(query)
        rows, cosines = self._passage_index.search(vector, max(n_candidates, k))
        scored = []
        for row, cosine in zip(rows, cosines, strict=True):
            passage = self._passages[row]
            sentence_scores = self._sentence_cosines(passage, vector)
            score = (float(cosine) + max(sentence_scores)) / 2
            scored.append((score, int(row), passage, sentence_scores))
        scored.sort(key=lambda item: (-item[0], item[1]))
        return [
            Hit(passage, score, rank, "dense", sentence_scores)
            for rank, (score, _, passage, sentence_scores) in enumerate(scored[:k], start=1)
        ]

    def score_sentences(self, text: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
        """Return for each hit the cosine of each of its sentences to a text."""
        vector = self._encode_query(text)
        return [self._sentence_cosines(hit.passage, vector) for hit in hits]

    def documents(self) -> list[Document]:
        """Return all documents in index order."""
        return list(self._document_by_id.values())

    def document(self, document_id: str) -> Document:
        """Return one document.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        try:
            return self._document_by_id[document_id]
        except KeyError:
            raise DocumentNotFound(
                f"no document {document_id[:64]!r} in the index; GET /v1/documents lists them"
            ) from None

    def titles(self, hits: Sequence[Hit]) -> list[str]:
        """Return the title of each hit's document."""
        return [self._document_by_id[hit.passage.document_id].title for hit in hits]

    def _sentence_cosines(self, passage: Passage, vector: FloatArray) -> tuple[float, ...]:
        vectors = self._sentence_index.vectors(self._sentence_rows[passage.id])
        return tuple(float(cosine) for cosine in vectors @ vector)
