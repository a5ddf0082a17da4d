"""What is left out of a file is said in words."""

import pytest

from rag.types import LeftOut
from rag.wire.documents import left_out_body
from rag.wire.left_out import advice_on, describe_counts, describe_left_out, describe_pages, explain_left_out


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (LeftOut("picture-page", 1, (2,)), "page 2 is a picture; its words are not searched"),
        (LeftOut("picture-page", 3, (2, 5, 6)), "pages 2 and 5–6 are pictures; their words are not searched"),
        (LeftOut("picture", 1, (4,)), "1 picture on page 4 is not searched"),
        (LeftOut("picture", 1200), "1,200 pictures are not searched"),
        (LeftOut("hidden-sheet", 1, (), "Old"), "the sheet “Old” is hidden; it is not searched"),
        (LeftOut("hidden-rows", 12, (), "Costs"), "12 rows of “Costs” are hidden; they are not searched"),
        (LeftOut("hidden-columns", 1, (), "Costs"), "1 column of “Costs” is hidden; it is not searched"),
        (LeftOut("attachment", 1, (), "{pages}.zip"), "the attachment “{pages}.zip” is not read"),
        (LeftOut("attachment", 2), "2 attachments are not read"),
        (LeftOut("formula-without-value", 2, (), "Costs"), "2 formulas of “Costs” have no stored value"),
        (LeftOut("header-footer", 6, (1, 2, 3)), "6 headers or footers on pages 1–3 are left out"),
        (LeftOut("navigation"), "1 part of the page, such as a menu, is left out"),
    ],
)
def test_each_kind_has_a_sentence_for_one_and_for_several(left_out: LeftOut, expected: str) -> None:
    assert describe_left_out(left_out) == expected


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ((), ""),
        ((7,), "page 7"),
        ((1, 2, 3, 4), "pages 1–4"),
        ((1, 3, 1000, 1001), "pages 1, 3 and 1,000–1,001"),
        (tuple(range(1, 40, 2)), "pages 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 and others"),
    ],
)
def test_pages_are_listed_as_ranges(pages: tuple[int, ...], expected: str) -> None:
    assert describe_pages(pages) == expected


def test_an_explanation_ends_with_what_to_do() -> None:
    assert explain_left_out(LeftOut("attachment", 1, (), "plan.zip")) == (
        "The attachment “plan.zip” is not read. Save the attachment in the folder as a file of its own."
    )
    assert (advice_on("comment"), explain_left_out(LeftOut("comment", 2))) == ("", "2 comments are not searched.")


def test_json_holds_the_parts_and_the_explanation() -> None:
    assert left_out_body(LeftOut("comment", 2, (1, 3))).model_dump() == {
        "what": "comment",
        "n": 2,
        "pages": (1, 3),
        "name": "",
        "text": "2 comments on pages 1 and 3 are not searched.",
    }


def test_what_was_read_is_counted_in_words() -> None:
    assert describe_counts(12, {"table": 1, "comment": 1300}) == "12 pages, 1 table, 1,300 comments"
    assert describe_counts(None, {}) == ""
