import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.formats import Limits
from rag.documents.formats.plain import find_title
from rag.errors import DocumentUnreadable
from tests.formats.checking import check, headings_of, read, read_or_refuse, says_what_to_do, told


def test_plain_text_stays_as_it_is_but_for_its_line_ends() -> None:
    parsed = read("A  b\u00ad.\r\n\r\n\tC\u202ed.\rE\n".encode(), "a.txt")

    assert parsed.text == "A  b\u00ad.\n\n\tC d.\nE\n"


def test_a_short_first_line_before_a_blank_one_is_a_heading_over_nothing() -> None:
    parsed = read(b"Harbour news\n\nThe ferry is late.\n\nIt is foggy.", "a.txt")

    assert told(parsed) == [
        ("heading", "Harbour news"),
        ("paragraph", "The ferry is late."),
        ("paragraph", "It is foggy."),
    ]
    assert headings_of(parsed, "foggy") == ()
    assert parsed.facts.title == "Harbour news"


@pytest.mark.parametrize("text", ["One line", "A sentence.\n\nMore.", "Line\nLine\n\nMore.", "x" * 200 + "\n\nMore."])
def test_other_first_lines_are_paragraphs(text: str) -> None:
    assert "heading" not in {kind for kind, _ in told(read(text.encode(), "a.txt"))}


def test_a_hard_wrap_does_not_end_a_paragraph_and_a_list_item_does() -> None:
    text = "The ferry leaves the pier at seven\nin the morning. Bring:\n- tea and\nbuns\n- a coat\n2) a hat\n"

    assert told(read(text.encode(), "a.txt")) == [
        ("paragraph", "The ferry leaves the pier at seven\nin the morning. Bring:"),
        ("item", "- tea and\nbuns"),
        ("item", "- a coat"),
        ("item", "2) a hat"),
    ]


def test_a_short_line_that_goes_on_in_lower_case_does_not_end_a_paragraph() -> None:
    text = "The ferry\nleaves at seven in the morning.\nIt is full, as it is on most days."

    assert told(read(text.encode(), "a.txt"))[0] == ("paragraph", "The ferry\nleaves at seven in the morning.")


@pytest.mark.parametrize(
    "content", ["Grüße.\r\nZwei.".encode("utf-8-sig"), "Grüße.\nZwei.".encode("utf-16"), "Grüße.\rZwei.".encode()]
)
def test_encodings_with_a_mark_and_any_line_ends_give_the_same_text(content: bytes) -> None:
    assert read(content, "a.txt").text == "Grüße.\nZwei."


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no text"),
        (b" \n\t", "holds no text"),
        (b"... ---", "holds no text"),
        ("Grüße, ".encode() * 9 + b"\xfc", "byte 81 is not valid UTF-8; save"),
        (b"\xe9\xf8\xd0\xb6", "byte 0 is not valid UTF-8, and its older encoding is uncertain; save"),
        (b"a\0b", "holds control characters, so it is not a text file"),
        (b"\x7fELF\x02\x01\0\xff", "holds control characters"),
        ("Grüße".encode("utf-16-le"), "holds control characters"),
        (b"\xff\xfea", "byte 2 is not valid UTF-16"),
    ],
)
def test_what_is_not_text_says_why(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnreadable, match=reason):
        read(content, name)


def test_a_text_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(DocumentUnreadable, match="holds more than 1,000 characters; split it"):
        read(b"word " * 300, "a.txt", Limits(max_characters=1_000))


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html"])
@pytest.mark.parametrize(
    "content", [b"word " * 200_000, b"x" * 1_000_000, b"." * 1_000_000 + b"a", b"\n" * 1_000_000 + b"a"]
)
def test_a_long_line_is_read_in_a_moment(name: str, content: bytes) -> None:
    # Wrong is a minute, not a second; a cell of a table is refused beyond 131,072 characters.
    outcome = read_or_refuse(content, name)

    refusals = ("refused: is no table", "refused: holds no text") if name == "a.csv" else ()
    assert not outcome.startswith("refused") or outcome.startswith(refusals)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A summary that ends like a sentence.\nThe Title\n\nText.", "The Title"),
        ("---\nTitle line\n---\nText.", "Title line"),
        ("Only sentences. Here.\nAnd here.", None),
    ],
)
def test_the_title_is_the_first_opening_line_that_reads_like_one(text: str, title: str | None) -> None:
    assert find_title(text) == title


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r\t -.aA"), max_size=300))
def test_any_text_is_refused_or_read_with_every_offset_kept(text: str) -> None:
    try:
        parsed = read(b"\xef\xbb\xbf" + text.encode(), "a.txt")
    except DocumentUnreadable:
        return

    assert len(parsed.text) == len(text.replace("\r\n", "\n"))
    check(parsed)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["a.md", "a.html", "a.csv", "a.tsv", "a.eml"]))
def test_any_text_is_refused_or_read_under_any_name(text: str, name: str) -> None:
    assert says_what_to_do(read_or_refuse(text.encode("utf-8", "replace"), name))


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"---\n"]),
    st.sampled_from(["a.txt", "a.md", "a.pdf", "a.docx", "a.eml", "a.xlsx", "a.html"]),
)
def test_any_bytes_are_refused_or_read_under_any_name(content: bytes, start: bytes, name: str) -> None:
    assert says_what_to_do(read_or_refuse(start + content, name))
