"""Read the JSON of an LLM server. Any field may be missing, null or of another type."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.types import Usage

# Half of a character, which no encoder accepts.
_SURROGATE = re.compile("[\ud800-\udfff]")
_REASONING_FIELDS = ("reasoning_content", "reasoning")


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """One event of a streamed reply.

    Attributes:
        is_written: It holds text or reasoning.
        ending: Why the model stopped (`finish_reason`); None while it continues.
        log_probabilities: Of each token, natural, at most 0; if requested.
        alternatives: Candidates for the first token, itself included, with their log probabilities.
    """

    text: str
    is_written: bool
    ending: str | None
    usage: Usage | None
    log_probabilities: tuple[float, ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """The log probabilities of the last tokens, natural, at most 0."""

    log_probabilities: tuple[float, ...]


def read_part(payload: object) -> ReplyPart:
    """Return one event of a reply.

    Raises:
        ValueError: It is not a JSON object.
    """
    if not isinstance(payload, dict):
        raise ValueError("an event of a reply is not a JSON object")  # noqa: TRY004 -- the server's error, not the caller's
    choice = _mapping(next(iter(_sequence(payload.get("choices"))), None))
    delta = _mapping(choice.get("delta"))
    text = _text(delta.get("content"))
    is_reasoning = any(_text(delta.get(name)) for name in _REASONING_FIELDS)
    return ReplyPart(
        text=text,
        is_written=bool(text) or is_reasoning,
        ending=_text(choice.get("finish_reason")) or None,
        usage=_read_usage(payload.get("usage")),
        log_probabilities=_read_log_probabilities(choice.get("logprobs")),
        alternatives=_read_alternatives(choice.get("logprobs")),
    )


def read_first_model(payload: object) -> str | None:
    """Return the first name in a server's list of models; None if it is empty."""
    names = (_text(_mapping(model).get("id")) for model in _sequence(_mapping(payload).get("data")))
    return next((name for name in names if name), None)


def probability_of(word: str, alternatives: Sequence[tuple[str, float]]) -> float:
    """Return the probability that a reply opens with a word; "Not" counts, "Note" does not.

    Args:
        word: In lower case.
    """
    return min(sum(math.exp(value) for text, value in alternatives if text.strip().lower() == word), 1.0)


def _read_usage(usage: object) -> Usage | None:
    counts = [_mapping(usage).get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if type(count) is int and count >= 0 else None for count in counts)
    return Usage(prompt, completion) if prompt is not None and completion is not None else None


def _read_log_probabilities(logprobs: object) -> tuple[float, ...]:
    tokens = (_mapping(token).get("logprob") for token in _sequence(_mapping(logprobs).get("content")))
    found = (float(value) for value in tokens if isinstance(value, int | float) and not isinstance(value, bool))
    return tuple(min(value, 0.0) for value in found if not math.isnan(value))


def _read_alternatives(logprobs: object) -> tuple[tuple[str, float], ...]:
    first = _mapping(next(iter(_sequence(_mapping(logprobs).get("content"))), None))
    found = []
    for one in _sequence(first.get("top_logprobs")):
        text, value = _mapping(one).get("token"), _mapping(one).get("logprob")
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            found.append((_text(text), min(float(value), 0.0)))
    return tuple(found)


def _text(value: object) -> str:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
