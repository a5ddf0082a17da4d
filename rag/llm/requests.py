"""Say a request to an LLM server in words that it takes: servers of one protocol refuse each other's. Pure.

A model that reasons takes no temperature and counts its tokens as `max_completion_tokens`
(https://platform.openai.com/docs/guides/reasoning); an older server knows neither that name nor `stream_options`.
"""

from collections.abc import Sequence
from typing import Literal, TypedDict

Form = Literal["usual", "reasoning", "bare"]
# In the order in which they are tried.
FORMS: tuple[Form, ...] = ("usual", "reasoning", "bare")

# What a model that reasons may think before it writes counts as written.
_REASONING_TOKENS = 2000


class Message(TypedDict):
    """One message of an OpenAI chat request."""

    role: Literal["system", "user", "assistant"]
    content: str


def chat_body(
    form: Form, model: str, messages: Sequence[Message], max_tokens: int, *, n_alternatives: int | None
) -> dict[str, object]:
    """Return the body of a request for a streamed reply of at most `max_tokens`.

    Args:
        n_alternatives: Of each token its probability and those of so many that it might have been; None asks for no
            probability. Only the usual form can ask.
    """
    body: dict[str, object] = {"model": model, "messages": list(messages), "stream": True}
    if form == "bare":
        return body | {"max_tokens": max_tokens}
    body["stream_options"] = {"include_usage": True}
    if form == "reasoning":
        return body | {"max_completion_tokens": max_tokens + _REASONING_TOKENS}
    body |= {"temperature": 0, "max_tokens": max_tokens}
    if n_alternatives is not None:
        body["logprobs"] = True
    if n_alternatives:
        body["top_logprobs"] = n_alternatives
    return body
