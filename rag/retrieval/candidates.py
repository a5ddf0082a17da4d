"""Retrieve candidate passages of one version for a query, and put into numbers what speaks for each.

Goes in: a query. Comes out: the passages that are near it by their vectors, by their sentences' vectors or by their
words, each with the features, confidence and best sentence that fusion gives it. Reads no text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.index.lexical import LexicalIndex, LexicalScores, top_rows
from rag.index.vectors import DenseIndex, map_vectors
from rag.index.versions import PASSAGE_INDEX_FILE, PASSAGE_VECTORS_FILE, SENTENCE_INDEX_FILE, SENTENCE_VECTORS_FILE
from rag.retrieval.fusion import FEATURES, Candidates, confidences, features_of, fits_of
from rag.text.stemming import stem_in
from rag.text.terms import query_words
from rag.types import BoolArray, FloatArray, IntArray, LegScores

EncodeQuery = Callable[[str], FloatArray]


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """Passages that a query may mean, in index order.

    Attributes:
        rows: int64, shape (n,).
        dense_ranks, sentence_ranks, lexical_ranks: By row, the rank from 1 of what each leg retrieved.
        bm25: float32, shape (n,).
        features: float32, shape (n, len(FEATURES)).
        confidences: float32, shape (n,), 0 to 1.
        sentence_cosines, sentence_fits: float32, of all their sentences, passage by passage; see `fusion.fits_of`.
        sentence_starts: int64, shape (n,): where each passage's begin.
        vector: Of the query.
    """

    rows: IntArray
    dense_ranks: Mapping[int, int]
    sentence_ranks: Mapping[int, int]
    lexical_ranks: Mapping[int, int]
    bm25: FloatArray
    features: FloatArray
    confidences: FloatArray
    sentence_cosines: FloatArray
    sentence_fits: FloatArray
    sentence_starts: IntArray
    vector: FloatArray

    def sentence_cosines_of(self, place: int) -> tuple[float, ...]:
        """Return the cosine to the query of each sentence of the passage at a place in `rows`."""
        return tuple(self.sentence_cosines[self._sentences(place)].tolist())

    def sentences_by_fit(self, place: int) -> list[int]:
        """Return the sentences of the passage at a place in `rows`, from 0, by how well they fit; ties keep order."""
        order: list[int] = np.argsort(-self.sentence_fits[self._sentences(place)], kind="stable").tolist()
        return order

    def _sentences(self, place: int) -> slice:
        end = self.sentence_starts[place + 1] if place + 1 < len(self.rows) else len(self.sentence_cosines)
        return slice(int(self.sentence_starts[place]), int(end))

    def legs(self, place: int) -> LegScores:
        """Return what each leg says of the passage at a place in `rows`."""
        row = int(self.rows[place])
        features = tuple(self.features[place].tolist())
        return LegScores(
            cosine=features[FEATURES.index("cosine")],
            sentence_cosine=features[FEATURES.index("sentence_cosine")],
            bm25=float(self.bm25[place]),
            dense_rank=self.dense_ranks.get(row),
            sentence_rank=self.sentence_ranks.get(row),
            lexical_rank=self.lexical_ranks.get(row),
            features=features,
            confidence=float(self.confidences[place]),
        )


class CandidateRetriever:
    """The vectors and the words of one version."""

    def __init__(self, folder: Path, encode_query: EncodeQuery, dimensions: int, languages: Sequence[str]) -> None:
        """Map the files of a version whose checksums have been verified.

        Args:
            languages: Of its documents.
        """
        self._encode_query = encode_query
        self._stems = [stem_in(language) for language in languages]
        self._passages = DenseIndex(folder / PASSAGE_INDEX_FILE, map_vectors(folder / PASSAGE_VECTORS_FILE, dimensions))
        self._sentences = DenseIndex(
            folder / SENTENCE_INDEX_FILE, map_vectors(folder / SENTENCE_VECTORS_FILE, dimensions)
        )
        self._lexical = LexicalIndex(folder)

    @property
    def n_rows(self) -> int:
        return self._passages.n_rows

    def retrieve(self, query: str, n_each: int, allowed: BoolArray | None = None) -> CandidateSet:
        """Return what the vectors and the words retrieve, at most `n_each` passages each.

        Args:
            allowed: bool, shape (n_rows,): the passages that may be retrieved; None for all.
        """
        vector = self._encode_query(query)
        terms, found = self._score_words(query)
        by_meaning, _ = self._passages.search(vector, n_each, allowed)
        by_sentence, _ = self._nearest_by_sentence(vector, n_each, allowed)
        by_words = top_rows(found.scores, n_each, allowed)
        rows = np.unique(np.concatenate([by_meaning, by_sentence, by_words]))
        if not len(rows):
            return no_candidates(vector)
        sentences, starts = self._lexical.sentences_of(rows)
        candidates = Candidates(
            self._passages.cosines(rows, vector),
            found.coverage[rows],
            self._sentences.cosines(sentences, vector),
            starts,
            *self._lexical.words_of(sentences, terms),
            found.scores[rows],
        )
        fits = fits_of(candidates, found.weights)
        features = features_of(candidates, fits, len(found.weights))
        return CandidateSet(
            *(rows, _ranks(by_meaning), _ranks(by_sentence), _ranks(by_words), candidates.bm25, features),
            *(confidences(features), candidates.sentence_cosines, fits, starts, vector),
        )

    def rank_by_meaning(self, query: str, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return the k passages with the nearest vectors, and their cosines, best first."""
        return self._passages.search(self._encode_query(query), k, allowed)

    def rank_by_sentence(self, query: str, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return the k passages with the nearest sentences, and the cosines of these, best first."""
        return self._nearest_by_sentence(self._encode_query(query), k, allowed)

    def rank_by_words(self, query: str, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Return the k passages with the highest BM25 scores, and these, best first."""
        _, found = self._score_words(query)
        rows = top_rows(found.scores, k, allowed)
        return rows, found.scores[rows]

    def sentence_cosines(self, first_row: int, n_rows: int, vector: FloatArray) -> tuple[float, ...]:
        """Return the cosine to a vector of each of these rows of sentences."""
        return tuple(self._sentences.cosines(np.arange(first_row, first_row + n_rows), vector).tolist())

    def terms_of(self, row: int) -> frozenset[int]:
        """Return the numbers of the terms of a passage's sentences."""
        return self._lexical.terms_of_row(row)

    def _score_words(self, query: str) -> tuple[list[list[int]], LexicalScores]:
        words = query_words(query, self._stems)
        content = [word.terms for word in words if word.is_content] or [word.terms for word in words]
        terms = self._lexical.find(list(dict.fromkeys(content)))
        return terms, self._lexical.score(terms)

    def _nearest_by_sentence(
        self, vector: FloatArray, n_sentences: int, allowed: BoolArray | None
    ) -> tuple[IntArray, FloatArray]:
        """Return the passages of the nearest sentences, of which several may be in one, and their best cosines."""
        mask = None if allowed is None else self._lexical.sentences_allowed(allowed)
        sentences, cosines = self._sentences.search(vector, n_sentences, mask)
        passages, firsts = np.unique(self._lexical.passages_of(sentences), return_index=True)
        order = np.argsort(firsts)
        return passages[order], cosines[firsts[order]]


def no_candidates(vector: FloatArray) -> CandidateSet:
    """Return that there is no passage."""
    no_rows, no_numbers = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    features = np.empty((0, len(FEATURES)), dtype=np.float32)
    return CandidateSet(no_rows, {}, {}, {}, no_numbers, features, no_numbers, no_numbers, no_numbers, no_rows, vector)


def _ranks(rows: IntArray) -> dict[int, int]:
    return {row: rank for rank, row in enumerate(rows.tolist(), start=1)}
