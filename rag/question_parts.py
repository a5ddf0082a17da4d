"""Take a question apart that asks several things: "What does it cost, and when does it open?" Pure.

Goes in: a question. Comes out: its parts, each of which can be searched for; one where it asks one thing.
"""

import re

_SENTENCES = re.compile(r"(?<=[?؟？])\s+(?=\S)")
# By language: "and", and the words that begin a question. "Does", "is" and the like are left out: "built and was sold".
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
# "When and where", "what is allowed and what is not" ask one thing.
_FEWEST_WORDS = 4
_MOST = 4


def split_question(question: str) -> list[str]:
    """Return the parts of a question in their order, at most four; the whole where it does not ask several things."""
    whole = question.strip()
    splits = [_SENTENCES.split(whole), *(joint.split(whole) for joint in _JOINED)]
    for parts in ([part.strip(" ,") for part in split] for split in splits):
        is_asking = any(all(starts.match(part) for part in parts) for starts in _STARTS)
        if len(parts) > 1 and is_asking and all(len(part.split()) >= _FEWEST_WORDS for part in parts):
            return parts[:_MOST]
    return [question]
