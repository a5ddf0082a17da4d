"""The text functions that depend on a language or a model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rag.text.words import Stem
from rag.types import Span

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class LanguageTools:
    """The text functions that answering needs; `detect_language` returns an ISO 639-1 code."""

    stem: Stem
    split_sentences: Callable[[str, str], list[Span]]
    count_tokens: CountTokens
    detect_language: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How likely a text says a statement; the three add up to 1.

    Attributes:
        supported: It says so.
        contradicted: It says otherwise.
        not_said: It says neither.
    """

    supported: float
    contradicted: float
    not_said: float


class Judge(Protocol):
    """Compares a text of a document with what is said or asked about it."""

    def reads(self, language: str) -> bool:
        """Tell whether what it says of texts in a language can be trusted.

        Args:
            language: ISO 639-1 code.
        """
        ...

    def judge_statement(self, text: str, statement: str) -> Judgement:
        """Return how likely the text says the statement."""
        ...

    def judge_answer(self, text: str, question: str) -> float:
        """Return the probability, 0 to 1, that the text answers the question."""
        ...
