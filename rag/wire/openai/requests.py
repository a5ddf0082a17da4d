"""What requests of OpenAI's protocol have in common, and the body of a chat completion."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, StrictBool
from pydantic_core import PydanticCustomError

from rag.wire.openai.metadata import Metadata
from rag.wire.openai.tools import Offer, names_in, read_offer

# The server chooses the LLM, so clients know one name only.
SERVED_MODEL = "footnote"
_TEXT_KINDS = frozenset({"text", "input_text", "output_text"})
_MAX_TYPE_CHARACTERS = 40

ModelName = Annotated[
    str,
    Field(description=f"`{SERVED_MODEL}`, or the name of a collection.", max_length=200, examples=[SERVED_MODEL]),
]
Choice = Annotated[
    dict[str, object] | str | None,
    Field(description="`auto`, `none`, or what has to be called: only prompts for a title and the like can have that."),
]
FormatKind = Literal["text", "json_object", "json_schema"]


class TextPartBody(BaseModel):
    """A part of a message; POST /v1/responses names the kinds of its own."""

    type: Literal["text", "input_text", "output_text"]
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
    if not isinstance(kind, str) or kind not in _TEXT_KINDS:
        shown = f"{kind[:_MAX_TYPE_CHARACTERS]!r}" if isinstance(kind, str) else "without a type"
        raise PydanticCustomError("no_text", "a part {kind} cannot be read; send text only", {"kind": shown})
    if not isinstance(text, str):
        raise PydanticCustomError("no_text", "a part of type {kind} has no text", {"kind": repr(kind)})
    return text


class MessageBody(BaseModel):
    """A message of the conversation; only messages of users and assistants are read."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, BeforeValidator(_text_of, json_schema_input_type=str | list[TextPartBody] | None)] = ""


class StreamOptionsBody(BaseModel):
    """Options of a stream."""

    include_usage: StrictBool | None = Field(default=False, description="Count the tokens at the end.")


class JsonSchemaBody(BaseModel):
    """A JSON schema; only the names of its properties are read."""

    schema_: dict[str, object] | None = Field(None, alias="schema")


class ResponseFormatBody(BaseModel):
    """The format of a reply: an answer is text, a title and the like can be JSON."""

    type: FormatKind
    json_schema: JsonSchemaBody | None = None

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names that the JSON has, none if they are free; None stands for text."""
        if self.type == "text":
            return None
        return names_in(self.json_schema.schema_) if self.json_schema else ()


class CompletionRequestBody(BaseModel):
    """The body of POST /v1/chat/completions; other fields, such as temperature, are ignored."""

    model: ModelName
    messages: list[MessageBody] = Field(
        description="The last message of a user is the question; earlier ones help to understand it.",
        examples=[[{"role": "user", "content": "Who met with Putin in Moscow?"}]],
    )
    stream: StrictBool | None = Field(default=False, description="Chunks as server-sent events, not one JSON object.")
    stream_options: StreamOptionsBody | None = None
    metadata: Metadata = None
    n: Literal[1] | None = Field(None, description="Only 1 is possible.")
    tools: list[object] | None = Field(None, description="Are not called; one that takes a title can be.")
    tool_choice: Choice = None
    functions: list[object] | None = Field(None, description="Are not called.")
    function_call: Choice = None
    response_format: ResponseFormatBody | None = Field(
        None, description="`text`; a prompt for a title, tags and the like can have JSON."
    )

    @property
    def offer(self) -> Offer:
        return read_offer(self.tools, self.tool_choice)

    @property
    def needs_function(self) -> bool:
        """Whether a function has to be called in the way that came before tools."""
        return isinstance(self.function_call, dict)

    @property
    def includes_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)
