"""Recognise prompt injection: sentences of a document that instruct an LLM."""

import re

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.!?]{0,40}\b(?:instructions?|rules|prompts?)\b"
    r"|\breply to (?:every|any|all|each) questions?\b|\breveal (?:your|the) (?:system )?prompt\b"
    r"|^\W*(?:system|assistant|developer)(?: (?:prompt|message))?\W{0,3}:",
    re.IGNORECASE,
)


def gives_orders(sentence: str) -> bool:
    """Tell whether a sentence addresses the LLM instead of the readers; it is never evidence."""
    return bool(_ORDERS.search(sentence))
