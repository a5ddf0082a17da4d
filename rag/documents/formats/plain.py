"""Read plain text: paragraphs, list items and a title line become blocks.

A paragraph ends at a blank line, before a list item, and at a line break that is not a wrap.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.documents.formats.shared.cleaning import blank_invisible
from rag.documents.formats.shared.decoding import decode_text
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Block, BlockKind, Facts, Parsed, Span

# Text wider than this is not hard-wrapped; each of its lines is a paragraph.
_MAX_WRAP_WIDTH = 120
_TITLE_LINES = 5
_MAX_TITLE_CHARACTERS = 120
_LIST_ITEM = re.compile(r"\s*(?:[-*+•‣–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_SENTENCE_END = re.compile(r"[.!?:;…]\W*$")
# Only so many characters are searched for the end of a sentence: on a million full stops the time
# is quadratic.
_SENTENCE_END_CHARACTERS = 40
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_WORD = re.compile(r"\S+")


def read_plain(content: bytes, limits: Limits) -> Parsed:
    """Return the text, with line feeds as line ends and spaces for invisible characters.

    Raises:
        DocumentUnreadable: It is not text, in another encoding, or too long.
    """
    text = blank_invisible(decode_text(content))
    if len(text) > limits.max_characters:
        raise DocumentUnreadable(f"holds more than {limits.max_characters:,} characters", next_step="split it")
    blocks = [Block(span.start, span.end, kind) for span, kind in find_paragraphs(text)]
    if len(blocks) > 1 and blocks[0].kind == "paragraph" and _is_heading(text, blocks[0]):
        blocks[0] = blocks[0]._replace(kind="heading")
    return Parsed(text, tuple(blocks), Facts(title=find_title(text)))


def find_title(text: str) -> str | None:
    """Return the first of the opening lines that is short and does not end with a full stop."""
    lines = [line.strip() for line in text.split("\n")]
    filled = [i for i, line in enumerate(lines) if any(character.isalnum() for character in line)]
    for i in filled[:_TITLE_LINES]:
        title = lines[i].lstrip("#").strip()
        following = lines[i + 1] if i + 1 < len(lines) else ""
        runs_on = following[:1].islower()
        if 0 < len(title) <= _MAX_TITLE_CHARACTERS and title[-1] not in ".!?:;," and not runs_on:
            return title
    return None


def find_paragraphs(text: str) -> Iterator[tuple[Span, BlockKind]]:
    """Yield each paragraph and list item, without the white space around it."""
    for block in _parts_between_blank_lines(text):
        for paragraph in _split_block(text, block):
            piece = text[paragraph.start : paragraph.end]
            words = piece.strip()
            if words:
                start = paragraph.start + len(piece) - len(piece.lstrip())
                yield Span(start, start + len(words)), "item" if is_list_item(piece) else "paragraph"


def is_list_item(line: str) -> bool:
    return _LIST_ITEM.match(line) is not None


def ends_sentence(line: str) -> bool:
    return _SENTENCE_END.search(line[-_SENTENCE_END_CHARACTERS:]) is not None


def _is_heading(text: str, block: Block) -> bool:
    line = text[block.start : block.end]
    is_short = len(line) <= _MAX_TITLE_CHARACTERS and "\n" not in line
    return is_short and line[-1] not in ".!?:;," and _BLANK_LINES.match(text, _end_of_line(text, block.end)) is not None


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end == -1 else end


def _parts_between_blank_lines(text: str) -> Iterator[Span]:
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        yield Span(start, gap.start())
        start = gap.end()
    yield Span(start, len(text))


def _split_block(text: str, block: Span) -> Iterator[Span]:
    """Yield the paragraphs of a block without blank lines.

    A line break is a wrap if the first word of the next line would not have fitted, or if the next
    line continues a sentence.
    """
    lines = list(_lines(text, block))
    width = max((line.end - line.start for line in lines), default=0)
    start = block.start
    for line, following in pairwise(lines):
        next_line = text[following.start : following.end]
        first_word = _WORD.search(next_line)
        fits = line.end - line.start + 1 + len(first_word.group() if first_word else "") <= width
        runs_on = next_line.lstrip()[:1].islower() and not ends_sentence(text[line.start : line.end])
        if is_list_item(next_line) or (not runs_on and (fits or width > _MAX_WRAP_WIDTH)):
            yield Span(start, line.end)
            start = following.start
    if start < block.end:
        yield Span(start, block.end)


def _lines(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    while start < block.end:
        end = text.find("\n", start, block.end)
        end = block.end if end == -1 else end
        yield Span(start, end)
        start = end + 1
