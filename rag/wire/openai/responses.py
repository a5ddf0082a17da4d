"""The request and the reply of POST /v1/responses, as far as an answer fills them.

Nothing is stored, no tool is called and no instruction is followed. So `previous_response_id`, a
`tool_choice` that needs a call and the like are refused: an answer without them would mislead.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StrictBool, field_validator
from pydantic_core import PydanticCustomError

from rag.types import Answer, Usage
from rag.wire.answers import AnswerBody, answer_body
from rag.wire.openai.content import AnnotationBody
from rag.wire.openai.metadata import Metadata
from rag.wire.openai.requests import Choice, FormatKind, MessageBody, ModelName
from rag.wire.openai.tools import names_in, read_offer

_NOT_POSSIBLE = "an answer is sent at once; leave it out"
_NOT_STORED = "nothing is stored here; send all messages in input"


class InputMessageBody(MessageBody):
    """A message of the conversation."""

    type: Literal["message"] = "message"


class TextFormatBody(BaseModel):
    """The format of a reply: an answer is text, a title and the like can be JSON."""

    type: FormatKind
    schema_: dict[str, object] | None = Field(None, alias="schema")

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names that the JSON has, none if they are free; None stands for text."""
        return None if self.type == "text" else names_in(self.schema_)


class TextSettingsBody(BaseModel):
    """Settings of the text."""

    format: TextFormatBody | None = None


class ResponseRequestBody(BaseModel):
    """The body of POST /v1/responses; other fields, such as instructions, are ignored."""

    model: ModelName
    input: str | list[InputMessageBody] = Field(
        description="The question, or messages: the last one of a user is the question.",
        examples=["Who met with Putin in Moscow?"],
    )
    stream: StrictBool | None = Field(default=False, description="Server-sent events, not one JSON object.")
    metadata: Metadata = None
    text: TextSettingsBody | None = None
    tools: list[object] | None = Field(None, description="Are not called.")
    tool_choice: Choice = None
    background: StrictBool | None = Field(None, description="Must not be true.")
    previous_response_id: None = Field(None, description="Must be null: nothing is stored.")
    conversation: None = Field(None, description="Must be null: nothing is stored.")
    prompt: None = Field(None, description="Must be null: no prompt is stored.")

    @field_validator("previous_response_id", "conversation", "prompt", mode="before")
    @classmethod
    def _require_nothing_stored(cls, value: object) -> object:
        if value is not None:
            raise PydanticCustomError("not_stored", _NOT_STORED)
        return value

    @field_validator("background")
    @classmethod
    def _require_not_asked(cls, value: bool | None) -> bool | None:  # noqa: FBT001 -- as in OpenAI's API
        if value:
            raise PydanticCustomError("not_possible", _NOT_POSSIBLE)
        return value

    @property
    def needs_call(self) -> bool:
        return read_offer(self.tools, self.tool_choice).needs_call

    @property
    def messages(self) -> list[MessageBody]:
        """The input as messages of a chat."""
        return [MessageBody(role="user", content=self.input)] if isinstance(self.input, str) else [*self.input]


class OutputCitationBody(BaseModel):
    """A marker in the text with its citation; `text[start_index:end_index]`, in code points."""

    type: Literal["url_citation"] = "url_citation"
    start_index: int
    end_index: int
    title: str
    url: str = Field(description="The page of this server that shows the document with the words marked.")


class OutputTextBody(BaseModel):
    """The answer as text."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: tuple[OutputCitationBody, ...] = ()
    logprobs: tuple[()] = ()


class OutputMessageBody(BaseModel):
    """The only item of the output."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    status: Literal["in_progress", "completed"]
    content: tuple[OutputTextBody, ...]


class InputDetailsBody(BaseModel):
    """What was read again; nothing is."""

    cached_tokens: int = 0


class OutputDetailsBody(BaseModel):
    """What was thought; nothing is."""

    reasoning_tokens: int = 0


class ResponseUsageBody(BaseModel):
    """Tokens that the LLM read and generated, shown or not; 0 if it was not called."""

    input_tokens: int
    input_tokens_details: InputDetailsBody = InputDetailsBody()
    output_tokens: int
    output_tokens_details: OutputDetailsBody = OutputDetailsBody()
    total_tokens: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        read, generated = usage.prompt_tokens, usage.completion_tokens
        return cls(input_tokens=read, output_tokens=generated, total_tokens=read + generated)


class ResponseBody(BaseModel):
    """An answer."""

    id: str
    object: Literal["response"] = "response"
    created_at: int = Field(description="Seconds since 1970.")
    status: Literal["in_progress", "completed"]
    model: str
    output: tuple[OutputMessageBody, ...]
    usage: ResponseUsageBody | None
    footnote: Annotated[
        AnswerBody | None,
        Field(description="The whole answer as POST /v1/ask returns it; null for a title, tags and the like."),
    ] = None
    error: None = None
    incomplete_details: None = None
    instructions: None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    parallel_tool_calls: bool = False
    previous_response_id: None = None
    store: bool = False
    temperature: None = None
    tool_choice: Literal["none"] = "none"
    tools: tuple[()] = ()
    top_p: None = None


def response_body(
    output: OutputTextBody, answer: Answer | None, *, response_id: str, model: str, created: int
) -> ResponseBody:
    """Return a text as a finished response.

    Args:
        answer: What the text shows; None for a title, tags and the like.
        response_id: Without the prefix of its kind.
        model: As the client asked for it.
    """
    return ResponseBody(
        id=f"resp_{response_id}",
        created_at=created,
        status="completed",
        model=model,
        output=(message_body(response_id, output),),
        usage=ResponseUsageBody.of(answer.usage if answer else Usage()),
        footnote=answer_body(answer) if answer else None,
    )


def message_body(response_id: str, output: OutputTextBody) -> OutputMessageBody:
    return OutputMessageBody(id=f"msg_{response_id}", status="completed", content=(output,))


def output_body(text: str, annotations: tuple[AnnotationBody, ...]) -> OutputTextBody:
    cited = [OutputCitationBody(**annotation.url_citation.model_dump()) for annotation in annotations]
    return OutputTextBody(text=text, annotations=tuple(cited))
