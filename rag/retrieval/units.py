"""Find what is quoted for a sentence: its row, its list, or the short section around it. Pure.

Goes in: a sentence, and the blocks around it. Comes out: a span of whole blocks, or the sentence.
Questions and instructions to an LLM are in no unit.
"""

import re
from collections.abc import Callable

from rag.documents.passages import Excerpt
from rag.text.statements import is_instruction, is_question
from rag.types import Block, Span

# The longest list or row that is quoted whole behind a generated sentence: about four lines.
_UNIT_CHARACTERS = 400
# The longest part of a section that is quoted. In the six building collections of evals/everyday,
# the first three hold the answer for .72 of the questions, against .61 of single paragraphs and
# .76 at 1,500 characters.
_SECTION_CHARACTERS = 700
AROUND = _SECTION_CHARACTERS
"""Characters before and after a sentence that hold all of its unit."""
_HOLDS_QUESTION = re.compile(r"[?؟？](?:\s|[*_]|$)")
_BULLET = re.compile(r"^\s*(?:[-*+•‣–—]|\(?\w{1,3}[.)])\s+")
_SENTENCE_WITHIN = re.compile(r"[^\W\d]{3,}[\w)\"”’]*[.!?…。！？]\s*\S")
# A list item with this many sentence ends before its last one is a paragraph.
_SENTENCES_OF_A_PARAGRAPH = 2


def unit_of(sentence: Span, excerpt: Excerpt) -> Span:
    """Return the row or list that holds a sentence, with the list after it; else the sentence."""
    index = _block_of(sentence, excerpt)
    if index is None:
        return sentence
    block = excerpt.blocks[index]
    is_short = block.end - block.start <= _UNIT_CHARACTERS
    if block.kind == "item" and is_short:
        return _list_around(excerpt, index)
    is_whole = is_short and block.kind == "row" and _may_be_quoted(excerpt.text_of(block))
    if excerpt.text_of(sentence).rstrip().endswith(":"):
        start = block.start if is_whole else sentence.start
        return Span(start, _end_of_list(excerpt, index + 1, sentence.end))
    return Span(block.start, block.end) if is_whole else sentence


def section_around(sentence: Span, excerpt: Excerpt) -> Span:
    """Return the blocks around a sentence under its heading, on its page, up to 700 characters.

    They are added in turn after and before it, after it first: conditions and steps follow more
    often than they precede. A row stands alone.
    """
    index = _block_of(sentence, excerpt)
    if index is None:
        return sentence
    block = excerpt.blocks[index]
    if block.end - block.start > _SECTION_CHARACTERS or not _may_be_quoted(excerpt.text_of(block)):
        return unit_of(sentence, excerpt)
    if block.kind == "row":
        return Span(block.start, block.end)

    def belongs(one: Block) -> bool:
        return (
            one.kind in {"paragraph", "item"}
            and (one.headings, one.page) == (block.headings, block.page)
            and _may_be_quoted(excerpt.text_of(one))
        )

    return _grow(excerpt, index, _SECTION_CHARACTERS, belongs)


def _block_of(sentence: Span, excerpt: Excerpt) -> int | None:
    blocks = enumerate(excerpt.blocks)
    return next((i for i, one in blocks if one.start <= sentence.start and sentence.end <= one.end), None)


def _grow(excerpt: Excerpt, index: int, max_characters: int, belongs: Callable[[Block], bool]) -> Span:
    """Return a block with its neighbours, the next one first, as long as they belong and fit."""
    blocks, first, last = excerpt.blocks, index, index
    is_growing = True
    while is_growing:
        is_growing = False
        for more_first, more_last in ((first, last + 1), (first - 1, last)):
            if more_first < 0 or more_last >= len(blocks):
                continue
            added = blocks[more_last] if more_last > last else blocks[more_first]
            if belongs(added) and blocks[more_last].end - blocks[more_first].start <= max_characters:
                first, last, is_growing = more_first, more_last, True
                break
    return Span(blocks[first].start, blocks[last].end)


def _list_around(excerpt: Excerpt, index: int) -> Span:
    """Return a list item with the items around it; an item of three sentences stands alone."""
    block = excerpt.blocks[index]
    if _is_paragraph(excerpt.text_of(block)):
        return Span(block.start, block.end)
    return _grow(excerpt, index, _UNIT_CHARACTERS, lambda one: _is_part_of_list(one, excerpt))


def _is_part_of_list(block: Block, excerpt: Excerpt) -> bool:
    text = excerpt.text_of(block)
    return block.kind == "item" and _may_be_quoted(text) and not _is_paragraph(text)


def _is_paragraph(item: str) -> bool:
    """Tell whether a list item is a paragraph: several sentences end inside it."""
    ends = _SENTENCE_WITHIN.findall(_BULLET.sub("", item))
    return len(ends) >= _SENTENCES_OF_A_PARAGRAPH


def _end_of_list(excerpt: Excerpt, index: int, end: int) -> int:
    """Return where the list after a "Bring with you:" ends, at most 400 characters behind it.

    Args:
        index: Of the first block behind the sentence; `end` is where the sentence ends.
    """
    start = end
    for block in excerpt.blocks[index:]:
        is_listed = block.kind in {"item", "row"} and _may_be_quoted(excerpt.text_of(block))
        if not is_listed or block.end - start > _UNIT_CHARACTERS:
            break
        end = block.end
    return end


def _may_be_quoted(text: str) -> bool:
    """Tell whether a block can be quoted whole: it holds no question and no instruction."""
    return not _HOLDS_QUESTION.search(text) and not is_question(text) and not is_instruction(text)
