"""Tell a document's reference marks, "the bay.[4]", from words with an index, `argv[1]`."""

import re
from collections.abc import Iterable

_INDEXED = re.compile(r"(?<![\w.])[^\W\d][\w.]*(?:\[\d{1,4}\])+")
# After a punctuation mark, or at the end: "opened in 1932,[4] and", "in 1932. [4][5]".
_REFERENCE = re.compile(r"(?<=[.,;:!?)\"”’])(?:\[\d{1,4}\])+|\s+(?:\[\d{1,4}\])+(?=\s*$)")
_REFERENCE_ANYWHERE = re.compile(rf"{_REFERENCE.pattern}|(?<=\w)(?:\[\d{{1,4}}\])+")


def find_indexed(texts: Iterable[str]) -> set[str]:
    """Return the words with an index in brackets: `argv[1]`, `matrix[1][2]`.

    In a text with reference marks after its sentences, brackets after words are marks as well.
    """
    return {found for text in texts if not _REFERENCE.search(text) for found in _INDEXED.findall(text)}


def without_references(quote: str, passage: str) -> str:
    """Return a quote without the document's reference marks, which would look like our citations.

    Args:
        passage: The text around the quote, which tells `argv[1]` from "the bay[4]".
    """
    marks = _REFERENCE_ANYWHERE if _REFERENCE.search(passage) else _REFERENCE
    return " ".join(marks.sub("", quote).split())
