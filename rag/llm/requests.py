"""Make the body of a request in the forms that different servers accept. Pure.

A reasoning model accepts no temperature and counts its tokens as `max_completion_tokens`
(https://platform.openai.com/docs/guides/reasoning). An older server knows neither that name nor
`stream_options`.
"""

from collections.abc import Sequence
from typing import Literal, TypedDict

Form = Literal["usual", "reasoning", "bare"]
# In the order in which they are tried.
FORMS: tuple[Form, ...] = ("usual", "reasoning", "bare")

# Reasoning before the reply counts as completion tokens.
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
        n_alternatives: Request the probability of each token and of so many alternatives; None
            requests none. Only the usual form can.
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
