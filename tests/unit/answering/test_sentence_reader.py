import os
import random
from dataclasses import dataclass

import pytest

from rag.answering.citations import CitationBook, answer_parts
from rag.answering.reply.sentence_reader import GeneratedSentence, SentenceReader
from rag.text.reference_marks import find_indexed, without_references
from rag.types import AnswerSentence, Citation, Outcome, Span
from tests.unit.conftest import SPLIT


def read(pieces: list[str]) -> list[GeneratedSentence]:
    reader = SentenceReader(SPLIT)
    sentences = [written for piece in pieces for written in reader.feed(piece)]
    return sentences + reader.close()


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
        ("See https://a.example. She left it.", [("See https://a.example.", set()), ("She left it.", set())]),
        ("(See https://a.example/x). [1] She left.", [("(See https://a.example/x).", {1}), ("She left.", set())]),
        ("So it is. ([1], [2], [3]) She left it.", [("So it is.", {1, 2, 3}), ("She left it.", set())]),
        ("No full stop", [("No full stop", set())]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_text_becomes_sentences_without_markers(text: str, expected: list[tuple[str, set[int]]]) -> None:
    assert [(written.text, set(written.passage_numbers)) for written in read([text])] == expected


@pytest.mark.parametrize(
    ("text", "kept", "passage_numbers"),
    [
        ("So [1,2] he", "So he", {1, 2}),
        ("So [1–3] he", "So he", {1, 2, 3}),
        ("So [1] [2] he", "So he", {1, 2}),
        ("So 【1†source】 he", "So he", {1}),
        ("So he[^1] said", "So he said", {1}),
        ("彼は言った[2]", "彼は言った", {2}),
        ("So said the crew[1].", "So said the crew.", {1}),
        ("In 1912[2] he sailed", "In 1912 he sailed", {2}),
        ("So (1) he", "So (1) he", set()),
        ("So a[1][2] he", "So a[1][2] he", set()),
        ("So `y = [1]` he [2]", "So `y = [1]` he", {2}),
        ("```\ny = [1]\n```\nSo [2]", "``` y = [1] ``` So", {2}),
        ("See https://example.org/?q=[1] there", "See https://example.org/?q=[1] there", set()),
        ("See https://example.org/a.[1]", "See https://example.org/a.", {1}),
        ("See [here](https://example.org/[1]) Pref 2", "See [here](https://example.org/[1]) Pref 2", set()),
        ("So [0] he", "So he", set()),
        ("So [999999] he", "So he", set()),
        ("So [99999999999999999999] he", "So he", set()),
        ("So he [7", "So he", set()),
        ("So he [1,", "So he", set()),
        ("So he [", "So he", set()),
        ("So he 【1†sou", "So he", set()),
        ("Set arr[1", "Set arr[1", set()),
        ("```\ny = [1", "``` y = [1", set()),
        ("Set `array[1", "Set `array[1", set()),
        ("So he [1][", "So he", {1}),
        ("So [1]and he", "So and he", {1}),
        ("So he,[1]who left", "So he, who left", {1}),
        ("彼は[1]船長です", "彼は船長です", {1}),
        ("So he did ([1]).", "So he did.", {1}),
        ("So he did [1], [2].", "So he did.", {1, 2}),
        ("So he did [1; 2].", "So he did.", {1, 2}),
        ("So he【1†a】【2†b】 did", "So he did", {1, 2}),
        ("So he【4:0†source】 did", "So he did", {4}),
        ("So x = [1, 2] and f([1, 2])", "So x = [1, 2] and f([1, 2])", set()),
        ("So args[0] and list[0][1] do", "So args[0] and list[0][1] do", set()),
    ],
)
def test_markers_of_every_form_vanish_and_what_is_none_stays(text: str, kept: str, passage_numbers: set[int]) -> None:
    sentences = read([text])

    assert " ".join(written.text for written in sentences) == kept
    assert set().union(*(written.passage_numbers for written in sentences)) == passage_numbers


N_EXAMPLES = int(os.environ.get("FOOTNOTE_EXAMPLES", "100"))
PIECES = (
    *(
        "He",
        "said so.",
        "U.S. talks",
        "20%",
        "3.5",
        '"Now!"',
        "She left.",
        "\n",
        "\n\n- ",
        "1. ",
        "e.g. this",
        "😀",
        "👩‍👧",
    ),
    *(
        "彼は言った。",
        "420人",
        "[1]",
        "[1, 2]",
        "[1,",
        "2]",
        "[1-3]",
        "[1–3]",
        "[1][2]",
        "【1】",
        "【1†source】",
        "[^1]",
        "([1])",
        "[1], [2]",
        "[1; 2]",
        "【4:0†source】",
        "【1†a】【2†b】",
        "(1)",
    ),
    *(
        "[7",
        "[0]",
        "[999999]",
        "x[0]",
        "a[1][2]",
        "arr[1",
        "`array[1",
        "y = [1, 2]",
        "list[0][1]",
        "f([1])",
        "[example]",
        "`y = [1]. Z`",
        "```\ny [1]\n```",
        "```",
        "`",
    ),
    *("https://example.org/?q=[1]", "Pref 2", "[", "]", "【1†s", "Is it?", "\u00a0", "\u2028", "\u0301"),
)


def generated_text(chance: random.Random, n_most: int = 25) -> str:
    return "".join(chance.choice(PIECES) + chance.choice((" ", " ", "")) for _ in range(chance.randrange(n_most)))


@pytest.mark.parametrize("seed", range(8))
def test_every_cut_in_two_of_a_short_text_gives_the_same_sentences(seed: int) -> None:
    text = generated_text(random.Random(seed), 10)  # noqa: S311 -- no secret
    whole = read([text])

    for cut in range(len(text) + 1):
        assert read([text[:cut], text[cut:]]) == whole


def test_any_cut_of_any_text_gives_the_same_sentences() -> None:
    for seed in range(N_EXAMPLES):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        text = generated_text(chance)
        cuts = sorted(chance.randint(0, len(text)) for _ in range(chance.randrange(8)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

        assert read(pieces) == read([text]), (seed, text)


@dataclass
class CountingSplit:
    """Finds no sentence's end, which is the worst case, and counts the characters that it was given."""

    n_characters: int = 0

    def __call__(self, text: str) -> list[Span]:
        self.n_characters += len(text)
        return [Span(0, len(text))]


def count_split(text: str) -> int:
    split = CountingSplit()
    reader = SentenceReader(split)
    reader.feed(text)
    reader.close()
    return split.n_characters


@pytest.mark.parametrize(
    "word", ["the-envoy-of-the-U.S. ", "[1 ", "`a.method_of_a_class. B-and-so-on ", "これ", " ", "【1†", "x"]
)
def test_twice_the_text_is_far_less_than_four_times_the_work(word: str) -> None:
    # A sentence ends after 2,000 characters, so that the work becomes linear; the quadratic has a factor of 4.
    short, long = (count_split((word * n_characters)[:n_characters]) for n_characters in (2_000, 4_000))

    assert long <= 2.5 * short


def test_a_sentence_is_handed_over_before_the_stream_ends() -> None:
    reader = SentenceReader(SPLIT)

    sentences = reader.feed("He said so. Then she left the ")

    assert [written.text for written in sentences] == ["He said so."]


def make_citation(number: int) -> Citation:
    return Citation(
        number=number, document_id="d", title="t", uri="u", page=None, headings=(), quote="q", start=0, end=1
    )


def test_the_same_span_keeps_its_number_and_a_new_one_gets_the_next() -> None:
    book = CitationBook()

    numbers = [book.number(make_citation, "d", span)[0].number for span in (Span(0, 5), Span(9, 12), Span(0, 5))]

    assert numbers == [1, 2, 1]
    assert [citation.number for citation in book.citations()] == [1, 2]


SAID = AnswerSentence("He said so.", (1, 2), supported=True)
LEFT = AnswerSentence("She left.", (), supported=False)


@pytest.mark.parametrize(
    ("outcome", "note", "sentences", "parts"),
    [
        ("answered", "", (SAID, LEFT), ["He said so. [1][2]", " She left."]),
        ("answered", "Hello!", (), ["Hello!"]),
        ("partly", "Not answered: “why?”", (SAID,), ["He said so. [1][2]", " Not answered: “why?”"]),
        ("possible", "One of these:", (SAID, LEFT), ["One of these:", "\nHe said so. [1][2]", "\nShe left."]),
        ("declined", "Nothing found.", (), ["Nothing found."]),
        ("declined", "", (), []),
    ],
)
def test_an_answer_is_its_sentences_with_their_markers_and_its_note_where_the_outcome_puts_it(
    outcome: Outcome, note: str, sentences: tuple[AnswerSentence, ...], parts: list[str]
) -> None:
    assert answer_parts(outcome, note, sentences) == parts


def test_what_the_context_writes_with_an_index_stays_as_it_is() -> None:
    indexed = find_indexed(
        ["Stored in argv[1], sys.argv[2] and matrix[1][2].", "The crew[4] is small.[5] So is argv[9]."]
    )
    reader = SentenceReader(SPLIT, indexed)

    sentences = [
        *reader.feed("It is in argv[1], sys.argv[2] and matrix[1][2].[3] The crew[4] is small. "),
        *reader.close(),
    ]

    assert indexed == {"argv[1]", "sys.argv[2]", "matrix[1][2]"}
    assert [written.text for written in sentences] == [
        "It is in argv[1], sys.argv[2] and matrix[1][2].",
        "The crew is small.",
    ]
    assert sentences[0].passage_numbers == {3}


@pytest.mark.parametrize(
    ("quote", "passage", "told"),
    [
        ("It opened in 1932,[4] and closed.[5][6]", "", "It opened in 1932, and closed."),
        ("It opened in 1932. [4]", "", "It opened in 1932."),
        ("The bay[4] is deep.", "It closed.[5]", "The bay is deep."),
        ("Stored in argv[1].", "Stored in argv[1].", "Stored in argv[1]."),
        ("[2024] UKSC 12 says so.", "", "[2024] UKSC 12 says so."),
    ],
)
def test_a_documents_own_references_are_left_out(quote: str, passage: str, told: str) -> None:
    assert without_references(quote, f"{quote} {passage}") == told


@pytest.mark.parametrize("text", ["【1】" * 4000, "[^1]" * 3000, "x" * 12_000, "。" * 9000])
def test_text_without_white_space_is_read_without_loss(text: str) -> None:
    sentences = read([text])

    assert len("".join(written.text for written in sentences)) == (0 if "1" in text else len(text))
