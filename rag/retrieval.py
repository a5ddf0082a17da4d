"""Find the passages of one generation that answer a query.

Goes in: a query. Comes out: hits, best first, each with the cosine of every one of its sentences. Synchronous: callers
on an event loop run it in a thread. It never changes the index, and as long as it lives its generation stays on disk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.artifacts import Generation
from rag.dense import DenseIndex, map_vectors
from rag.errors import DocumentNotFound, IndexStale
from rag.fusion import FEATURES, Candidates, confidences, features_of
from rag.indexing import DENSE_INDEX_FILE
from rag.lexical import LexicalIndex, top_rows
from rag.planning import PASSAGE_VECTORS_FILE, SENTENCE_VECTORS_FILE, STORE_FILE
from rag.stemming import stem_in
from rag.store import Store
from rag.terms import query_words
from rag.types import Document, FileEntry, Filters, FloatArray, Hit, IntArray

EncodeQuery = Callable[[str], FloatArray]

N_CANDIDATES = 50
_COPY_SHARE = 0.5


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
        self._lexical = LexicalIndex(generation.folder)
        self._languages = self._store.languages()
        self._passage_vectors = map_vectors(generation.folder / PASSAGE_VECTORS_FILE, dimensions)
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
        """Return the k best passages, copies of better ones left out; equal scores keep index order.

        Args:
            k: At least 1.
            n_candidates: How many passages each leg proposes, at least k: by their vectors, and by their words.
            filters: Only passages of documents that pass are found.
        """
        proposed = self.propose(query, max(n_candidates, k), filters)
        order = self._without_copies(proposed.rows, np.lexsort((proposed.rows, -proposed.confidences)), k)
        stored = self._store.passages(proposed.rows[order].tolist())
        return [
            Hit(
                found.passage,
                float(proposed.confidences[place]),
                rank,
                "fused",
                proposed.sentence_cosines_of(int(place)),
                found.first_sentence,
            )
            for rank, (found, place) in enumerate(zip(stored, order, strict=True), start=1)
        ]

    def score_sentences(self, text: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
        """Return for each hit the cosine of each of its sentences to a text."""
        vector = self._encode_query(text)
        return [self._sentence_cosines(hit.first_sentence_row, len(hit.passage.sentences), vector) for hit in hits]

    def propose(self, query: str, n_each: int, filters: Filters | None = None) -> "Proposed":
        """Return what the vectors and the words propose, at most `n_each` passages each."""
        allowed = None if filters is None or filters.is_empty else self._store.rows_of(filters)
        if not self._index.n_rows or (allowed is not None and not allowed):
            return _NOTHING
        vector = self._encode_query(query)
        words = query_words(query, [stem_in(language) for language in self._languages])
        content = [word.terms for word in words if word.is_content] or [word.terms for word in words]
        terms = self._lexical.find(list(dict.fromkeys(content)))
        found = self._lexical.score(terms)
        by_meaning, _ = self._index.search(vector, n_each, allowed)
        rows = np.union1d(by_meaning, top_rows(found.scores, n_each, allowed))
        sentences, starts = self._lexical.sentences_of(rows)
        candidates = Candidates(
            self._passage_vectors[rows].astype(np.float32) @ vector,
            found.coverage[rows],
            self._sentence_vectors[sentences].astype(np.float32) @ vector,
            starts,
            *self._lexical.words_of(sentences, terms),
        )
        features = features_of(candidates, found.weights)
        return Proposed(rows, features, confidences(features), candidates.sentence_cosines, starts)

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

    def _without_copies(self, rows: IntArray, order: IntArray, k: int) -> IntArray:
        """Return the first k places of an order, but for passages that say no more than one before them.

        A passage is a copy where each of its terms stands in the other one and makes up most of it: the same page in
        another format, a paragraph quoted whole. One that differs in a single name or number is not.
        """
        kept: list[int] = []
        terms_kept: list[frozenset[int]] = []
        for place in order.tolist():
            terms = self._lexical.terms_of_row(int(rows[place]))
            if not any(terms <= other and _COPY_SHARE * len(other) <= len(terms) for other in terms_kept):
                kept.append(place)
                terms_kept.append(terms)
            if len(kept) == k:
                break
        return np.array(kept, dtype=np.int64)

    def _sentence_cosines(self, first_row: int, n_rows: int, vector: FloatArray) -> tuple[float, ...]:
        vectors = self._sentence_vectors[first_row : first_row + n_rows].astype(np.float32)
        return tuple(float(cosine) for cosine in vectors @ vector)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Passages that a query may mean, in index order.

    Attributes:
        rows: int64, shape (n,).
        features: float32, shape (n, len(FEATURES)).
        confidences: float32, shape (n,), 0 to 1.
        sentence_cosines: float32, of all their sentences, passage by passage.
        sentence_starts: int64, shape (n,): where each passage's begin.
    """

    rows: IntArray
    features: FloatArray
    confidences: FloatArray
    sentence_cosines: FloatArray
    sentence_starts: IntArray

    def sentence_cosines_of(self, place: int) -> tuple[float, ...]:
        end = self.sentence_starts[place + 1] if place + 1 < len(self.rows) else len(self.sentence_cosines)
        return tuple(self.sentence_cosines[self.sentence_starts[place] : end].tolist())


_NOTHING = Proposed(
    np.empty(0, dtype=np.int64),
    np.empty((0, len(FEATURES)), dtype=np.float32),
    *(np.empty(0, dtype=np.float32), np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)),
)
