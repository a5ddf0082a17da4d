import pytest

from rag.documents.formats import Limits
from rag.errors import DocumentUnreadable
from tests.formats.checking import read, told
from tests.formats.making import make_pdf

PROSE = [
    "The ferry Aurora carries four hundred and twenty passengers across the",
    "bay each day, and returns in the evening with as many of them as had",
    "time enough.",
    "Captain Moreau has led the crew since the year that the old pier was inter-",
    "nationally known.",
]


def test_lines_that_the_margin_parts_are_joined_and_hyphens_at_their_ends_go() -> None:
    parsed = read(make_pdf([PROSE]), "a.pdf")

    assert told(parsed) == [
        ("paragraph", f"{PROSE[0]} {PROSE[1]} {PROSE[2]}"),
        ("paragraph", "Captain Moreau has led the crew since the year that the old pier was internationally known."),
    ]


def test_a_hyphen_before_a_capital_stays() -> None:
    parsed = read(make_pdf([["The line from the old harbour of the bay to North-", "East runs daily."]]), "a.pdf")

    assert "North-East" in parsed.text


def test_list_items_are_blocks_of_their_own() -> None:
    parsed = read(make_pdf([["Bring with you on the long way over the bay:", "- tea", "- a coat"]]), "a.pdf")

    assert [kind for kind, _ in told(parsed)] == ["paragraph", "item", "item"]


def test_a_block_knows_its_page_and_what_repeats_on_all_of_them_is_dropped() -> None:
    pages = [
        ["Harbour yearbook", f"Words that page {name} alone holds.", f"Page {i}"] for i, name in enumerate("abcd", 1)
    ]

    parsed = read(make_pdf(pages), "a.pdf")

    assert [(block.page, parsed.text[block.start : block.end]) for block in parsed.blocks] == [
        (i, f"Words that page {name} alone holds.") for i, name in enumerate("abcd", 1)
    ]


def test_title_day_and_keywords_come_from_the_file() -> None:
    parsed = read(make_pdf([["Words."]], title="Yearbook", keywords="harbour; ferry"), "a.pdf")

    assert parsed.facts.title == "Yearbook"
    assert parsed.facts.date == "2000-01-01"
    assert parsed.facts.tags == ("harbour", "ferry")


def test_a_file_that_its_writer_left_unnamed_has_no_title() -> None:
    assert read(make_pdf([["Words."]]), "a.pdf").facts.title is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make_pdf([["Words."]], encryption="secret"), "is encrypted; save it without a password"),
        (make_pdf([[]]), "holds no text; remove it"),
        (b"%PDF-1.7\nnothing more", r"is damaged \(.+\); open and save it again"),
        (make_pdf([["Words."]])[:300], r"is damaged \(.+\); open and save it again"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnreadable, match=reason):
        read(content, "a.pdf")


def test_a_file_of_too_many_pages_or_words_is_refused() -> None:
    content = make_pdf([["Words."]] * 3)

    with pytest.raises(DocumentUnreadable, match="holds more than 2 pages"):
        read(content, "a.pdf", Limits(max_pages=2))
    with pytest.raises(DocumentUnreadable, match="holds more than 10 characters"):
        read(content, "a.pdf", Limits(max_characters=10))


def test_lines_that_differ_in_a_number_of_their_own_are_no_headers() -> None:
    meters = [[f"Meter {number} reads {reading} kWh."] for number, reading in ((1, 4512), (2, 881), (3, 77))]
    doses = [
        ["Ward doses", f"The dose for ward {number} is", f"{5 * number * number} mg.", f"- {number} -"]
        for number in (1, 2, 4)
    ]

    assert "4512" in read(make_pdf(meters), "meters.pdf").text
    text = read(make_pdf(doses), "doses.pdf").text
    assert [words in text for words in ("5 mg.", "20 mg.", "80 mg.", "ward 4")] == [True] * 4
    assert "Ward doses" not in text
