"""What goes over the wire: request bodies, response bodies, and how our values become them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rag.events import (
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    CitationIssued,
    SourcesFound,
    TextDelta,
)
from rag.filters import Filters
from rag.types import Abstention, Answer, AnsweredBy, Citation, Document, FileEntry, Outcome, Source

_DEGRADED = "the language model was not available"

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

EventName = Literal["meta", "sources", "draft", "citation", "delta", "final"]


def _require_day(value: object) -> object:
    """Refuse what pydantic would take for a day besides one: a number of seconds, a day with a time."""
    is_day = _DAY.fullmatch(value) if isinstance(value, str) else isinstance(value, date | None)
    if not is_day:
        raise ValueError("it is no day; give one as 2026-03-01")
    return value


def require_order(first: date | None, last: date | None) -> None:
    """Refuse days the wrong way round.

    Raises:
        ValueError: The first is after the last.
    """
    if first and last and first > last:
        raise ValueError(f"date_from, {first}, is after date_to, {last}; turn them round")


Day = Annotated[date | None, BeforeValidator(_require_day)]


class FiltersBody(BaseModel):
    """Which documents may be searched; what is left out lets all pass."""

    model_config = ConfigDict(extra="forbid")

    documents: tuple[str, ...] = Field((), max_length=100, description="Documents with one of these ids or uris.")
    titles: tuple[str, ...] = Field((), max_length=100, description="Documents whose title holds one of these.")
    links: tuple[str, ...] = Field((), max_length=100, description="Those whose published page begins with one.")
    tags: tuple[str, ...] = Field((), max_length=100, description="Documents with one of these tags.")
    groups: tuple[str, ...] = Field((), max_length=100, description="Documents of one of these access groups.")
    languages: tuple[str, ...] = Field((), max_length=100, description="ISO 639-1 codes.")
    media_types: tuple[str, ...] = Field((), max_length=100)
    folder: str | None = Field(None, max_length=1000, description="Documents below this path.")
    date_from: Day = None
    date_to: Day = None

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        require_order(self.date_from, self.date_to)
        return self

    def as_filters(self) -> Filters:
        """Return our own value."""
        return Filters(
            documents=self.documents,
            titles=self.titles,
            links=self.links,
            tags=self.tags,
            groups=self.groups,
            languages=self.languages,
            media_types=self.media_types,
            folder=self.folder,
            date_from=self.date_from.isoformat() if self.date_from else None,
            date_to=self.date_to.isoformat() if self.date_to else None,
        )


class AskBody(BaseModel):
    """The body of POST /v1/ask."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="What the reader asks.", examples=["Who met with Putin in Moscow?"])
    conversation_id: str | None = Field(
        None, max_length=64, pattern=r"^[\w-]*$", description="Continues a conversation; take it from the last answer."
    )
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON object.")
    top_k: int | None = Field(None, ge=1, le=100, description="Passages considered; the server's setting by default.")
    filters: FiltersBody | None = Field(None, description="Which documents the answer may rest on.")


class PlaceBody(BaseModel):
    """Where some words stand; offsets are code points of the document's text."""

    document_id: str
    title: str
    uri: str
    page: int | None
    headings: tuple[str, ...]
    start: int
    end: int
    url: str = Field(description="A page of this server that shows the document with the words marked.")
    link: str | None = Field(
        description="The original: its published page, or the file of a PDF as a path on this server, at its page."
    )


class CitationBody(PlaceBody):
    """A citation; `document.text[start:end] == quote`."""

    number: int
    quote: str


class SentenceBody(BaseModel):
    """A sentence of the answer without markers."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    quoted: bool = Field(description="It is the document's own words; others were written by an LLM.")


class UsageBody(BaseModel):
    """Tokens that the LLM read and wrote."""

    prompt_tokens: int
    completion_tokens: int


class TimingsBody(BaseModel):
    """Milliseconds; `first_token` and `total` count from the question's arrival."""

    rewrite: float
    retrieve: float
    first_token: float
    total: float


class SourceBody(PlaceBody):
    """One numbered passage of the context."""

    number: int
    text: str
    score: float


class AnswerBody(BaseModel):
    """The answer to a question."""

    id: str
    conversation_id: str
    question: str
    query: str
    outcome: Outcome = Field(
        description="How sure it is. answered: each sentence is supported; partly: so is what is told, and the note "
        "names what is not answered; possible: nothing is confirmed, but the sentences may answer, best first; "
        "declined: nothing in the documents comes near."
    )
    answer: str = Field(description="All that is told, as text: sentences with their markers, and the note.")
    note: str = Field(description="What is said of the answer besides its sentences; empty where nothing is.")
    sentences: tuple[SentenceBody, ...]
    citations: tuple[CitationBody, ...]
    abstained: bool = Field(description="Whether nothing is confirmed: the outcome is possible or declined.")
    abstention: Abstention | None
    answered_by: AnsweredBy
    model: str | None
    index_version: str
    usage: UsageBody
    timings_ms: TimingsBody
    degraded: str | None = Field(description="Why the LLM did not write this although it should have.")
    confidence: float = Field(description="0 to 1, that what is told answers the question.")


