"""Notice links, images and markup that a generated sentence adds, and words of our prompts. Pure.

A document may order the LLM to add them. The support check compares words, so a true sentence with
a foreign link would pass it.
"""

import re
from collections.abc import Sequence

_LINK_OR_MARKUP = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.|(?:https?|ftp|file|mailto|javascript|vbscript):|data:[a-z]+/)[^\s<>\"')\]]*"
    r"|\b(?:tel|sms|callto|skype|whatsapp|geo):[+\w]\S*"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[\w-]+(?:\.[\w-]+)+/[^\s<>\"')\]]+"
    r"|!?\[[^\]]*\]\([^)]*\)|!?\[[^\]]*\]\[[^\]]*\]"
    r"|<[a-z!/][^>]*>?|&#?\w+;"
    # A line that poses as a turn of a conversation.
    r"|^\W*(?:system|assistant|user|developer|instructions?)\s*:|\b(?:system|developer) prompt\b",
    re.IGNORECASE,
)
# The name of a host, which many programs show as a link, or of a file; not "7 a.m." or "U.S.".
_HOST_OR_FILE = re.compile(
    r"\b(?:[\w-]{1,63}\.)+(?:com|net|org|io|co|ai|app|dev|info|xn--[a-z0-9-]+)\b"
    r"|\b[\w-]{2,63}(?:\.[\w-]{1,63})*\.(?-i:[a-z]{2,24}|[^\W\d_a-zA-Z]{2,24})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# Shorter runs of words are common phrases: "in the language of the question".
_RUN_WORDS = 7


def adds_links_or_markup(sentence: str, cited: Sequence[str], context: Sequence[str] = ()) -> bool:
    """Return whether a sentence has a link, image or markup that the cited words lack.

    Args:
        context: May hold names of hosts and files too: the cited sentence may say "this file".
    """
    links = _matches(_LINK_OR_MARKUP, cited)
    names = _matches(_HOST_OR_FILE, [*cited, *context]) | links
    return not (_matches(_LINK_OR_MARKUP, [sentence]) <= links and _matches(_HOST_OR_FILE, [sentence]) <= names)


def _matches(pattern: re.Pattern[str], texts: Sequence[str]) -> set[str]:
    """Return the whole matches of a pattern: the beginning of a link is another link."""
    return {match.group().rstrip(".,;:!?") for text in texts for match in pattern.finditer(text)}


def repeats(sentence: str, text: str) -> bool:
    """Return whether a sentence repeats seven words in a row of a text."""
    words = [word.casefold() for word in _WORD.findall(sentence)]
    known = " ".join(word.casefold() for word in _WORD.findall(text))
    runs = (" ".join(words[i : i + _RUN_WORDS]) for i in range(len(words) - _RUN_WORDS + 1))
    return any(f" {run} " in f" {known} " for run in runs)
