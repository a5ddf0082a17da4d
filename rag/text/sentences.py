"""Split text into sentences with sentencex, Wikipedia's segmenter for 300 languages (MIT)."""

import sentencex

from rag.types import Span


def split_sentences(text: str, language: str) -> list[Span]:
    """Return the sentences of one paragraph, in order, without surrounding white space.

    Args:
        text: One paragraph; a line break inside it counts as a space.
        language: ISO 639-1 code; for unknown ones sentencex uses its general rules.

    Returns:
        Offsets in `text`, in code points; no span is empty.
    """
    # sentencex splits at some line breaks. Replacing one character by one keeps the offsets.
    flat = text.replace("\n", " ").replace("\r", " ")
    spans = []
    start = 0
    for segment in sentencex.segment(language, flat):
        end = start + len(segment)
        spans.append(_strip(flat, start, end))
        start = end
    # If a release of sentencex ever drops a character, no offset can be trusted.
    assert start == len(flat), f"sentencex covered {start} of {len(flat)} characters"
    return [span for span in spans if span.start < span.end]


def _strip(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