DocumentState = Literal["indexed", "skipped", "waiting"]


class DocumentBody(BaseModel):
    """A document without its text."""

    id: str
    title: str
    uri: str
    media_type: str
    sha256: str
    language: str
    date: str | None
    link: str | None = Field(description="Where readers find the published page.")
    tags: tuple[str, ...]
    group: str | None
    url: str


class DocumentTextBody(DocumentBody):
    """A document with the text that offsets refer to."""

    n_characters: int
    text: str


class ListedBody(BaseModel):
    """A file of the folder: a document, or why it is none."""

    uri: str
    state: DocumentState
    reason: str | None = Field(description="Why it was skipped.")
    document: DocumentBody | None


class DocumentsBody(BaseModel):
    """All files of the indexed folder."""

    index_version: str
    documents: tuple[DocumentBody, ...]
    files: tuple[ListedBody, ...]


class AcceptedBody(BaseModel):
    """A change that is on the disk and will be in the index within seconds; GET /v1/documents tells when."""

    uri: str
    state: DocumentState


class ProblemBody(BaseModel):
    """An error (RFC 9457); `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def document_url(document_id: str, start: int | None = None, end: int | None = None) -> str:
    """Return the page of a document; with a span, the page marks it."""
    span = "" if start is None else f"?start={start}&end={end}"
    return f"/documents/{document_id}{span}"


def answer_body(answer: Answer) -> AnswerBody:
    """Return an answer as it goes over the wire."""
    fields = asdict(answer)
    return AnswerBody.model_validate(
        {
            **fields,
            "abstained": answer.abstained,
            # The reason names addresses of the operator's; it is in the log and in /readyz.
            "degraded": _DEGRADED if answer.degraded else None,
            "citations": [citation_body(citation) for citation in answer.citations],
        }
    )


def citation_body(citation: Citation) -> CitationBody:
    return CitationBody(**asdict(citation), url=document_url(citation.document_id, citation.start, citation.end))


def source_body(source: Source) -> SourceBody:
    return SourceBody(**asdict(source), url=document_url(source.document_id, source.start, source.end))


def document_body(document: FileEntry) -> DocumentBody:
    return DocumentBody(
        id=document.id,
        title=document.title,
        uri=document.uri,
        media_type=document.media_type,
        sha256=document.sha256,
        language=document.language,
        date=document.date,
        link=document.link,
        tags=document.tags,
        group=document.group,
        url=document_url(document.id),
    )


def document_text_body(document: Document) -> DocumentTextBody:
    return DocumentTextBody(**document_body(document).model_dump(), n_characters=len(document.text), text=document.text)


def documents_body(index_version: str, entries: Sequence[FileEntry], waiting: Collection[str]) -> DocumentsBody:
    """Return all files as they go over the wire; `waiting` are the uris of changes that are not indexed yet."""
    by_uri = {entry.uri: entry for entry in entries}
    files = [_listed_body(uri, by_uri.get(uri), uri in waiting) for uri in sorted({*by_uri, *waiting})]
    documents = tuple(file.document for file in files if file.document)
    return DocumentsBody(index_version=index_version, documents=documents, files=tuple(files))


def _listed_body(uri: str, entry: FileEntry | None, is_waiting: bool) -> ListedBody:  # noqa: FBT001 -- one use
    is_indexed = entry is not None and entry.reason is None
    state: DocumentState = "waiting" if is_waiting else "indexed" if is_indexed else "skipped"
    document = document_body(entry) if entry and is_indexed else None
    return ListedBody(uri=uri, state=state, reason=entry.reason if entry else None, document=document)


def event_payload(event: AnswerEvent) -> tuple[EventName, dict[str, object]]:
    """Return the name and the data of the server-sent event that tells an AnswerEvent."""
    match event:
        case AnswerStarted():
            return "meta", asdict(event)
        case SourcesFound(sources):
            return "sources", {"sources": [source_body(source).model_dump() for source in sources]}
        case AnswerDrafted(answer):
            return "draft", answer_body(answer).model_dump()
        case CitationIssued(citation, sentence):
            return "citation", {"citation": citation_body(citation).model_dump(), "sentence": sentence}
        case TextDelta(text, is_note, quoted):
            return "delta", {"text": text, "note": is_note, "quoted": quoted}
        case AnswerFinished(answer):
            return "final", answer_body(answer).model_dump()
