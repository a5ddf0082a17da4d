"""Read what an LLM server sends, JSON of which nothing is certain, as what we use of it; the rest is left out.

Servers differ and err: any field may be missing, null or of another type, and none of that may break an answer.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.types import Usage

# Half of a character; no encoder of ours takes it.
_SURROGATE = re.compile("[\ud800-\udfff]")
_REASONING_FIELDS = ("reasoning_content", "reasoning")


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """One event of a streamed reply.

    Attributes:
        is_written: The model wrote something, be it text or its reasoning; a sign that it works.
        ending: Why the model stopped, in the protocol's words; None while it goes on.
        top_tokens: The likeliest texts of the token with their log probabilities, where they were asked for.
    """

    text: str
    is_written: bool
    ending: str | None
    usage: Usage | None
    top_tokens: tuple[tuple[str, float], ...]


def read_part(payload: object) -> ReplyPart:
    """Return what one event says.

    Raises:
        ValueError: It is no JSON object.
    """
    if not isinstance(payload, dict):
        raise ValueError("an event of a reply is no JSON object")  # noqa: TRY004 -- no error of ours in calling it
    choice = _mapping(next(iter(_sequence(payload.get("choices"))), None))
    delta = _mapping(choice.get("delta"))
    text = _text(delta.get("content"))
    is_reasoning = any(_text(delta.get(name)) for name in _REASONING_FIELDS)
    return ReplyPart(
        text=text,
        is_written=bool(text) or is_reasoning,
        ending=_text(choice.get("finish_reason")) or None,
        usage=_read_usage(payload.get("usage")),
        top_tokens=_read_top_tokens(choice.get("logprobs")),
    )


def read_first_model(payload: object) -> str | None:
    """Return the first name in a server's list of models, None where there is none."""
    names = (_text(_mapping(model).get("id")) for model in _sequence(_mapping(payload).get("data")))
    return next((name for name in names if name), None)


def weigh_yes(top_tokens: Sequence[tuple[str, float]]) -> float | None:
    """Return p(yes) / (p(yes) + p(no)) over the tokens that are one of the two words, None where none is.

    "Now" and "yesterday" are other words, however they begin.
    """
    mass = {"yes": 0.0, "no": 0.0}
    for text, log_probability in top_tokens:
        word = text.strip().casefold()
        if word in mass:
            mass[word] += math.exp(min(log_probability, 0.0))
    total = mass["yes"] + mass["no"]
    return mass["yes"] / total if total else None


def _read_usage(usage: object) -> Usage | None:
    counts = [_mapping(usage).get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if type(count) is int and count >= 0 else None for count in counts)
    return Usage(prompt, completion) if prompt is not None and completion is not None else None


def _read_top_tokens(logprobs: object) -> tuple[tuple[str, float], ...]:
    first = _mapping(next(iter(_sequence(_mapping(logprobs).get("content"))), None))
    found = []
    for one in _sequence(first.get("top_logprobs")):
        text, log_probability = _mapping(one).get("token"), _mapping(one).get("logprob")
        # The likeliest may be certain: a whole number 0.
        if isinstance(text, str) and isinstance(log_probability, int | float) and not math.isnan(log_probability):
            found.append((text, float(log_probability)))
    return tuple(found)


def _text(value: object) -> str:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
