"""Retrieve the passages of one index version that answer a query.

Goes in: a query, and the question if the query is a rewriting of it. Comes out: hits, best first,
with the scores of each leg, the best sentence, and the cosine of each sentence. Search is
synchronous: callers on an event loop run it in a thread.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from rag.documents.passages import Excerpt
from rag.encoders.question_kinds import KindClassifier
from rag.errors import DocumentNotFound, IndexStale
from rag.filters import Filters
from rag.index.store import Store, StoredPassage
from rag.index.versions import STORE_FILE, IndexVersion
from rag.index.vocabulary import Vocabulary
from rag.retrieval.candidates import CandidateRetriever, CandidateSet, EncodeQuery, Leg
from rag.retrieval.corrections import QueryCorrector
from rag.retrieval.other_forms import OtherForms
from rag.text.questions import QuestionKind
from rag.text.statements import is_statement
from rag.types import BoolArray, Document, FileEntry, FloatArray, Hit, Passage, Span

Rerank = Callable[[str, Sequence[str]], Sequence[float]]
CountUnread = Callable[[str], int]

N_CANDIDATES = 30
# If copies leave too few hits, each leg retrieves this many times more, up to the maximum.
_MORE_CANDIDATES = 8
_MAX_CANDIDATES = 10_000
# A copy holds at least this share of the other passage's terms.
_COPY_SHARE = 0.5


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
    ) -> None:
        """Open a verified version.

        Args:
            dimensions: Of the vectors that `encode_query` returns.
            rerank: Takes a query and texts, best first. Returns the probability, 0 to 1, that each
                answers the query, for as many of the first texts as it has time for.
            count_unread: Returns how many tokens of a query exceed the encoder's limit.

        Raises:
            IndexStale: The index holds vectors of another length.
        """
        n_stored = index_version.manifest.dimensions
        if n_stored != dimensions:
            raise IndexStale(
                f"{index_version.folder} holds vectors of {n_stored} dimensions, the encoder gives {dimensions}",
                next_step="run `rag index --rebuild FOLDER`",
            )
        self.index_version = index_version
        self._encode_query = encode_query
        self._options = options
        self._rerank = rerank
        self._count_unread = count_unread
        self._kinds = KindClassifier(index_version.manifest.recipe.encoder)
        self._store = Store(index_version.folder / STORE_FILE)
        self._document_starts = self._store.document_starts()
        n_of_language = self._store.language_counts()
        self._legs = CandidateRetriever(index_version, encode_query, sorted(n_of_language))
        by_frequency = sorted(n_of_language, key=lambda language: (-n_of_language[language], language))
        vocabulary = Vocabulary(index_version.folder)
        self._other_forms = OtherForms(vocabulary.n_passages_by_definition)
        self._corrector = QueryCorrector(vocabulary, self._legs.holds, self._legs.holds_term, by_frequency)

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
        return self.index_version.manifest.n_documents

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
        return self._reranked(self._rerank, [candidate.query for candidate in chosen], hits)[:k]

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
        if filters is None or filters.is_empty:
            return None
        allowed: BoolArray = np.zeros(self._legs.n_rows, dtype=bool)
        for start, end in self._store.rows_of(filters):
            allowed[start:end] = True
        return allowed

    def _search_until_enough(
        self, queries: Sequence[str], n_wanted: int, filters: Filters | None
    ) -> tuple[list[CandidateSet], list["_Candidate"]]:
        """Return the candidates for each query, and those chosen as hits.

        If copies and `max_per_document` leave too few, the legs retrieve more.
        """
        allowed = self._allowed(filters)
        n_each = max(self._options.n_candidates, n_wanted)
        while True:
            searches = [self._legs.retrieve(query, n_each, allowed) for query in queries]
            chosen = self._choose(_by_confidence(queries, searches), n_wanted)
            if len(chosen) == n_wanted or n_each >= self._legs.n_rows or n_each >= _MAX_CANDIDATES:
                return searches, chosen
            n_each *= _MORE_CANDIDATES

    def _choose(self, candidates: Iterable["_Candidate"], k: int) -> list["_Candidate"]:
        """Return the first k candidates without copies and within `max_per_document`.

        A passage is a copy of an earlier one that holds all its terms and at most twice as many.
        Examples are the same page in another format, and a quoted paragraph. A passage that
        differs in one name or number is no copy.
        """
        kept: list[_Candidate] = []
        terms_kept: list[frozenset[int]] = []
        n_of_document: Counter[int] = Counter()
        for candidate in candidates:
            terms = self._legs.terms_of(candidate.row)
            document = bisect_right(self._document_starts, candidate.row)
            is_too_many = 0 < self._options.max_per_document <= n_of_document[document]
            is_copy = any(terms <= other and _COPY_SHARE * len(other) <= len(terms) for other in terms_kept)
            if is_too_many or is_copy:
                continue
            kept.append(candidate)
            terms_kept.append(terms)
            n_of_document[document] += 1
            if len(kept) == k:
                break
        return kept

    def _hit(self, candidate: "_Candidate", stored: StoredPassage, rank: int, vector: FloatArray) -> Hit:
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
            best_sentence=_best_statement(stored.passage, found.sentences_by_relevance(index)),
            legs=found.legs(index),
        )

    def _sentence_cosines(self, stored: StoredPassage, vector: FloatArray) -> tuple[float, ...]:
        return self._legs.sentence_cosines(stored.first_sentence, len(stored.passage.sentences), vector)

    def _reranked(self, rerank: Rerank, queries: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits that the reranker has time for in its order, then the others in theirs.

        Args:
            queries: That of each hit.
        """
        score_by_id: dict[str, float] = {}
        first = list(zip(queries, hits, strict=True))[: self._options.n_reranked]
        for query in dict.fromkeys(query for query, _ in first):
            passages = [hit.passage for other, hit in first if other == query]
            scores = rerank(query, [passage.text for passage in passages])
            score_by_id |= {passage.id: score for passage, score in zip(passages, scores, strict=False)}
        scored = [hit for hit in hits if hit.passage.id in score_by_id]
        scored.sort(key=lambda hit: -score_by_id[hit.passage.id])
        best = [replace(hit, score=score_by_id[hit.passage.id], stage="reranked") for hit in scored]
        # The others come last, so none may score above the lowest that was reranked.
        least = min(score_by_id.values(), default=1.0)
        rest = [replace(hit, score=min(hit.score, least)) for hit in hits if hit.passage.id not in score_by_id]
        return [replace(hit, rank=rank) for rank, hit in enumerate([*best, *rest], start=1)]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage in the search that gives it the better confidence: `found.rows[index] == row`."""

    row: int
    confidence: float
    query: str
    found: CandidateSet
    index: int


def _unscored(stored: StoredPassage, rank: int) -> Hit:
    return Hit(stored.passage, 1.0, rank, "lexical", (), stored.first_sentence)


def _by_confidence(queries: Sequence[str], searches: Sequence[CandidateSet]) -> list[_Candidate]:
    """Return the candidates by their better confidence, each once; ties in index order."""
    candidates = [
        _Candidate(row, confidence, query, found, index)
        for query, found in zip(queries, searches, strict=True)
        for index, (row, confidence) in enumerate(zip(found.rows.tolist(), found.confidences.tolist(), strict=True))
    ]
    candidates.sort(key=lambda candidate: (-candidate.confidence, candidate.row))
    best_by_row: dict[int, _Candidate] = {}
    for candidate in candidates:
        best_by_row.setdefault(candidate.row, candidate)
    return list(best_by_row.values())


def _best_statement(passage: Passage, by_relevance: Sequence[int]) -> Span:
    """Return the most relevant sentence that is a statement, else the most relevant one."""
    sentences = [passage.sentences[i] for i in by_relevance]
    return next((one for one in sentences if is_statement(passage.text_of(one), passage)), sentences[0])
