"""Tell statements from questions, headings, instructions and sentences that refer back."""

import re
from collections.abc import Sequence

from rag.text.words import GERMAN_PRONOUNS, POSSESSIVE_PRONOUNS, SUBJECT_PRONOUNS, Word
from rag.types import Passage

# Reference marks may follow: "in 1932.[4]", "in 1932.¹".
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?:\s?\[[^\[\]\s]{1,12}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹†‡*])*\s*$")
_IS_AN_ENTRY = re.compile(r"^\s*(?:[-*+•‣–—]|\(?\d{1,3}[.)])\s|^\s*\|.*\w.*\||\w:\s+\S")
# The Greek question mark looks like a semicolon.
_ASKS = re.compile("[?؟？\u037e][\\s)\\]*_]*$")
# A quote that is a question; not a statement that ends with a book title or with direct speech.
_ASKS_IN_QUOTES = re.compile('^[\\W_]*["\'“”„«‘][^?؟？\u037e"”“»]*[?؟？\u037e][\\s"\')\\]”’»*_]*$')
# A table row, "Question: Can I park?; Answer: Yes", is a statement.
_IS_A_ROW = re.compile(r";\s+[^;:]+:\s")
_IS_LABELLED_QUESTION = re.compile(
    r"^\W*(?:Q\s*\d*\s*[:：.]\s(?=\D*$)(?!.*\.\s*$)|(?:Question|Frage|Pregunta|Pergunta|Domanda|Vraag|Вопрос|問)\s*\d*\s*[:：])",
    re.IGNORECASE,
)
# Prompt injection: sentences for the LLM instead of the user.
_INSTRUCTS = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.!?]{0,40}\b(?:instructions?|rules|prompts?)\b"
    r"|\breply to (?:every|any|all|each) questions?\b|\breveal (?:your|the) (?:system )?prompt\b"
    r"|^\W*(?:system|assistant|developer)(?: (?:prompt|message))?\W{0,3}:",
    re.IGNORECASE,
)
_PRONOUNS = SUBJECT_PRONOUNS | POSSESSIVE_PRONOUNS | GERMAN_PRONOUNS
_DEMONSTRATIVE = frozenset("this these that those dieser diese dieses".split())  # noqa: SIM905
# A shorter line without number and full stop is a title or a caption.
_WORDS_OF_A_LINE = 5
# Where a pronoun refers back: "They may", "In 2019 she", "After that they may".
_N_OPENING_WORDS = 3


def is_statement(text: str, passage: Passage) -> bool:
    """Tell whether a text is a statement, not a title, heading, caption or question.

    Statements are sentences, list items, table rows and "label: value". A line of five words or
    with a number is one too, unless it is a heading: "Sunday 11:00 - 15:00".
    """
    line = " ".join(text.split())
    if is_question(line) or line in {passage.title, *passage.headings}:
        return False
    is_entry = bool(_ENDS_LIKE_A_SENTENCE.search(text) or _IS_AN_ENTRY.search(text))
    return is_entry or len(line.split()) >= _WORDS_OF_A_LINE or any(map(str.isdigit, line))


def is_question(text: str) -> bool:
    """Tell whether a text is a question; "Q: opening hours" is one too."""
    patterns = (_ASKS, _ASKS_IN_QUOTES, _IS_LABELLED_QUESTION)
    return not _IS_A_ROW.search(text) and any(pattern.search(text) for pattern in patterns)


def is_instruction(text: str) -> bool:
    """Tell whether a text of a document instructs the LLM; such a text is never evidence."""
    return bool(_INSTRUCTS.search(text))


def refers_back(words: Sequence[Word]) -> bool:
    """Tell whether a sentence opens with a pronoun for something in the one before it."""
    opening = [word.lowered for word in words[:_N_OPENING_WORDS]]
    return any(word in _PRONOUNS for word in opening) or bool(opening and opening[0] in _DEMONSTRATIVE)
