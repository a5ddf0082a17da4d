"""The requests, responses and errors of OpenAI's chat protocol.

Clients ignore unknown keys, so `footnote` holds the whole answer as POST /v1/ask returns it. The
content is Markdown, in which texts are escaped.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, StrictBool, field_validator
from pydantic_core import PydanticCustomError

from rag.answering.citations import answer_parts, render_sentence
from rag.types import Answer, Usage
from rag.wire.answers import AnswerBody, CitationBody, ProblemBody, UsageBody, answer_body
from rag.wire.markdown import in_markdown

# The server chooses the LLM, so clients know one name only.
SERVED_MODEL = "footnote"
# Stands between invalid deltas and the answer: a client cannot take text back.
BROKEN_OFF = "\n\nThat was broken off and does not count. Instead:\n\n"

_PATHS = ("/v1/chat/", "/v1/models")
# What OpenAI has at its paths and this server has not; `conversations` are this server's own.
_NOT_OFFERED = frozenset(
    {"agents", "assistants", "audio", "batches", "chatkit", "completions", "containers", "edits", "embeddings"}
    | {"engines", "evals", "files", "fine_tuning", "fine-tunes", "images", "live", "moderations", "organization"}
    | {"projects", "realtime", "responses", "skills", "threads", "uploads", "vector_stores", "videos"}
)
_CLIENT_HEADER = "x-stainless-lang"
_CLIENT_AGENT = "OpenAI/"
_PARAM_BY_CODE = {"question_invalid": "messages", "model_not_found": "model"}
_MAX_TYPE_CHARACTERS = 40


class TextPartBody(BaseModel):
    """A part of a message."""

    type: Literal["text"]
    text: str


def _text_of(content: object) -> object:
    """Return a message's content as text, one part a line; pydantic rejects other values.

    Raises:
        PydanticCustomError: A part is not text.
    """
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    return "\n".join(_text_of_part(part) for part in content)


def _text_of_part(part: object) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    text = part.get("text") if isinstance(part, dict) else None
    if kind != "text":
        shown = f"{kind[:_MAX_TYPE_CHARACTERS]!r}" if isinstance(kind, str) else "without a type"
        raise PydanticCustomError("no_text", "a part {kind} cannot be read; send text only", {"kind": shown})
    if not isinstance(text, str):
        raise PydanticCustomError("no_text", "a part of type 'text' has no text")
    return text


class MessageBody(BaseModel):
    """A message of the conversation; only messages of users and assistants are read."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, BeforeValidator(_text_of, json_schema_input_type=str | list[TextPartBody] | None)] = ""


class StreamOptionsBody(BaseModel):
    """Options of a stream."""

    include_usage: StrictBool | None = Field(default=False, description="Count the tokens at the end.")


class ResponseFormatBody(BaseModel):
    """The format of an answer, which is text."""

    type: Literal["text"]


class CompletionRequestBody(BaseModel):
    """The body of POST /v1/chat/completions; other fields, such as temperature, are ignored."""

    model: str = Field(
        description=f"`{SERVED_MODEL}`, or the name of a collection.", max_length=200, examples=[SERVED_MODEL]
    )
    messages: list[MessageBody] = Field(
        description="The last message of a user is the question; earlier ones help to understand it.",
        examples=[[{"role": "user", "content": "Who met with Putin in Moscow?"}]],
    )
    stream: StrictBool | None = Field(default=False, description="Chunks as server-sent events, not one JSON object.")
    stream_options: StreamOptionsBody | None = None
    n: Literal[1] | None = Field(None, description="Only 1 is possible.")
    tools: list[object] | None = Field(None, description="Must be empty.", json_schema_extra={"maxItems": 0})
    functions: list[object] | None = Field(None, description="Must be empty.", json_schema_extra={"maxItems": 0})
    response_format: ResponseFormatBody | None = None

    @field_validator("tools", "functions")
    @classmethod
    def _require_none(cls, tools: list[object] | None) -> list[object] | None:
        if tools:
            raise PydanticCustomError("no_tools", "tools cannot be called; leave them out")
        return tools

    @property
    def includes_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


class UrlCitationBody(BaseModel):
    """OpenAI's citation; `content[start_index:end_index]` is the marker, in code points."""

    start_index: int
    end_index: int
    title: str
    url: str = Field(description="The page of this server that shows the document with the words marked.")


class AnnotationBody(BaseModel):
    """A marker in the content with its citation."""

    type: Literal["url_citation"]
    url_citation: UrlCitationBody
    citation: CitationBody = Field(description="As POST /v1/ask returns it.")
    sentence: int = Field(description="The index of the cited sentence in `footnote.sentences`.")


