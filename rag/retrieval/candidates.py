"""Retrieve the candidates for a query from one version, with their features.

Goes in: a query. Comes out: the passages that the three legs retrieve (passage vectors, sentence
vectors, BM25), with features and confidence. No text is read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rag.encoders.cosine_scale import scale_of
from rag.index.lexical import LexicalIndex, LexicalScores, top_rows
from rag.index.vectors import DenseIndex, map_vectors
from rag.index.versions import (
    PASSAGE_INDEX_FILE,
    PASSAGE_VECTORS_FILE,
    SENTENCE_INDEX_FILE,
    SENTENCE_VECTORS_FILE,
    IndexVersion,
)
from rag.retrieval.fusion import FEATURES, CandidateSignals, confidences, features_of, sentence_relevance
from rag.text.stemming import stem_in
from rag.text.terms import query_words
from rag.types import BoolArray, FloatArray, IntArray, LegScores

EncodeQuery = Callable[[str], FloatArray]
Leg = Literal["dense", "sentence", "lexical"]


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """The candidates for one query, in index order.

    Attributes:
        rows: int64, shape (n,).
        dense_ranks, sentence_ranks, lexical_ranks: Row to rank, from 1, of what each leg retrieved.
        bm25: float32, shape (n,).
        features: float32, shape (n, len(FEATURES)).
        confidences: float32, shape (n,), 0 to 1.
        sentence_cosines: float32, for all sentences, passage by passage.
        sentence_relevance: Likewise; see `fusion.sentence_relevance`.
        sentence_starts: int64, shape (n,): where each passage's sentences begin in these.
        vector: The query's.
    """

    rows: IntArray
    dense_ranks: Mapping[int, int]
    sentence_ranks: Mapping[int, int]
    lexical_ranks: Mapping[int, int]
    bm25: FloatArray
    features: FloatArray
    confidences: FloatArray
    sentence_cosines: FloatArray
    sentence_relevance: FloatArray
    sentence_starts: IntArray
    vector: FloatArray

    def sentence_cosines_of(self, index: int) -> tuple[float, ...]:
        """Return the cosine of each sentence of the passage `rows[index]` to the query."""
        return tuple(self.sentence_cosines[self._sentences(index)].tolist())

    def sentences_by_relevance(self, index: int) -> list[int]:
        """Return the sentence numbers of `rows[index]`, from 0, best first; ties keep order."""
        order: list[int] = np.argsort(-self.sentence_relevance[self._sentences(index)], kind="stable").tolist()
        return order

    def _sentences(self, index: int) -> slice:
        end = self.sentence_starts[index + 1] if index + 1 < len(self.rows) else len(self.sentence_cosines)
        return slice(int(self.sentence_starts[index]), int(end))

    def legs(self, index: int) -> LegScores:
        """Return the scores of each leg for the passage `rows[index]`."""
        row = int(self.rows[index])
        features = tuple(self.features[index].tolist())
        return LegScores(
            cosine=features[FEATURES.index("cosine")],
            sentence_cosine=features[FEATURES.index("sentence_cosine")],
            bm25=float(self.bm25[index]),
            dense_rank=self.dense_ranks.get(row),
            sentence_rank=self.sentence_ranks.get(row),
            lexical_rank=self.lexical_ranks.get(row),
            features=features,
            confidence=float(self.confidences[index]),
        )


class CandidateRetriever:
    """The three legs of search over one version."""

    def __init__(
        self,
        index_version: IndexVersion,
        encode_query: EncodeQuery,
        languages: Sequence[str],
        visible: BoolArray | None = None,
    ) -> None:
        """Map the files of a verified version.

        Args:
            languages: Those of the documents that are visible.
            visible: bool, shape (n_rows,): the only passages that count; None for all.
        """
        folder, dimensions = index_version.folder, index_version.manifest.dimensions
        scale = scale_of(index_version.manifest.recipe.encoder)
        self._encode_query = encode_query
        self._stems = [stem_in(language) for language in languages]
        self._passages, self._sentences = (
            DenseIndex(folder / index_file, map_vectors(folder / vectors_file, dimensions), scale)
            for index_file, vectors_file in (
                (PASSAGE_INDEX_FILE, PASSAGE_VECTORS_FILE),
                (SENTENCE_INDEX_FILE, SENTENCE_VECTORS_FILE),
            )
        )
        self._lexical = LexicalIndex(folder, visible)
        self._visible = visible

    @property
    def n_rows(self) -> int:
        return self._passages.n_rows

    def retrieve(self, query: str, n_each: int, allowed: BoolArray | None = None) -> CandidateSet:
        """Return what the legs retrieve, at most `n_each` passages each.

        Args:
            allowed: bool, shape (n_rows,): the passages that may be retrieved; None for all.
        """
        allowed = self._and_visible(allowed)
        vector = self._encode_query(query)
        terms, lexical = self._score_words(query)
        by_meaning, _ = self._passages.search(vector, n_each, allowed)
        by_sentence, _ = self._nearest_by_sentence(vector, n_each, allowed)
        by_words = top_rows(lexical.scores, n_each, allowed)
        rows = np.unique(np.concatenate([by_meaning, by_sentence, by_words]))
        if not len(rows):
            return no_candidates(vector)
        sentences, starts = self._lexical.sentences_of(rows)
        signals = CandidateSignals(
            self._passages.cosines(rows, vector),
            lexical.coverage[rows],
            self._sentences.cosines(sentences, vector),
            starts,
            *self._lexical.words_of(sentences, terms),
            lexical.scores[rows],
        )
        relevance = sentence_relevance(signals, lexical.weights)
        features = features_of(signals, relevance, len(lexical.weights))
        return CandidateSet(
            *(rows, _ranks(by_meaning), _ranks(by_sentence), _ranks(by_words), signals.bm25, features),
            *(confidences(features), signals.sentence_cosines, relevance, starts, vector),
        )

    def rank(self, query: str, leg: Leg, k: int) -> tuple[IntArray, FloatArray]:
        """Return the rows and scores that one leg retrieves, best first; at most k."""
        if leg == "lexical":
            _, lexical = self._score_words(query)
            rows = top_rows(lexical.scores, k, None)
            return rows, lexical.scores[rows]
        search = self._passages.search if leg == "dense" else self._nearest_by_sentence
        return search(self._encode_query(query), k, self._visible)

    def sentence_cosines(self, first_row: int, n_rows: int, vector: FloatArray) -> tuple[float, ...]:
        """Return the cosine of each of these sentence rows to a vector."""
        return tuple(self._sentences.cosines(np.arange(first_row, first_row + n_rows), vector).tolist())

    def sentence_vectors(self, first_row: int, n_rows: int) -> FloatArray:
        """Return the vectors of sentence rows: float32, shape (n_rows, dimensions)."""
        return self._sentences.vectors(np.arange(first_row, first_row + n_rows))

    def terms_of(self, row: int) -> frozenset[int]:
        """Return the term numbers of a passage."""
        return self._lexical.terms_of_row(row)

    def rows_holding(self, text: str, allowed: BoolArray | None = None) -> IntArray:
        """Return the passages that hold every word of a text, below their headings, in order."""
        rows = self._lexical.rows_holding(self._lexical.find([word.terms for word in query_words(text, self._stems)]))
        return rows if allowed is None else rows[allowed[rows]]

    def n_holding(self, text: str) -> int:
        """Return how many passages hold every word of a text, in any form."""
        return len(self.rows_holding(text))

    def holds(self, word: str) -> bool:
        """Tell whether any passage holds a word in one of its forms."""
        return any(self._lexical.find([found.terms for found in query_words(word, self._stems)]))

    def holds_term(self, term: str) -> bool:
        """Tell whether any passage holds exactly this term."""
        return bool(self._lexical.find([(term,)])[0])

    def _and_visible(self, allowed: BoolArray | None) -> BoolArray | None:
        if allowed is None or self._visible is None:
            return self._visible if allowed is None else allowed
        both: BoolArray = allowed & self._visible
        return both

    def _score_words(self, query: str) -> tuple[list[list[int]], LexicalScores]:
        words = list(query_words(query, self._stems))
        content = [word.terms for word in words if word.is_content] or [word.terms for word in words]
        terms = self._lexical.find(list(dict.fromkeys(content)))
        return terms, self._lexical.score(terms)

    def _nearest_by_sentence(
        self, vector: FloatArray, n_sentences: int, allowed: BoolArray | None
    ) -> tuple[IntArray, FloatArray]:
        """Return the passages of the nearest sentences, each once, and their best cosines."""
        mask = None if allowed is None else self._lexical.sentences_allowed(allowed)
        sentences, cosines = self._sentences.search(vector, n_sentences, mask)
        passages, firsts = np.unique(self._lexical.passages_of(sentences), return_index=True)
        order = np.argsort(firsts)
        return passages[order], cosines[firsts[order]]


def no_candidates(vector: FloatArray) -> CandidateSet:
    """Return the empty set of candidates."""
    no_rows, no_numbers = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    features = np.empty((0, len(FEATURES)), dtype=np.float32)
    return CandidateSet(no_rows, {}, {}, {}, no_numbers, features, no_numbers, no_numbers, no_numbers, no_rows, vector)


def _ranks(rows: IntArray) -> dict[int, int]:
    return {row: rank for rank, row in enumerate(rows.tolist(), start=1)}
