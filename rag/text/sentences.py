"""Find sentence boundaries with sentencex, the segmenter of Wikipedia's content translation (MIT, 300 languages)."""

import sentencex

from rag.types import Span


def split_sentences(text: str, language: str) -> list[Span]:
    """Return the sentences of one paragraph, in order, without the white space around them.

    Args:
        text: One paragraph; a line break inside it counts as a space.
        language: ISO 639-1 code; one that sentencex does not know falls back to its general rules.

    Returns:
        Offsets in `text`, in code points; no span is empty.
    """
    # One character for another, so that every offset stays right; sentencex ends a sentence at some line breaks.
    flat = text.replace("\n", " ").replace("\r", " ")
    spans = []
    start = 0
    for segment in sentencex.segment(language, flat):
        end = start + len(segment)
        spans.append(_strip(flat, start, end))
        start = end
    # The segments partition the text; if a release ever breaks that, no offset can be trusted.
    assert start == len(flat), f"sentencex covered {start} of {len(flat)} characters"
    return [span for span in spans if span.start < span.end]


def _strip(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
