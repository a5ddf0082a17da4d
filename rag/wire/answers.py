"""The bodies of POST /v1/ask and of errors: the request, the answer, its events."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, computed_field

from rag.errors import LlmBusy
from rag.events import (
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerQueued,
    AnswerStarted,
    CitationIssued,
    SourcesFound,
    TextDelta,
)
from rag.types import Abstention, Answer, AnsweredBy, Outcome
from rag.wire.documents import document_url
from rag.wire.filters import FiltersBody

EventName = Literal["meta", "sources", "queued", "draft", "citation", "delta", "final"]


class AskBody(BaseModel):
    """The body of POST /v1/ask."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(examples=["Who met with Putin in Moscow?"])
    conversation_id: str | None = Field(
        None, max_length=64, pattern=r"^[\w-]*$", description="From an earlier answer; continues its conversation."
    )
    stream: StrictBool = Field(default=False, description="Server-sent events instead of one JSON object.")
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
    link: str | None = Field(
        description="The original: its published page, or the file of a PDF as a path on this server, at its page."
    )
    from_picture: bool = Field(default=False, description="The words were read from a picture; letters may be wrong.")
    state: str = Field("", exclude=True)
    access: str = Field("", exclude=True)
    path_prefix: str = Field("", exclude=True)

    @computed_field(description="A page of this server that shows the document with the words marked.")  # type: ignore[prop-decorator]  # mypy knows no decorator above @property
    @property
    def url(self) -> str:
        url = self.path_prefix + document_url(self.document_id, self.start, self.end)
        return f"{url}&access={self.access}" if self.access else url


class CitationBody(PlaceBody):
    """A citation; `document.text[start:end] == quote`."""

    number: int
    quote: str


class SentenceBody(BaseModel):
    """A sentence of the answer without markers."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    quoted: bool = Field(
        description="The document's own words, or a line that names or counts places; otherwise an LLM generated it."
    )


class UsageBody(BaseModel):
    """Tokens that the LLM read and generated."""

    prompt_tokens: int
    completion_tokens: int


class TimingsBody(BaseModel):
    """Milliseconds; `first_token` and `total` count from the question's arrival."""

    rewrite: float
    retrieve: float
    llm: float = Field(description="Waiting for the LLM's reply.")
    check: float = Field(description="Comparing its sentences with the context.")
    first_token: float
    total: float


class SourceBody(PlaceBody):
    """One numbered passage of the context."""

    number: int
    text: str
    score: float


def _hide_reason(reason: str | None) -> str | None:
    """Replace a reason that may name the operator's addresses; the log and /readyz have it."""
    if reason is not None and reason.startswith(LlmBusy.reason):
        return LlmBusy.reason
    return "the language model was not available" if reason else None


class AnswerBody(BaseModel):
    """The answer to a question."""

    id: str
    conversation_id: str
    question: str
    query: str
    outcome: Outcome = Field(
        description="How sure the answer is. `answered`: each sentence is supported. `partly`: some are, and the "
        "note names the part of the question that is not answered. `possible`: nothing is confirmed, but the "
        "sentences may answer, best first. `declined`: nothing in the documents comes near."
    )
    answer: str = Field(description="The whole answer as text: the sentences with their markers, and the note.")
    note: str = Field(description="What the answer says besides its sentences; may be empty.")
    sentences: tuple[SentenceBody, ...]
    citations: tuple[CitationBody, ...]
    abstained: bool = Field(description="Whether the outcome is possible or declined.")
    abstention: Abstention | None
    answered_by: AnsweredBy
    model: str | None
    index_version: str
    usage: UsageBody
    timings_ms: TimingsBody
    degraded: Annotated[str | None, BeforeValidator(_hide_reason)] = Field(
        description="Set if the LLM should have generated this answer and did not."
    )
    confidence: float = Field(description="The probability that the answer answers the question, 0 to 1.")
    cached: bool = Field(
        default=False,
        description="It was worked out for an earlier reader, who asked the same question; the LLM was not called "
        "again.",
    )


class ProblemBody(BaseModel):
    """An error (RFC 9457); `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = Field(None, description="By which the server's log names the request.")


def answer_body(answer: Answer) -> AnswerBody:
    """Return an answer as JSON shows it, without the reason why an LLM failed."""
    return AnswerBody.model_validate(answer, from_attributes=True)


def event_payload(event: AnswerEvent) -> tuple[EventName, dict[str, object]]:  # noqa: PLR0911 -- one a kind
    """Return the name and the data of an event as server-sent events have them."""
    match event:
        case AnswerStarted():
            return "meta", asdict(event)
        case SourcesFound(sources):
            bodies = [SourceBody.model_validate(source, from_attributes=True) for source in sources]
            return "sources", {"sources": [body.model_dump() for body in bodies]}
        case AnswerQueued(n_before):
            return "queued", {"before": n_before}
        case AnswerDrafted(answer):
            return "draft", answer_body(answer).model_dump()
        case CitationIssued(citation, sentence):
            body = CitationBody.model_validate(citation, from_attributes=True)
            return "citation", {"citation": body.model_dump(), "sentence": sentence}
        case TextDelta(text, is_note, quoted):
            return "delta", {"text": text, "note": is_note, "quoted": quoted}
        case AnswerFinished(answer):
            return "final", answer_body(answer).model_dump()
