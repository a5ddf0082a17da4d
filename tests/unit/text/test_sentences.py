from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import split_sentences


def texts(paragraph: str) -> list[str]:
    return [paragraph[span.start : span.end] for span in split_sentences(paragraph, "en")]


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (
            "The talks come as U.S. President Donald Trump prepares. Putin waits.",
            ["The talks come as U.S. President Donald Trump prepares.", "Putin waits."],
        ),
        (
            "It holds approximately 20% of Ukraine. As talks advance, doubt stays.",
            ["It holds approximately 20% of Ukraine.", "As talks advance, doubt stays."],
        ),
        (
            'He calls the army "isolated." Meanwhile, talks go on.',
            ['He calls the army "isolated."', "Meanwhile, talks go on."],
        ),
        ('He said "We will go. Now!" and left. She stayed.', ['He said "We will go. Now!" and left.', "She stayed."]),
        (
            "Dr. Smith paid $3.5 million, i.e. a lot. See Fig. 3.",
            ["Dr. Smith paid $3.5 million, i.e. a lot.", "See Fig. 3."],
        ),
        ("One line\nwrapped here. Two.", ["One line\nwrapped here.", "Two."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(paragraph: str, expected: list[str]) -> None:
    assert texts(paragraph) == expected


def test_offsets_count_code_points_not_bytes_or_utf16_units() -> None:
    paragraph = "Ümit ate 🍎🍎. Then he slept."

    spans = split_sentences(paragraph, "en")

    assert [(span.start, span.end) for span in spans] == [(0, 12), (13, 27)]


@given(st.text(max_size=200))
def test_sentences_lie_inside_the_text_in_order_and_lose_only_white_space(text: str) -> None:
    spans = split_sentences(text, "en")

    kept = "".join(text[span.start : span.end] for span in spans)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_a_german_date_is_no_end_of_a_sentence() -> None:
    paragraph = "Sie wurde am 3. Mai 2023 geprüft. Dann nicht mehr."

    assert [paragraph[span.start : span.end] for span in split_sentences(paragraph, "de")] == [
        "Sie wurde am 3. Mai 2023 geprüft.",
        "Dann nicht mehr.",
    ]
