"""Tell a message that names nothing to look for ("?? what", "ok so", "x") from a question. Pure."""

import re

from rag.text.languages import is_question_word
from rag.text.questions import QuestionKind
from rag.text.words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# The classifier takes a message without a verb or an object for one of these.
_LOOSE: frozenset[QuestionKind] = frozenset({"small-talk", "keyword"})
# Before it in Unicode stand the alphabets of Europe, where one letter alone is seldom a word.
_AFTER_ALPHABETS = "\u0590"
_MIN_WORDS = 2


def is_unclear(query: str, kind: QuestionKind) -> bool:
    """Tell whether a message holds no word that a search could be for.

    "How much is it?" may be answered where there is one thing to pay for, and is not unclear.

    Args:
        query: As rewritten, so that "why?" after an answer names what was answered.
        kind: What the classifier takes it for.
    """
    words = [word for word in _WORD.findall(query) if not _is_letter(word)]
    # WHO and IT are names.
    if any(word.isupper() for word in words):
        return False
    if all(word.lower() in FUNCTION_WORDS for word in words):
        return len(words) < _MIN_WORDS or kind in _LOOSE
    return kind == "small-talk" and all(word.lower() in FUNCTION_WORDS or is_question_word(word) for word in words)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word < _AFTER_ALPHABETS
