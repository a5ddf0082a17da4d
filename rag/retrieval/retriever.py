"""Retrieve the passages of one index version that answer a query.

Goes in: a query, and the question if the query is a rewriting of it. Comes out: hits, best first,
with the scores of each leg, the best sentence, and the cosine of each sentence. Search is
synchronous: callers on an event loop run it in a thread.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.documents.passages import Excerpt
from rag.encoders.question_kinds import KindClassifier
from rag.errors import DocumentNotFound, IndexStale, repeating_options
from rag.filters import Filters
from rag.index.store import Store, StoredPassage
from rag.index.versions import STORE_FILE, IndexVersion
from rag.index.vocabulary import Vocabulary
from rag.retrieval.candidates import CandidateRetriever, CandidateSet, EncodeQuery, Leg
from rag.retrieval.choosing import Candidate, Rerank, best_statement, by_confidence, choose, rerank_hits
from rag.retrieval.corrections import QueryCorrector
from rag.retrieval.other_forms import OtherForms
from rag.text.questions import QuestionKind
from rag.types import BoolArray, Document, FileEntry, FloatArray, Hit, Span

CountUnread = Callable[[str], int]

N_CANDIDATES = 30
# If copies leave too few hits, each leg retrieves this many times more, up to the maximum.
_MORE_CANDIDATES = 8
_MAX_CANDIDATES = 10_000


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How hits are chosen.

    Attributes:
        n_candidates: The least number of passages that each leg retrieves.
        max_per_document: The most hits of one document; 0 for no limit.
        n_reranked: How many of the best hits the reranker scores.
    """

    n_candidates: int = N_CANDIDATES
    max_per_document: int = 0
    n_reranked: int = 20


