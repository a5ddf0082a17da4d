"""Find the passages of one version that answer a query.

Goes in: a query, and the question if the query is a rewriting of it. Comes out: hits, best first, with
the scores of each leg, the best sentence, and the cosine of each sentence. Search is synchronous:
callers on an event loop run it in a thread. The index is never changed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from rag.errors import DocumentNotFound, IndexStale
from rag.filters import Filters
from rag.index.store import Store, StoredPassage
from rag.index.versions import STORE_FILE, IndexVersion
from rag.retrieval.candidates import CandidateRetriever, CandidateSet, EncodeQuery
from rag.text.statements import is_statement
from rag.types import BoolArray, Document, Excerpt, FileEntry, FloatArray, Hit, Passage, Span, Stage

Rerank = Callable[[str, Sequence[str]], Sequence[float]]
CountUnread = Callable[[str], int]
Leg = Literal["dense", "sentence", "lexical"]

N_CANDIDATES = 30
_MORE_CANDIDATES = 8
_MOST_CANDIDATES = 10_000
_COPY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How hits are chosen.

    Attributes:
        n_candidates: How many passages each leg retrieves, at least.
        max_per_document: At most so many hits of one document; 0 for no limit.
        n_reranked: How many of the best hits a reranker looks at.
    """

    n_candidates: int = N_CANDIDATES
    max_per_document: int = 0
    n_reranked: int = 20


