"""Choose the hits of a search among its candidates, and bring them in order.

Goes in: the candidates for each query. Comes out: the best ones without copies of better ones.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rag.retrieval.candidates import CandidateSet
from rag.text.statements import is_statement
from rag.types import Hit, Passage, Span

Rerank = Callable[[str, Sequence[str]], Sequence[float]]

# A copy holds at least this share of the other passage's terms.
_COPY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage in the search that gives it the better confidence: `found.rows[index] == row`."""

    row: int
    confidence: float
    query: str
    found: CandidateSet
    index: int


def by_confidence(queries: Sequence[str], searches: Sequence[CandidateSet]) -> list[Candidate]:
    """Return the candidates by their better confidence, each once; ties in index order."""
    candidates = [
        Candidate(row, confidence, query, found, index)
        for query, found in zip(queries, searches, strict=True)
        for index, (row, confidence) in enumerate(zip(found.rows.tolist(), found.confidences.tolist(), strict=True))
    ]
    candidates.sort(key=lambda candidate: (-candidate.confidence, candidate.row))
    best_by_row: dict[int, Candidate] = {}
    for candidate in candidates:
        best_by_row.setdefault(candidate.row, candidate)
    return list(best_by_row.values())


def choose(
    candidates: Iterable[Candidate],
    k: int,
    *,
    terms_of: Callable[[int], frozenset[int]],
    document_starts: Sequence[int],
    max_per_document: int,
) -> list[Candidate]:
    """Return the first k candidates without copies and within `max_per_document`.

    A passage is a copy of an earlier one that holds all its terms and at most twice as many.
    Examples are the same page in another format, and a quoted paragraph. A passage that differs in
    one name or number is no copy.

    Args:
        terms_of: Returns the term numbers of a passage, by its row.
        document_starts: The row of each document's first passage, in index order.
        max_per_document: 0 for no limit.
    """
    kept: list[Candidate] = []
    terms_kept: list[frozenset[int]] = []
    n_of_document: Counter[int] = Counter()
    for candidate in candidates:
        terms = terms_of(candidate.row)
        document = bisect_right(document_starts, candidate.row)
        is_too_many = 0 < max_per_document <= n_of_document[document]
        is_copy = any(terms <= other and _COPY_SHARE * len(other) <= len(terms) for other in terms_kept)
        if is_too_many or is_copy:
            continue
        kept.append(candidate)
        terms_kept.append(terms)
        n_of_document[document] += 1
        if len(kept) == k:
            break
    return kept


def rerank_hits(rerank: Rerank, n_reranked: int, queries: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits that the reranker has time for in its order, then the others in theirs.

    Args:
        n_reranked: How many of the first hits it is given.
        queries: That of each hit.
    """
    score_by_id: dict[str, float] = {}
    first = list(zip(queries, hits, strict=True))[:n_reranked]
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


def best_statement(passage: Passage, by_relevance: Sequence[int]) -> Span:
    """Return the most relevant sentence that is a statement, else the most relevant one.

    Args:
        by_relevance: Numbers of the passage's sentences, from 0, best first.
    """
    sentences = [passage.sentences[i] for i in by_relevance]
    return next((one for one in sentences if is_statement(passage.text_of(one), passage)), sentences[0])
