"""Notice what a written sentence carries that no document holds: links, images, markup, lines of our own prompts. Pure.

A document may ask the LLM for such things, and an obedient one writes them. Support is a matter of words and may be
high for a true sentence with a foreign link behind it, so this is looked at apart.
"""

import re
from collections.abc import Sequence

_CARRIED = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.|(?:https?|ftp|file|mailto|javascript|vbscript):|data:[a-z]+/)[^\s<>\"')\]]*"
    r"|\b(?:tel|sms|callto|skype|whatsapp|geo):[+\w]\S*"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[\w-]+(?:\.[\w-]+)+/[^\s<>\"')\]]+"
    r"|!?\[[^\]]*\]\([^)]*\)|!?\[[^\]]*\]\[[^\]]*\]"
    r"|<[a-z!/][^>]*>?|&#?\w+;"
    # A line that poses as one of a conversation's.
    r"|^\W*(?:system|assistant|user|developer|instructions?)\s*:|\b(?:system|developer) prompt\b",
    re.IGNORECASE,
)
# The name of a host, which many readers' programs make a link of, or of a file; not "7 a.m." or "U.S.".
_NAMED = re.compile(
    r"\b(?:[\w-]{1,63}\.)+(?:com|net|org|io|co|ai|app|dev|info|xn--[a-z0-9-]+)\b"
    r"|\b[\w-]{2,63}(?:\.[\w-]{1,63})*\.(?-i:[a-z]{2,24}|[^\W\d_a-zA-Z]{2,24})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# Shorter runs of words are anybody's: "in the language of the question".
_RUN_WORDS = 7


def adds_links_or_markup(sentence: str, cited: Sequence[str], context: Sequence[str] = ()) -> bool:
    """Tell whether a sentence holds a link, an image or markup that the cited words do not hold as it is.

    Args:
        context: Where the name of a host or a file may stand too: "this file" is what a cited sentence calls it.
    """
    names = _matches(_NAMED, [*cited, *context]) | _matches(_CARRIED, cited)
    return not (_matches(_CARRIED, [sentence]) <= _matches(_CARRIED, cited) and _matches(_NAMED, [sentence]) <= names)


def _matches(pattern: re.Pattern[str], texts: Sequence[str]) -> set[str]:
    """Return what a pattern finds, each whole: the beginning of a link is another link."""
    return {match.group().rstrip(".,;:!?") for text in texts for match in pattern.finditer(text)}


def repeats(sentence: str, text: str) -> bool:
    """Tell whether a sentence repeats a run of words of a text."""
    said = [word.casefold() for word in _WORD.findall(sentence)]
    there = " ".join(word.casefold() for word in _WORD.findall(text))
    runs = (" ".join(said[i : i + _RUN_WORDS]) for i in range(len(said) - _RUN_WORDS + 1))
    return any(f" {run} " in f" {there} " for run in runs)
