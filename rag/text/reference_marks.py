"""Tell the marks of a document's own references from words that an index in brackets belongs to."""

import re
from collections.abc import Iterable

_INDEXED = re.compile(r"(?<![\w.])[^\W\d][\w.]*(?:\[\d{1,4}\])+")
# Behind a full stop, a comma or the like, or at the end: "opened in 1932,[4] and", "in 1932. [4][5]".
_REFERENCE = re.compile(r"(?<=[.,;:!?)\"”’])(?:\[\d{1,4}\])+|\s+(?:\[\d{1,4}\])+(?=\s*$)")
_REFERENCE_ANYWHERE = re.compile(rf"{_REFERENCE.pattern}|(?<=\w)(?:\[\d{{1,4}}\])+")


def find_indexed(texts: Iterable[str]) -> set[str]:
    """Return what texts write with an index in brackets: `argv[1]`, `matrix[1][2]`.

    In a text with marks of references behind its sentences, "the bay.[4]", what stands behind a word is one too.
    """
    return {found for text in texts if not _REFERENCE.search(text) for found in _INDEXED.findall(text)}


def without_references(quote: str, passage: str) -> str:
    """Return a quoted sentence without the marks of the document's own references, which would read as ours.

    Args:
        passage: The text around it, which tells `argv[1]` from "the bay[4]".
    """
    marks = _REFERENCE_ANYWHERE if _REFERENCE.search(passage) else _REFERENCE
    return " ".join(marks.sub("", quote).split())
