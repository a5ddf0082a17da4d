from dataclasses import replace

import pytest

from rag.retrieval.context import label_of, pack_context, window_around
from rag.text.tokens import count_tokens
from rag.types import Evidence, FileEntry, Hit
from tests.unit.conftest import make_document, make_hits, make_passages

TEXT = "One ship sails. Two ships sail. Three ships sail. Four ships sail. Five ships sail."


def first_of(hit: Hit) -> Evidence:
    return Evidence(hit, hit.passage.sentences[0], 0.5)


def test_the_context_holds_what_fits_and_always_the_first() -> None:
    hits = make_hits(make_passages(make_document()))
    evidence = [first_of(hit) for hit in hits]
    labels = ["Harbour"] * len(hits)
    # The label counts.
    sizes = [count_tokens("Harbour") + count_tokens(hit.passage.text) for hit in hits]

    assert len(pack_context(evidence, labels, count_tokens, 1).hits) == 1
    assert pack_context(evidence, labels, count_tokens, 3 * max(sizes)).hits == hits
    assert pack_context(evidence, labels, count_tokens, 10_000).n_tokens == sum(sizes)
    for max_tokens in range(sizes[0], sum(sizes)):
        assert pack_context(evidence, labels, count_tokens, max_tokens).n_tokens <= max_tokens


def test_a_passage_that_takes_more_than_a_third_leaves_room_for_two_others() -> None:
    texts = [TEXT.replace("ship", thing) for thing in ("ship", "boat", "raft")]
    hits = [make_hits(make_passages(make_document(text)))[0] for text in texts]

    # Each sentence has four tokens, each label one: of 45 each gets 15, three sentences.
    context = pack_context([first_of(hit) for hit in hits], ["A", "B", "C"], count_tokens, 45)

    assert [hit.passage.text for hit in context.hits] == [
        f"One {thing} sails. Two {thing}s sail. Three {thing}s sail." for thing in ("ship", "boat", "raft")
    ]
    assert context.n_tokens <= 45


def test_each_passage_keeps_its_own_label() -> None:
    hits = make_hits(make_passages(make_document()))
    evidence = [first_of(hits[0]), first_of(hits[0]), first_of(hits[2])]

    context = pack_context(evidence, ["One", "One again", "Three"], count_tokens, 10_000)

    assert context.labels == ("One", "Three")
    assert context.hits == (hits[0], hits[2])


def test_the_same_words_are_not_packed_twice() -> None:
    hits = make_hits(make_passages(make_document())[:1] * 2)

    context = pack_context([first_of(hit) for hit in hits], ["a", "b"], count_tokens, 10_000)

    assert len(context.hits) == len(context.labels) == 1


def test_of_a_long_passage_the_sentences_around_the_evidence_are_packed() -> None:
    hit = make_hits(make_passages(make_document(TEXT)))[0]

    # Each sentence has four tokens.
    window = window_around(Evidence(hit, hit.passage.sentences[2], 0.5), count_tokens, 13).passage

    assert window.text == "Two ships sail. Three ships sail. Four ships sail."
    assert TEXT[window.start : window.end] == window.text
    assert [TEXT[a:b] for a, b in window.sentences] == ["Two ships sail.", "Three ships sail.", "Four ships sail."]


def test_a_window_knows_the_rows_and_scores_of_its_own_sentences() -> None:
    passage = make_passages(make_document(TEXT))[0]
    hit = Hit(passage, 1.0, 1, "fused", (0.1, 0.2, 0.3, 0.4, 0.5), first_sentence_row=70)

    window = window_around(Evidence(hit, passage.sentences[4], 0.5), count_tokens, 8)

    assert (window.first_sentence_row, window.sentence_scores) == (73, (0.4, 0.5))


def test_evidence_longer_than_the_budget_is_packed_alone() -> None:
    hit = make_hits(make_passages(make_document(TEXT)))[0]

    assert (
        window_around(Evidence(hit, hit.passage.sentences[1], 0.5), count_tokens, 1).passage.text == "Two ships sail."
    )


@pytest.mark.parametrize(
    ("title", "headings", "date", "expected"),
    [
        ("Tides", ("High water",), "2026-03-01", "Tides > High water (2026-03-01)"),
        ("Tides", ("Tides", "High\nwater"), None, "Tides > High water"),
        ("Tides", (), None, "Tides"),
        ("T" * 200, (), None, "T" * 160),
    ],
)
def test_a_label_says_on_one_line_where_a_passage_stands(
    title: str, headings: tuple[str, ...], date: str | None, expected: str
) -> None:
    hit = make_hits(make_passages(make_document(TEXT)))[0]
    hit = replace(hit, passage=replace(hit.passage, headings=headings))

    assert label_of(hit, FileEntry(uri="tides.txt", sha256="0", title=title, date=date)) == expected
