"""Read a file as the product does and check what holds of every Parsed."""

import re
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from rag.documents.formats import Limits, read_file
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def check(parsed: Parsed) -> Parsed:
    """Fail unless the blocks are in order, stripped, and cover all but white space."""
    end = 0
    for block in parsed.blocks:
        words = parsed.text[block.start : block.end]
        assert end <= block.start < block.end <= len(parsed.text)
        assert not parsed.text[end : block.start].strip()
        assert words == words.strip() != ""
        end = block.end
    assert not parsed.text[end:].strip()
    assert not _CONTROL.search(parsed.text)
    return parsed


def read(content: bytes, name: str, limits: Limits | None = None) -> Parsed:
    return check(read_file(content, name, limits or Limits())[1])


def read_or_refuse(content: bytes, name: str) -> str:
    """Return the text, or "refused: " and why."""
    try:
        return read(content, name).text
    except DocumentUnreadable as error:
        return f"refused: {error}"


def says_what_to_do(outcome: str) -> bool:
    return not outcome.startswith("refused: ") or ";" in outcome


def media_type(content: bytes, name: str) -> str:
    return read_file(content, name, Limits())[0]


def told(parsed: Parsed) -> list[tuple[str, str]]:
    """Return the kind and the words of each block."""
    return [(block.kind, parsed.text[block.start : block.end]) for block in parsed.blocks]


def headings_of(parsed: Parsed, words: str) -> tuple[str, ...]:
    """Return the headings over the first block that holds these words."""
    return next(block.headings for block in parsed.blocks if words in parsed.text[block.start : block.end])


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()
