"""The reply of POST /v1/chat/completions, and the models.

Clients ignore unknown keys, so `footnote` holds the whole answer as POST /v1/ask returns it.
"""

from typing import Literal

from pydantic import BaseModel, Field

from rag.types import Answer, Usage
from rag.wire.answers import AnswerBody, UsageBody, answer_body
from rag.wire.openai.content import AnnotationBody, AnswerContent
from rag.wire.openai.requests import SERVED_MODEL


class AnswerMessageBody(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[AnnotationBody, ...]


class FunctionBody(BaseModel):
    """The function that is called; `arguments` are JSON."""

    name: str
    arguments: str


class ToolCallBody(BaseModel):
    """A call of a tool of the client's."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionBody


class ToolMessageBody(BaseModel):
    """A title or the like, as the arguments of the tool that takes it."""

    role: Literal["assistant"] = "assistant"
    content: None = None
    refusal: None = None
    annotations: tuple[()] = ()
    tool_calls: tuple[ToolCallBody]


class ChoiceBody(BaseModel):
    """The only choice."""

    index: Literal[0] = 0
    message: AnswerMessageBody | ToolMessageBody
    logprobs: None = None
    finish_reason: Literal["stop", "tool_calls"] = "stop"


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


def completion_body(answer: Answer, content: AnswerContent, *, model: str, created: int) -> CompletionBody:
    """Return an answer as a chat completion.

    Args:
        content: Is filled with the answer.
        model: As the client asked for it.
    """
    text, annotations = content.finish(answer)
    message = AnswerMessageBody(content=text, annotations=annotations)
    return CompletionBody(
        id=completion_id(answer.id),
        created=created,
        model=model,
        choices=(ChoiceBody(message=message),),
        usage=usage_body(answer.usage),
        footnote=answer_body(answer),
    )


def reply_body(reply: str, tool: str | None, *, reply_id: str, model: str, created: int) -> CompletionBody:
    """Return a text that is no answer, such as a title, as a chat completion.

    Args:
        tool: The name of the tool that takes the text as its arguments; None for a message.
    """
    if tool is None:
        choice = ChoiceBody(message=AnswerMessageBody(content=reply, annotations=()))
    else:
        call = tool_call(tool, reply, reply_id)
        choice = ChoiceBody(message=ToolMessageBody(tool_calls=(call,)), finish_reason="tool_calls")
    return CompletionBody(
        id=completion_id(reply_id),
        created=created,
        model=model,
        choices=(choice,),
        usage=usage_body(Usage()),
        footnote=None,
    )


def tool_call(tool: str, arguments: str, reply_id: str) -> ToolCallBody:
    return ToolCallBody(id=f"call_{reply_id}", function=FunctionBody(name=tool, arguments=arguments))


def completion_id(answer_id: str) -> str:
    return f"chatcmpl-{answer_id}"


def usage_body(usage: Usage) -> CompletionUsageBody:
    return CompletionUsageBody(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