class AnswerMessageBody(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[AnnotationBody, ...]


class ChoiceBody(BaseModel):
    """The only choice."""

    index: Literal[0] = 0
    message: AnswerMessageBody
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class CompletionUsageBody(UsageBody):
    """Tokens that the LLM read and generated, shown or not; 0 if it was not called."""

    total_tokens: int


class CompletionBody(BaseModel):
    """An answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.")
    model: str
    choices: tuple[ChoiceBody, ...]
    usage: CompletionUsageBody
    footnote: AnswerBody | None = Field(
        description="The whole answer as POST /v1/ask returns it; null for a title, tags and the like."
    )


class ModelBody(BaseModel):
    """A model that can be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="When the server started, seconds since 1970.")
    owned_by: str = SERVED_MODEL


class ModelsBody(BaseModel):
    """The list of models: one for each collection, and one for the first."""

    object: Literal["list"] = "list"
    data: tuple[ModelBody, ...]


class ErrorDetailBody(BaseModel):
    """What is wrong; `code` is stable, `message` is for people."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str


class ErrorBody(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetailBody


def speaks_openai(path: str) -> bool:
    """Return whether a path belongs to OpenAI's protocol, offered here or not."""
    return path.startswith(_PATHS) or _resource(path) in _NOT_OFFERED


def is_openai_client(headers: Mapping[str, str]) -> bool:
    """Return whether an official client of OpenAI, or one made like it, sent these headers."""
    return _CLIENT_HEADER in headers or headers.get("user-agent", "").startswith(_CLIENT_AGENT)


def not_offered(method: str, path: str) -> str:
    """Return what to tell a client that asks for something else than answers and models."""
    return (
        f"{method} {path} is not offered here: Footnote answers questions from documents; "
        "use POST /v1/chat/completions or GET /v1/models"
    )


def _resource(path: str) -> str:
    """Return what follows /v1/ in a path."""
    parts = path.split("/", 3)
    return parts[2] if parts[:2] == ["", "v1"] and len(parts) > 2 else ""


def error_body(problem: ProblemBody, place: str | None = None) -> ErrorBody:
    """Return a problem in OpenAI's form; `place` is the invalid field of the request."""
    return ErrorBody(
        error=ErrorDetailBody(
            message=problem.detail,
            type="server_error" if problem.status >= 500 else "invalid_request_error",
            param=place or _PARAM_BY_CODE.get(problem.code),
            code=problem.code,
        )
    )


def error_status(status: int) -> int:
    """Return the status that OpenAI uses: 400 for an invalid request."""
    return 400 if status == 422 else status


def completion_body(answer: Answer, *, model: str, created: int, base_url: str) -> CompletionBody:
    """Return an answer as a chat completion.

    Args:
        model: As the client asked for it.
        base_url: As in `annotation_bodies`.
    """
    shown = in_markdown(answer)
    message = AnswerMessageBody(content=shown.answer, annotations=annotation_bodies(shown, base_url))
    return CompletionBody(
        id=completion_id(answer.id),
        created=created,
        model=model,
        choices=(ChoiceBody(message=message),),
        usage=usage_body(answer.usage),
        footnote=answer_body(answer),
    )


def reply_body(reply: str, *, reply_id: str, model: str, created: int) -> CompletionBody:
    """Return a text that is no answer, such as a title, as a chat completion."""
    message = AnswerMessageBody(content=reply, annotations=())
    return CompletionBody(
        id=completion_id(reply_id),
        created=created,
        model=model,
        choices=(ChoiceBody(message=message),),
        usage=usage_body(Usage()),
        footnote=None,
    )


def completion_id(answer_id: str) -> str:
    return f"chatcmpl-{answer_id}"


def annotation_bodies(answer: Answer, base_url: str, offset: int = 0) -> tuple[AnnotationBody, ...]:
    """Return an annotation for each marker of an answer, in the order of the text.

    Args:
        answer: As the content shows it: escaped.
        base_url: This server's address for the client, without a slash at the end.
        offset: Length of the content before the answer, in code points.
    """
    body_by_number = {citation.number: citation for citation in answer_body(answer).citations}
    annotations: list[AnnotationBody] = []
    pieces = answer_parts(answer.outcome, answer.note, answer.sentences)
    if answer.outcome == "possible":
        offset += len(pieces.pop(0))
    for i, (sentence, piece) in enumerate(zip(answer.sentences, pieces, strict=False)):
        start = offset + len(piece) - len(render_sentence(sentence)) + len(sentence.text) + 1
        for number in sentence.citations:
            citation, end = body_by_number[number], start + len(f"[{number}]")
            cited = UrlCitationBody(start_index=start, end_index=end, title=citation.title, url=base_url + citation.url)
            annotations.append(AnnotationBody(type="url_citation", url_citation=cited, citation=citation, sentence=i))
            start = end
        offset += len(piece)
    return tuple(annotations)


def usage_body(usage: Usage) -> CompletionUsageBody:
    return CompletionUsageBody(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