class Retriever:
    """Search over one version."""

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
            rerank: Gives a query and texts, best first; returns for the first of them that it has time for how likely
                each answers the query, 0 to 1.
            count_unread: Tells how many tokens of a query the encoder cannot read.

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
        self._store = Store(index_version.folder / STORE_FILE)
        self._document_starts = self._store.document_starts()
        self._legs = CandidateRetriever(index_version.folder, encode_query, dimensions, self._store.languages())

    @property
    def version(self) -> str:
        return self.index_version.name

    @property
    def folder(self) -> Path:
        """The folder that was indexed; it may have changed or gone since."""
        return Path(self.index_version.manifest.folder)

    @property
    def n_documents(self) -> int:
        return self.index_version.manifest.n_documents

    def search(self, query: str, *, k: int, question: str | None = None, filters: Filters | None = None) -> list[Hit]:
        """Return the k best passages, copies of better ones left out; equal scores keep index order.

        Args:
            k: At least 1.
            question: What the user typed, if the query is a rewriting of it. Both are searched for, and
                each passage keeps the better of its two confidences, so a bad rewriting loses nothing.
            filters: Only passages of documents that pass are retrieved.
        """
        queries = list(dict.fromkeys([query, question or query]))
        n_wanted = max(k, self._options.n_reranked) if self._rerank else k
        searches, chosen = self._search_until_enough(queries, n_wanted, filters)
        stored = self._store.passages([found.row for found in chosen])
        hits = [
            self._hit(one, found, rank, searches[0].vector)
            for rank, (one, found) in enumerate(zip(chosen, stored, strict=True), start=1)
        ]
        if self._rerank is None:
            return hits
        # Each is reranked for the query that it was found for.
        asked = [queries[next(i for i, one in enumerate(searches) if one is found.candidates)] for found in chosen]
        return self._reranked(self._rerank, list(zip(asked, hits, strict=True)))[:k]

    def search_leg(self, query: str, leg: Leg, *, k: int, filters: Filters | None = None) -> list[Hit]:
        """Return the k best passages by one leg alone: the vectors of passages or of sentences, or BM25.

        By sentences there may be fewer, for the k nearest sentences may share passages.

        Raises:
            ValueError: k < 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        rank_rows = {
            "dense": self._legs.rank_by_meaning,
            "sentence": self._legs.rank_by_sentence,
            "lexical": self._legs.rank_by_words,
        }[leg]
        rows, scores = rank_rows(query, k, self._allowed(filters))
        vector = self._encode_query(query)
        return [
            Hit(found.passage, score, rank, leg, self._sentence_cosines(found, vector), found.first_sentence)
            for rank, (found, score) in enumerate(
                zip(self._store.passages(rows.tolist()), scores.tolist(), strict=True), start=1
            )
        ]

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are searched for by their words alone; 0 where nobody knows."""
        return self._count_unread(query) if self._count_unread else 0

    def score_sentences(self, text: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
        """Return for each hit the cosine of each of its sentences to a text."""
        vector = self._encode_query(text)
        return [self._legs.sentence_cosines(hit.first_sentence_row, len(hit.passage.sentences), vector) for hit in hits]

    def retrieve_candidates(self, query: str, n_each: int, filters: Filters | None = None) -> CandidateSet:
        """Return what each leg retrieves, at most `n_each` passages each."""
        return self._legs.retrieve(query, n_each, self._allowed(filters))

    def entries(self) -> list[FileEntry]:
        """Return all files of the folder, indexed and skipped, by uri."""
        return self._store.entries()

    def document(self, document_id: str) -> Document:
        """Return a document with its whole text.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        stored = self._store.document(document_id)
        if stored is None:
            raise _not_found(document_id)
        return stored.document

    def entry(self, document_id: str) -> FileEntry:
        """Return a document without its text.

        Raises:
            DocumentNotFound: The index holds none with this id.
        """
        entry = self._store.entries_of([document_id]).get(document_id)
        if entry is None:
            raise _not_found(document_id)
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
        """Return the candidates for each query, and the passages chosen of it.

        Where copies, or passages of a document that has enough of them, leave too few, more are retrieved.
        """
        allowed = self._allowed(filters)
        n_each = max(self._options.n_candidates, n_wanted)
        while True:
            searches = [self._legs.retrieve(query, n_each, allowed) for query in queries]
            chosen = self._choose(_by_confidence(searches), n_wanted)
            if len(chosen) == n_wanted or n_each >= self._legs.n_rows or n_each >= _MOST_CANDIDATES:
                return searches, chosen
            n_each *= _MORE_CANDIDATES

    def _choose(self, candidates: Iterable["_Candidate"], k: int) -> list["_Candidate"]:
        """Return the first k candidates, but for copies of one before them and more of a document than is allowed.

        A passage is a copy where each of its terms stands in the other one and makes up most of it: the same page in
        another format, a paragraph quoted whole. One that differs in a single name or number is not.
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

    def _hit(self, candidate: "_Candidate", found: StoredPassage, rank: int, vector: FloatArray) -> Hit:
        candidates, place = candidate.candidates, candidate.place
        return Hit(
            passage=found.passage,
            score=candidate.confidence,
            rank=rank,
            stage="fused",
            sentence_scores=(
                candidates.sentence_cosines_of(place)
                if candidates.vector is vector
                else self._sentence_cosines(found, vector)
            ),
            first_sentence_row=found.first_sentence,
            best_sentence=_best_statement(found.passage, candidates.sentences_by_relevance(place)),
            legs=candidates.legs(place),
        )

    def _sentence_cosines(self, found: StoredPassage, vector: FloatArray) -> tuple[float, ...]:
        return self._legs.sentence_cosines(found.first_sentence, len(found.passage.sentences), vector)

    def _reranked(self, rerank: Rerank, asked: Sequence[tuple[str, Hit]]) -> list[Hit]:
        """Return the hits that the reranker has time for in its order, and the others after them in theirs.

        Args:
            asked: Each hit with the query that it is to be compared with.
        """
        score_by_id: dict[str, float] = {}
        first = asked[: self._options.n_reranked]
        for query in dict.fromkeys(query for query, _ in first):
            passages = [hit.passage for one, hit in first if one == query]
            scores = rerank(query, [passage.text for passage in passages])
            score_by_id |= {passage.id: score for passage, score in zip(passages, scores, strict=False)}
        hits = [hit for _, hit in asked]
        scored = [hit for hit in hits if hit.passage.id in score_by_id]
        scored.sort(key=lambda hit: -score_by_id[hit.passage.id])
        best = [replace(hit, score=score_by_id[hit.passage.id], stage=_RERANKED) for hit in scored]
        # What was not compared stands below what was, and its score says no more than that.
        least = min(score_by_id.values(), default=1.0)
        rest = [replace(hit, score=min(hit.score, least)) for hit in hits if hit.passage.id not in score_by_id]
        return [replace(hit, rank=rank) for rank, hit in enumerate([*best, *rest], start=1)]


def _not_found(document_id: str) -> DocumentNotFound:
    return DocumentNotFound(f"no document {document_id[:64]!r} in the index", next_step="GET /v1/documents lists them")


_RERANKED: Stage = "reranked"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A candidate: its row, and its place among the candidates of the query that fits it better."""

    row: int
    confidence: float
    candidates: CandidateSet
    place: int


def _by_confidence(searches: Sequence[CandidateSet]) -> Iterator[_Candidate]:
    """Yield the passages of several searches by the better of their confidences, each once; ties in index order."""
    rows = np.concatenate([candidates.rows for candidates in searches])
    confidences = np.concatenate([candidates.confidences for candidates in searches])
    ends = np.cumsum([len(candidates.rows) for candidates in searches])
    seen: set[int] = set()
    for number in np.lexsort((rows, -confidences)).tolist():
        row = int(rows[number])
        if row in seen:
            continue
        seen.add(row)
        search = int(np.searchsorted(ends, number, side="right"))
        place = number - (int(ends[search - 1]) if search else 0)
        yield _Candidate(row, float(confidences[number]), searches[search], place)


def _best_statement(passage: Passage, by_fit: Sequence[int]) -> Span:
    """Return the sentence that fits best of those that say something, which a heading does not; else the first."""
    sentences = [passage.sentences[place] for place in by_fit]
    return next((one for one in sentences if is_statement(passage.text_of(one), passage)), sentences[0])
