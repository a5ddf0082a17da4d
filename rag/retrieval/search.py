"""Search for any text. Input that is empty or too long gives a note, not an error."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.filters import Filters
from rag.retrieval.retriever import Retriever
from rag.text.questions import clean_query
from rag.types import FileEntry, Hit


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits of a search.

    Attributes:
        query: The part of the text that was searched for, with words corrected.
        notes: What was left out, and why.
        documents: That of each hit, in the same order.
    """

    query: str
    notes: tuple[str, ...]
    hits: Sequence[Hit]
    documents: Sequence[FileEntry]


def search_for(
    text: str, retriever: Retriever, *, k: int, max_characters: int, filters: Filters | None = None
) -> SearchResult:
    """Return the k best passages for any text."""
    query, n_cut = clean_query(text, max_characters)
    if not query:
        return SearchResult(query, ("the query holds nothing to search for",), (), ())
    notes = []
    if n_cut:
        notes.append(
            f"the query has {n_cut + len(query):,} characters, and the last {n_cut:,} of them were left out "
            "(max_question_characters)"
        )
    n_unread = retriever.count_unread(query)
    if n_unread:
        notes.append(
            f"the query is too long for the encoder, and its last {n_unread:,} tokens were searched for by their words "
            "alone"
        )
    typed, query = query, retriever.correct(query)
    if query != typed:
        notes.append(f"the query was corrected to “{query}”")
    hits = retriever.search(query, k=k, filters=filters)
    return SearchResult(query, tuple(notes), hits, retriever.entries_of(hits))