class Retriever:
    """Search over one index version."""

    def __init__(
        self,
        index_version: IndexVersion,
        encode_query: EncodeQuery,
        dimensions: int,
        options: SearchOptions = SearchOptions(),
        *,
        rerank: Rerank | None = None,
        count_unread: CountUnread | None = None,
        groups: AbstractSet[str] | None = None,
    ) -> None:
        """Open a verified version.

        Args:
            dimensions: Of the vectors that `encode_query` returns.
            rerank: Takes a query and texts, best first. Returns the probability, 0 to 1, that each
                answers the query, for as many of the first texts as it has time for.
            count_unread: Returns how many tokens of a query exceed the encoder's limit.
            groups: Documents of other groups do not exist for the retriever; None for all groups.
                No result tells that there are others, since words, counts and weights are those of
                the visible documents. Only the average length of passages, in BM25, is of all.

        Raises:
            IndexStale: The index holds vectors of another length.
        """
        n_stored = index_version.manifest.dimensions
        if n_stored != dimensions:
            with repeating_options(index_version.options):
                raise IndexStale(
                    f"{index_version.folder} holds vectors of {n_stored} dimensions, the encoder gives {dimensions}",
                    next_step="run `rag index --rebuild FOLDER`",
                )
        self.index_version = index_version
        self.visible_groups = None if groups is None else frozenset(groups)
        self._encode_query = encode_query
        self._options = options
        self._rerank = rerank
        self._count_unread = count_unread
        self._kinds = KindClassifier(index_version.manifest.recipe.encoder)
        self._store = Store(index_version.folder / STORE_FILE, groups)
        self.groups = self._store.groups()
        n_of_language = self._store.language_counts()
        visible = None if groups is None else self._rows_passing(Filters())
        self._legs = CandidateRetriever(index_version, encode_query, sorted(n_of_language), visible)
        self._document_starts = self._store.document_starts()
        vocabulary = Vocabulary(index_version.folder, self._legs.n_holding if groups is not None else None)
        self._other_forms = OtherForms(vocabulary.n_passages_by_definition)
        by_frequency = sorted(n_of_language, key=lambda language: (-n_of_language[language], language))
        self._corrector = QueryCorrector(vocabulary, self._legs.holds, self._legs.holds_term, by_frequency)

    def visible_to(self, groups: AbstractSet[str]) -> "Retriever":
        """Return a retriever for which the documents of other groups do not exist."""
        return Retriever(
            *(self.index_version, self._encode_query, self.index_version.manifest.dimensions, self._options),
            rerank=self._rerank,
            count_unread=self._count_unread,
            groups=groups,
        )

    def close(self) -> None:
        self._store.close()

    @property
    def version(self) -> str:
        return self.index_version.name

    @property
    def folder(self) -> Path:
        """The folder that was indexed; it may have changed or been removed since."""
        return Path(self.index_version.manifest.folder)

    @property
    def n_documents(self) -> int:
        return len(self._document_starts)

    def correct(self, query: str) -> str:
        """Return a query with the words that no document holds spelt as the documents do.

        Raises:
            IndexCorrupt: As from `search`.
        """
        self.index_version.require_unchanged()
        return self._corrector.correct(query)

    def other_forms(self, query: str) -> list[str]:
        """Return a query with the other forms of abbreviations that the documents define."""
        return self._other_forms.of(query)

    def search(self, query: str, *, k: int, question: str | None = None, filters: Filters | None = None) -> list[Hit]:
        """Return the k best passages without copies of better ones; equal scores keep index order.

        Args:
            k: At least 1.
            question: What the user typed, if the query is a rewriting of it. Both are searched for,
                and each passage keeps its better confidence, so a bad rewriting loses nothing. So
                are the query's `other_forms`.
            filters: Only passages of documents that pass are retrieved.

        Raises:
            IndexCorrupt: A file of the index was changed in place, so it cannot be read safely.
        """
        self.index_version.require_unchanged()
        queries = list(dict.fromkeys([query, question or query, *self.other_forms(query)]))
        n_wanted = max(k, self._options.n_reranked) if self._rerank else k
        searches, chosen = self._search_until_enough(queries, n_wanted, filters)
        stored = self._store.passages([candidate.row for candidate in chosen])
        hits = [
            self._hit(candidate, passage, rank, searches[0].vector)
            for rank, (candidate, passage) in enumerate(zip(chosen, stored, strict=True), start=1)
        ]
        if self._rerank is None:
            return hits
        # Each passage is compared with the query that retrieved it.
        return rerank_hits(self._rerank, self._options.n_reranked, [one.query for one in chosen], hits)[:k]

    def search_leg(self, query: str, leg: Leg, *, k: int) -> list[Hit]:
        """Return the k best passages of one leg: passage vectors, sentence vectors or BM25.

        The sentence leg may return fewer: the k nearest sentences may share passages.

        Raises:
            ValueError: k < 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        rows, scores = self._legs.rank(query, leg, k)
        vector = self._encode_query(query)
        return [
            Hit(stored.passage, score, rank, leg, self._sentence_cosines(stored, vector), stored.first_sentence)
            for rank, (stored, score) in enumerate(
                zip(self._store.passages(rows.tolist()), scores.tolist(), strict=True), start=1
            )
        ]

    def count_unread(self, query: str) -> int:
        """Return how many tokens at a query's end only BM25 searches for; 0 if that is unknown."""
        return self._count_unread(query) if self._count_unread else 0

    def classify(self, question: str) -> QuestionKind:
        """Return the kind of a question, told by its words and its vector."""
        return self._kinds.classify(question, self._encode_query(question))

    def score_sentences(self, text: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
        """Return the cosine of each sentence of each hit to a text."""
        vector = self._encode_query(text)
        return [self._legs.sentence_cosines(hit.first_sentence_row, len(hit.passage.sentences), vector) for hit in hits]

    def sentence_vectors(self, hit: Hit) -> FloatArray:
        """Return the vectors of a hit's sentences: float32, shape (sentences, dimensions)."""
        return self._legs.sentence_vectors(hit.first_sentence_row, len(hit.passage.sentences))

    def passages_of(self, document_id: str, most: int) -> list[Hit]:
        """Return the first passages of a document in reading order, as hits without scores."""
        ranges = self._store.rows_of(Filters(documents=(document_id,)))
        stored = [one for first, end in ranges for one in self._store.passages_between(first, min(end, first + most))]
        return [
            Hit(one.passage, 0.0, rank, "dense", first_sentence_row=one.first_sentence)
            for rank, one in enumerate(stored, start=1)
        ]

    def retrieve_candidates(self, query: str, n_each: int) -> CandidateSet:
        """Return what the legs retrieve, at most `n_each` passages each."""
        return self._legs.retrieve(query, n_each)

    def entries(self) -> list[FileEntry]:
        """Return all files of the folder, indexed and skipped, by uri."""
        return self._store.entries()

    def openings(self, filters: Filters | None = None) -> list[tuple[FileEntry, Hit]]:
        """Return the documents that pass the filters with their first passages, by uri."""
        found = self._store.entries_passing(filters or Filters())
        openings: list[tuple[FileEntry, Hit]] = []
        for start in range(0, len(found), _MAX_CANDIDATES):
            entries, rows = zip(*found[start : start + _MAX_CANDIDATES], strict=True)
            openings += zip(entries, (_unscored(one, 1) for one in self._store.passages(rows)), strict=True)
        return openings

    def passages_holding(self, text: str, *, per_document: int, filters: Filters | None = None) -> list[Hit]:
        """Return passages that hold every word of a text, in index order.

        Args:
            per_document: The most passages of one document.

        Raises:
            IndexCorrupt: As from `search`.
        """
        self.index_version.require_unchanged()
        rows: list[int] = []
        n_of_document: Counter[int] = Counter()
        for row in self._legs.rows_holding(text, self._allowed(filters)).tolist():
            document = bisect_right(self._document_starts, row)
            n_of_document[document] += 1
            if n_of_document[document] <= per_document:
                rows.append(row)
        stored = self._store.passages(rows) if rows else []
        return [_unscored(one, rank) for rank, one in enumerate(stored, start=1)]

    def document(self, document_id: str, around: Span | None = None) -> Document:
        """Return a document with its whole text, but of its blocks only those around a span.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        blocks = self.excerpt(document_id, around).blocks if around else ()
        entry = self.entry(document_id)
        return Document(**asdict(entry), text=self._store.text(document_id), blocks=blocks)

    def entry(self, document_id: str) -> FileEntry:
        """Return a document without its text.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        entry = self._store.entries_of([document_id]).get(document_id)
        if entry is None:
            raise DocumentNotFound(
                f"no document {document_id[:64]!r} in the index", next_step="GET /v1/documents lists them"
            )
        return entry

    def excerpt(self, document_id: str, span: Span) -> Excerpt:
        """Return a part of a document that holds a span, and all blocks that overlap it."""
        return self._store.excerpt(document_id, span)

    def entries_of(self, hits: Sequence[Hit]) -> list[FileEntry]:
        """Return each hit's document without its text."""
        entry_by_id = self._store.entries_of(list({hit.passage.document_id for hit in hits}))
        return [entry_by_id[hit.passage.document_id] for hit in hits]

    def titles(self, hits: Sequence[Hit]) -> list[str]:
        """Return the title of each hit's document."""
        return [entry.title for entry in self.entries_of(hits)]

    def _allowed(self, filters: Filters | None) -> BoolArray | None:
        return None if filters is None or filters.is_empty else self._rows_passing(filters)

    def _rows_passing(self, filters: Filters) -> BoolArray:
        passing: BoolArray = np.zeros(self.index_version.manifest.n_passages, dtype=bool)
        for start, end in self._store.rows_of(filters):
            passing[start:end] = True
        return passing

    def _search_until_enough(
        self, queries: Sequence[str], n_wanted: int, filters: Filters | None
    ) -> tuple[list[CandidateSet], list[Candidate]]:
        """Return the candidates for each query, and those chosen as hits.

        If copies and `max_per_document` leave too few, the legs retrieve more.
        """
        allowed = self._allowed(filters)
        n_each = max(self._options.n_candidates, n_wanted)
        while True:
            searches = [self._legs.retrieve(query, n_each, allowed) for query in queries]
            chosen = choose(
                by_confidence(queries, searches),
                n_wanted,
                terms_of=self._legs.terms_of,
                document_starts=self._document_starts,
                max_per_document=self._options.max_per_document,
            )
            if len(chosen) == n_wanted or n_each >= self._legs.n_rows or n_each >= _MAX_CANDIDATES:
                return searches, chosen
            n_each *= _MORE_CANDIDATES

    def _hit(self, candidate: Candidate, stored: StoredPassage, rank: int, vector: FloatArray) -> Hit:
        """Return a candidate as a hit; its sentence scores are cosines to `vector`."""
        found, index = candidate.found, candidate.index
        return Hit(
            passage=stored.passage,
            score=candidate.confidence,
            rank=rank,
            stage="fused",
            sentence_scores=(
                found.sentence_cosines_of(index) if found.vector is vector else self._sentence_cosines(stored, vector)
            ),
            first_sentence_row=stored.first_sentence,
            best_sentence=best_statement(stored.passage, found.sentences_by_relevance(index)),
            legs=found.legs(index),
        )

    def _sentence_cosines(self, stored: StoredPassage, vector: FloatArray) -> tuple[float, ...]:
        return self._legs.sentence_cosines(stored.first_sentence, len(stored.passage.sentences), vector)


def _unscored(stored: StoredPassage, rank: int) -> Hit:
    return Hit(stored.passage, 1.0, rank, "lexical", (), stored.first_sentence)
