"""Validate questions, and clean queries, as users type them; name the kinds of questions."""

import unicodedata
from typing import Literal, get_args

from rag.errors import QuestionInvalid

QuestionKind = Literal[
    "fact",
    "yes-no",
    "list",
    "count",
    "how-to",
    "why",
    "comparison",
    "summary",
    "changes",
    "several",
    "collection",
    "metadata",
    "keyword",
    "small-talk",
]
QUESTION_KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)

_ALLOWED_CONTROLS = frozenset("\t\n")
_CONTROL = "Cc"
_SURROGATE = "Cs"


def validate_question(text: str, max_characters: int) -> str:
    """Return the question without surrounding white space, with line feeds as line ends.

    Args:
        max_characters: Limit in code points, without surrounding white space.

    Raises:
        QuestionInvalid: It is empty, too long, without letter or digit, or holds control characters
            or half a surrogate pair. The message does not repeat it, so it may be logged.
    """
    question = text.replace("\r\n", "\n").strip()
    if not any(character.isprintable() and not character.isspace() for character in question):
        raise QuestionInvalid("the question is empty", next_step="ask something")
    if not any(character.isalnum() for character in question):
        raise QuestionInvalid("the question holds no letter or digit", next_step="ask in words")
    if len(question) > max_characters:
        raise QuestionInvalid(
            f"the question has {len(question):,} characters, at most {max_characters:,} are allowed",
            next_step="shorten it",
        )
    if not all(_is_text(character) for character in question):
        raise QuestionInvalid("the question holds control characters", next_step="ask in plain text")
    return question


def clean_query(text: str, max_characters: int) -> tuple[str, int]:
    """Return a query for any text, and how many characters were cut off its end.

    Control characters become spaces. A text without printable characters gives an empty query.
    """
    spaced = "".join(character if _is_text(character) else " " for character in text).strip()
    if not any(character.isprintable() and not character.isspace() for character in spaced):
        return "", 0
    return spaced[:max_characters], max(0, len(spaced) - max_characters)


def _is_text(character: str) -> bool:
    return character in _ALLOWED_CONTROLS or unicodedata.category(character) not in {_CONTROL, _SURROGATE}
