"""The arguments and results of the MCP tools.

`search` and `fetch` have the form that ChatGPT's connectors require: results with `id`, `title` and
`url`, and one document with `text` and `metadata`.
"""

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from rag.retrieval.search import SearchResult
from rag.types import Answer, Document, FileEntry, Outcome
from rag.wire.answers import answer_body
from rag.wire.search import HitBody, search_body

PageOf = Callable[[FileEntry], str]
"""Returns the page of a document, as a path on this server that its reader can open."""


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchArguments(_Arguments):
    query: str = Field(description="What to search for, as words or as a question.")


class FetchArguments(_Arguments):
    id: str = Field(description="The id of a document, from `search` or `list_documents`.")


class AskArguments(_Arguments):
    question: str = Field(description="A question in any language, complete in itself.")


class ListArguments(_Arguments):
    start: int = Field(0, ge=0, description="How many documents to leave out at the start.")
    limit: int = Field(100, ge=1, le=1000, description="The most documents to return.")


class FoundBody(BaseModel):
    """A document; `url` opens it, with the words that match marked if it was searched for."""

    id: str
    title: str
    url: str


class FoundListBody(BaseModel):
    results: tuple[FoundBody, ...]


class FetchedBody(FoundBody):
    text: str
    metadata: dict[str, str]


class CitedBody(BaseModel):
    """The words behind the marker `[number]`; `url` opens them, marked."""

    number: int
    document_id: str
    title: str
    quote: str
    url: str
    link: str | None = Field(description="The original, if it can be opened.")


class AskedBody(BaseModel):
    """The answer to a question."""

    answer: str = Field(description="The sentences with their [n] markers, and the note.")
    outcome: Outcome
    note: str
    citations: tuple[CitedBody, ...]


class DocumentListBody(BaseModel):
    n_documents: int
    documents: tuple[FoundBody, ...]


def found_list_body(found: SearchResult, base_url: str, sign: Callable[[HitBody], HitBody]) -> FoundListBody:
    """Return each document once, at the place of its best hit.

    Args:
        sign: Returns a hit with links that its reader can open.
    """
    body_by_id: dict[str, FoundBody] = {}
    for hit in map(sign, search_body(found, "").hits):
        body_by_id.setdefault(
            hit.document_id, FoundBody(id=hit.document_id, title=hit.title, url=_absolute(hit.url, base_url))
        )
    return FoundListBody(results=tuple(body_by_id.values()))


def fetched_body(document: Document, base_url: str, page_of: PageOf) -> FetchedBody:
    facts = {
        "uri": document.uri,
        "media_type": document.media_type,
        "language": document.language,
        "date": document.date,
        "author": document.author,
        "link": document.link,
    }
    return FetchedBody(
        **_found(document, base_url, page_of).model_dump(),
        text=document.text,
        metadata={name: value for name, value in facts.items() if value},
    )


def asked_body(answer: Answer, base_url: str) -> AskedBody:
    body = answer_body(answer)
    cited = [
        CitedBody(
            number=citation.number,
            document_id=citation.document_id,
            title=citation.title,
            quote=citation.quote,
            url=_absolute(citation.url, base_url),
            link=_absolute(citation.link, base_url) if citation.link else None,
        )
        for citation in body.citations
    ]
    return AskedBody(answer=body.answer, outcome=body.outcome, note=body.note, citations=tuple(cited))


def document_list_body(
    entries: Sequence[FileEntry], base_url: str, page_of: PageOf, *, start: int, limit: int
) -> DocumentListBody:
    """Return a part of the indexed documents, by uri."""
    indexed = [entry for entry in entries if entry.reason is None]
    return DocumentListBody(
        n_documents=len(indexed),
        documents=tuple(_found(entry, base_url, page_of) for entry in indexed[start : start + limit]),
    )


def _found(entry: FileEntry, base_url: str, page_of: PageOf) -> FoundBody:
    return FoundBody(id=entry.id, title=entry.title or entry.uri, url=_absolute(page_of(entry), base_url))


def _absolute(address: str, base_url: str) -> str:
    """Return a web address; paths on this server follow its own."""
    return base_url + address if address.startswith("/") else address
