"""What is kept of an answer: its figures, what it cites, and what its reader thinks of it."""

from dataclasses import dataclass
from typing import Literal

from rag.types import AnsweredBy, Outcome, Usage

Thumbs = Literal["up", "down"]
MAX_REASON = 2000
MAX_CORRECTED = 4000
"""Most characters of a reason and of a corrected answer."""


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """A document that an answer cites.

    Attributes:
        sha256: Of the file that was cited; None if another index version serves by now.
    """

    id: str
    uri: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class KeptWords:
    """What was asked and answered, kept only if the setting `keep_questions` says so.

    Attributes:
        answer: As the reader got it, JSON.
        user: Who asked, if the request said so.
    """

    question: str
    answer: str
    user: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The figures of one answer, without words; times are milliseconds.

    Attributes:
        kind: Of the question; empty if it was not classified.
        answered_ms: Since 1970.
        key_id: Of the key that the request came with; None without one.
    """

    id: str
    conversation_id: str
    answered_ms: int
    outcome: Outcome
    kind: str
    answered_by: AnsweredBy
    is_degraded: bool
    first_ms: float
    total_ms: float
    prompt_tokens: int
    completion_tokens: int
    key_id: str | None
    cited: tuple[CitedDocument, ...]
    words: KeptWords | None = None


@dataclass(frozen=True, slots=True)
class SpentTokens:
    """Tokens of an LLM that no finished answer counts, such as those for a reader who left.

    Attributes:
        spent_ms: Milliseconds since 1970.
        key_id: As of `AnswerRecord`.
    """

    spent_ms: int
    key_id: str | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thinks of an answer.

    Attributes:
        given_ms: Milliseconds since 1970.
    """

    answer_id: str
    thumbs: Thumbs
    reason: str
    corrected_answer: str
    given_ms: int
