"""Texts of any script and shape go through reading and cutting: offsets stay exact and no sentence is torn apart."""

import os
from collections.abc import Iterator
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.documents.formats import Limits, read_file
from rag.documents.passages import chunk_document
from rag.errors import DocumentUnreadable
from rag.text.sentences import split_sentences
from rag.text.tokens import count_tokens
from rag.types import Block, Document, Passage, Span

N_EXAMPLES = int(os.environ.get("FOOTNOTE_EXAMPLES", "300"))
MAX_TOKENS, MIN_TOKENS = 24, 6

WORDS = (
    *("The", "ferry", "Aurora", "leaves", "at", "7", "a.m.", "Dr.", "Who?", "No!", "etc.", "e.g.", "3.14", "U.S."),
    *("Die", "Fähre", "fährt", "am", "3.", "Mai", "ab.", "Où", "est-elle", "?", "«Ici.»", "Привет.", "г."),
    *("是的。", "船は出た。", "مرحبا", "بالعالم.", "नमस्ते।", "สวัสดี", "😀", "\U0001f469\u200d\U0001f467", "e\u0301"),
    *("\u202eabc", "\U000e0041", "\x00", "#", "-", "*", "1.", "|", "```", "x" * 90),
)
LANGUAGES = ("en", "de", "fr", "ru", "zh", "ja", "ar", "hi", "th")
GAPS = (" ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\f", "")
shaped = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=60).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
texts = st.one_of(shaped, st.text(max_size=200))


@given(
    texts, st.sampled_from(["en", "de", "fr", "ru", "zh", "ja", "ar", "hi", "th"]), st.sampled_from(["a.txt", "a.md"])
)
@settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_cut_at_its_own_borders_with_exact_offsets(text: str, language: str, name: str) -> None:
    try:
        _, parsed = read_file(text.encode("utf-8", "surrogatepass"), name, Limits())
    except DocumentUnreadable:
        return
    document = Document(id="d", uri="", sha256="", text=parsed.text, blocks=parsed.blocks)
    split = partial(split_sentences, language=language)

    passages = chunk_document(document, split, count_tokens, max_tokens=MAX_TOKENS, min_tokens=MIN_TOKENS)

    check_offsets(document, passages)
    check_borders(document, passages, split)


def check_offsets(document: Document, passages: list[Passage]) -> None:
    end, told = 0, []
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end]
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        for span in passage.sentences:
            assert end <= span.start < span.end <= passage.end
            told.append(document.text[span.start : span.end])
            end = span.end
    assert "".join("".join(told).split()) == "".join(document.text.split())


def check_borders(document: Document, passages: list[Passage], split: partial[list[Span]]) -> None:
    whole = set(whole_sentences(document, split))
    for passage in passages:
        for span in passage.sentences:
            if span not in whole:
                around = next(one for one in whole if one.start <= span.start and span.end <= one.end)
                assert count_tokens(document.text[around.start : around.end]) > MAX_TOKENS
        crossed = [block for block in document.blocks if passage.start < block.end and block.start < passage.end]
        large = [
            block for block in crossed if block.kind != "heading" and n_tokens_of(document, block, split) >= MIN_TOKENS
        ]
        assert len(crossed) == 1 or len(large) <= 1


def n_tokens_of(document: Document, block: Block, split: partial[list[Span]]) -> int:
    text = document.text[block.start : block.end]
    return sum(count_tokens(text[span.start : span.end]) for span in split(text))


def whole_sentences(document: Document, split: partial[list[Span]]) -> Iterator[Span]:
    for block in document.blocks:
        if block.kind in {"row", "heading"}:
            yield Span(block.start, block.end)
        else:
            for local in split(document.text[block.start : block.end]):
                yield Span(block.start + local.start, block.start + local.end)
