"""Notice contacts and markup that a generated sentence adds, and words of our prompts. Pure.

A document may order the LLM to add them. The support check compares words, so a true sentence with
a foreign link or phone number would pass it.
"""

import re
from collections.abc import Sequence

from rag.text.contacts import adds_contact

_MARKUP = re.compile(
    r"!?\[[^\]]*\]\([^)]*\)|!?\[[^\]]*\]\[[^\]]*\]"
    r"|<[a-z!/][^>]*>?|&#?\w+;"
    # A line that poses as a turn of a conversation.
    r"|^\W*(?:system|assistant|user|developer|instructions?)\s*:|\b(?:system|developer) prompt\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# Shorter runs of words are common phrases: "in the language of the question".
_RUN_WORDS = 7


def adds_foreign_parts(sentence: str, known: Sequence[str], nearby: Sequence[str] = ()) -> bool:
    """Return whether a sentence has a contact or markup that the known texts lack.

    Args:
        known: The cited words, and the question: the reader knows what it holds.
        nearby: May hold names of files: the cited sentence may say "this file".
    """
    return not _markup(sentence).issubset({one for text in known for one in _markup(text)}) or adds_contact(
        sentence, known, nearby
    )


def _markup(text: str) -> set[str]:
    return {found.group() for found in _MARKUP.finditer(text)}


def repeats(sentence: str, text: str) -> bool:
    """Return whether a sentence repeats seven words in a row of a text."""
    words = [word.casefold() for word in _WORD.findall(sentence)]
    known = " ".join(word.casefold() for word in _WORD.findall(text))
    runs = (" ".join(words[i : i + _RUN_WORDS]) for i in range(len(words) - _RUN_WORDS + 1))
    return any(f" {run} " in f" {known} " for run in runs)
