"""Recognise sentences of a document that give orders to an LLM."""

import re

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.!?]{0,40}\b(?:instructions?|rules|prompts?)\b"
    r"|\breply to (?:every|any|all|each) questions?\b|\breveal (?:your|the) (?:system )?prompt\b"
    r"|^\W*(?:system|assistant|developer)(?: (?:prompt|message))?\W{0,3}:",
    re.IGNORECASE,
)


def gives_orders(sentence: str) -> bool:
    """Tell whether a sentence of a document speaks to the LLM instead of its readers; it is evidence of nothing."""
    return bool(_ORDERS.search(sentence))
