"""The text functions that depend on a language or a model."""

from collections.abc import Callable
from dataclasses import dataclass

from rag.text.words import Stem
from rag.types import Span

Entail = Callable[[str, str], float]
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class LanguageTools:
    """The text functions that answering needs; `detect_language` returns an ISO 639-1 code."""

    stem: Stem
    split_sentences: Callable[[str, str], list[Span]]
    count_tokens: CountTokens
    detect_language: Callable[[str], str]
