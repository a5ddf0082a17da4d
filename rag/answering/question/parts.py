"""Split a question that asks several things: "What does it cost, and when does it open?" Pure."""

import re
from collections.abc import Sequence

from rag.text.words import FUNCTION_WORDS, is_negation

_SENTENCES = re.compile(r"(?<=[?؟？])\s+(?=\S)")
# By language: "and", and the words that begin a question. Left out are "does", "is" and the like:
# "built and was sold".
_LANGUAGES = (
    ("and", "what|when|where|which|who|whom|whose|why|how"),
    ("und", "was|wann|wo|wohin|welche[rsn]?|wer|wem|wen|warum|wie|wieviele?"),
    ("et", "que|quoi|quand|où|quels?|quelles?|qui|pourquoi|comment|combien"),
    ("y|e", "qué|cuándo|dónde|cuál(?:es)?|quién(?:es)?|cómo|cuánt[oa]s?"),
    ("e", "che|cosa|quando|dove|quale|quali|chi|perché|come|quant[oaie]"),
    ("e", "o que|quando|onde|qual|quais|quem|como|quant[oa]s?"),
    ("en", "wat|wanneer|waar|welke?|wie|waarom|hoe|hoeveel"),
)
_JOINED = tuple(re.compile(rf",?\s+(?:{joint})\s+(?=(?:{opening})\b)", re.IGNORECASE) for joint, opening in _LANGUAGES)
_STARTS = tuple(re.compile(rf"^\W*(?:{opening})\b", re.IGNORECASE) for _, opening in _LANGUAGES)
_WORD = re.compile(r"\w+")
_UNSPACED_OR_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u06ff\u3040-\u9fff]")
_MAX_PARTS = 4


def split_question(question: str) -> list[str]:
    """Return the parts of a question, at most four; the whole if it asks one thing."""
    whole = question.strip()
    splits = [_SENTENCES.split(whole), *(joint.split(whole) for joint in _JOINED)]
    for parts in ([part.strip(" ,") for part in split] for split in splits):
        if len(parts) > 1 and _ask_alike(parts) and all(map(_says_enough, parts)):
            return parts[:_MAX_PARTS]
    return [question]


def _ask_alike(parts: Sequence[str]) -> bool:
    """Return whether each part begins as a question, and the first holds no other question.

    "Which rules say who may enter and who may leave?" asks one thing.
    """
    if all(_UNSPACED_OR_RIGHT_TO_LEFT.search(part) for part in parts):
        return True
    for starts in _STARTS:
        openings = [match[0].strip().lower() for part in parts if (match := starts.match(part))]
        if len(openings) == len(parts):
            first = _WORD.findall(parts[0].lower())[1:]
            return not any(opening in first for opening in openings[1:])
    return False


def _says_enough(part: str) -> bool:
    """Return whether a part is a whole question; not in "when and where" or "and what is not"."""
    if _UNSPACED_OR_RIGHT_TO_LEFT.search(part):
        return True
    words = _WORD.findall(part.lower())
    return any(word not in FUNCTION_WORDS and not is_negation(word) for word in words[1:])
