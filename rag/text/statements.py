"""Tell statements, which may be evidence, from questions, headings and lines that lean on the one before."""

import re
from collections.abc import Sequence

from rag.text.words import (
    Word,
)
from rag.types import Passage

# Marks of references may follow: "in 1932.[4]", "in 1932.¹".
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?:\s?\[[^\[\]\s]{1,12}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹†‡*])*\s*$")
_IS_AN_ENTRY = re.compile(r"^\s*(?:[-*+•‣–—]|\(?\d{1,3}[.)])\s|^\s*\|.*\w.*\||\w:\s+\S")
# The Greek question mark looks like a semicolon.
_ASKS = re.compile("[?؟？\u037e][\\s)\\]*_]*$")
# A quoted question is one; a statement that ends with the title of a book, or with what somebody said, is not.
_ASKS_IN_QUOTES = re.compile('^[\\W_]*["\'“”„«‘][^?؟？\u037e"”“»]*[?؟？\u037e][\\s"\')\\]”’»*_]*$')
# "Question: Can I park?; Answer: Yes": a row says something.
_IS_A_ROW = re.compile(r";\s+[^;:]+:\s")
_IS_LABELLED_QUESTION = re.compile(
    r"^\W*(?:Q\s*\d*\s*[:：.]\s(?=\D*$)(?!.*\.\s*$)|(?:Question|Frage|Pregunta|Pergunta|Domanda|Vraag|Вопрос|問)\s*\d*\s*[:：])",
    re.IGNORECASE,
)
_PERSONAL = frozenset("he she it they his her its their er sie es".split())  # noqa: SIM905
_DEMONSTRATIVE = frozenset("this these that those dieser diese dieses".split())  # noqa: SIM905
# A line of fewer, without a number and a full stop, is a title or a caption rather than a statement.
_WORDS_OF_A_LINE = 5
# "After that they may" and "In 2019 she" refer back as "They may" does.
_PRONOUN_PLACES = 3


def is_statement(text: str, passage: Passage) -> bool:
    """Tell what says something from what only leads to it: a title, a heading, a caption, a question.

    A sentence, a list item, a table's row or a "label: value" says something, and so does a line of several words or
    with a number that is no heading: "Sunday 11:00 - 15:00".
    """
    line = " ".join(text.split())
    if is_question(line) or line in {passage.title, *passage.headings}:
        return False
    is_entry = bool(_ENDS_LIKE_A_SENTENCE.search(text) or _IS_AN_ENTRY.search(text))
    return is_entry or len(line.split()) >= _WORDS_OF_A_LINE or any(map(str.isdigit, line))


def is_question(text: str) -> bool:
    """Tell a question from a statement; "Q: opening hours" is one too."""
    patterns = (_ASKS, _ASKS_IN_QUOTES, _IS_LABELLED_QUESTION)
    return not _IS_A_ROW.search(text) and any(pattern.search(text) for pattern in patterns)


def refers_back(words: Sequence[Word]) -> bool:
    """Tell whether a sentence opens with a "she" or "it" that the sentence before it explains."""
    opening = [word.text.lower() for word in words[:_PRONOUN_PLACES]]
    return any(word in _PERSONAL for word in opening) or bool(opening and opening[0] in _DEMONSTRATIVE)
