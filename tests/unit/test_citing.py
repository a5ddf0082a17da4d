import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import CitationBook, Draft, SentenceReader, render_answer
from rag.types import AnswerSentence, Citation, Span
from tests.unit.conftest import SPLIT


def read(pieces: list[str]) -> list[Draft]:
    reader = SentenceReader(SPLIT)
    drafts = [draft for piece in pieces for draft in reader.feed(piece)]
    return drafts + reader.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said so. [1] She left. [2]", [("He said so.", {1}), ("She left.", {2})]),
        ("He said so [1]. She left [2].", [("He said so.", {1}), ("She left.", {2})]),
        ("He said so.[1][2] She left.", [("He said so.", {1, 2}), ("She left.", set())]),
        ("He said so. [1, 3] She left.", [("He said so.", {1, 3}), ("She left.", set())]),
        ("He said so. [1-3]", [("He said so.", {1, 2, 3})]),
        ("He said so.【2】", [("He said so.", {2})]),
        ("Read x[0] and [example] here.", [("Read x[0] and [example] here.", set())]),
        ("U.S. envoy Steve Witkoff met him.", [("U.S. envoy Steve Witkoff met him.", set())]),
        ("No full stop", [("No full stop", set())]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_text_becomes_sentences_without_markers(text: str, expected: list[tuple[str, set[int]]]) -> None:
    assert [(draft.text, set(draft.hints)) for draft in read([text])] == expected


@given(st.data())
def test_any_cut_of_the_text_gives_the_same_sentences(data: st.DataObject) -> None:
    words = [
        "He",
        "said",
        "so.",
        "[1]",
        "U.S.",
        "talks",
        "20%",
        "[1,",
        "2]",
        "x[0]",
        "【3】",
        '"Now!"',
        "She",
        "left.",
        "\n",
    ]
    text = " ".join(data.draw(st.lists(st.sampled_from(words), max_size=25)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))

    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert read(pieces) == read([text])
    assert read(list(text)) == read([text])


def test_a_sentence_is_handed_over_before_the_stream_ends() -> None:
    reader = SentenceReader(SPLIT)

    drafts = reader.feed("He said so. Then she left the ")

    assert [draft.text for draft in drafts] == ["He said so."]


def make_citation(number: int) -> Citation:
    return Citation(number, "d", "t", "u", None, (), "q", 0, 1)


def test_the_same_span_keeps_its_number_and_a_new_one_gets_the_next() -> None:
    book = CitationBook()

    numbers = [book.number(make_citation, "d", span)[0].number for span in (Span(0, 5), Span(9, 12), Span(0, 5))]

    assert numbers == [1, 2, 1]
    assert [citation.number for citation in book.citations()] == [1, 2]


def test_an_answer_is_its_sentences_with_their_markers() -> None:
    sentences = [
        AnswerSentence("He said so.", (1, 2), supported=True),
        AnswerSentence("She left.", (), supported=False),
    ]

    assert render_answer(sentences) == "He said so. [1][2] She left."
