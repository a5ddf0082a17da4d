import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.metrics.correctness import holds_answer, says_enough, token_f1


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("It carries 420 people.", "420"),
        ("They met in PARIS.", "Paris"),
        ("the  10th\nand 11th centuries", "10th and 11th"),
        ("それは富士山です", "富士山"),
        ("It costs $3.5.", "3.5"),
        ("In 1912 or 12 years later", "12"),
        ("STRASSE 7", "Straße 7"),
        ("It weighs 5kg.", "5"),
        ("Up 12%, then 30s of rest", "12"),
        ("wait for 30s", "30"),
        ("from 5-10 to 20–30", "10"),
        ("from 5 -10", "10"),
        ("from 20–30", "30"),
        ("the COVID-19 vaccine", "19"),
        ("the F-16s", "F-16"),
        ("It was -5 °C.", "-5"),
        ("第12回", "12"),
        ("It cost $12.", "12"),
        ("the 1990s", "1990s"),
        ("In 1990, as in the 1990s", "1990"),
        ("the 10th", "10th"),
    ],
)
def test_a_text_holds_an_answer(text: str, gold: str) -> None:
    assert holds_answer(text, [gold])


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("in 1912", "12"),
        ("a party", "art"),
        ("1,420 people", "420"),
        ("x", ""),
        ("3.5 tons", "3"),
        ("vitamin B12", "12"),
        ("gate b12", "12"),
        ("in the 1990s", "1990"),
        ("mid-1990s", "1990"),
        ("May 1990s", "May 1990"),
        ("on the 10th", "10"),
        ("the 1st, the 2nd and the 23rd", "1"),
        ("the 1st, the 2nd and the 23rd", "2"),
        ("the 1st, the 2nd and the 23rd", "23"),
        ("It was -5 °C.", "5"),
        ("-5", "5"),
        ("(−5)", "5"),
        ("from -$5 to $9", "5"),
    ],
)
def test_an_answer_is_not_cut_out_of_a_longer_word_or_number(text: str, gold: str) -> None:
    assert not holds_answer(text, [gold])


@pytest.mark.parametrize(
    ("text", "groups", "expected"),
    [
        ("It carries 420 people across the bay.", [["420", "four hundred"], ["bay"]], True),
        ("It carries four hundred across the BAY.", [["420", "four hundred"], ["bay"]], True),
        ("It carries 420 people.", [["420", "four hundred"], ["bay"]], False),
        ("It crosses the bay.", [["420", "four hundred"], ["bay"]], False),
        ("It carries 1420 across the bay.", [["420"], ["bay"]], False),
        ("It carries 420.", [["420"]], True),
        ("It carries 420.", [], False),
        ("It carries 420.", [["420"], []], False),
    ],
)
def test_a_text_says_all_where_it_holds_one_of_each_group(
    text: str, groups: list[list[str]], *, expected: bool
) -> None:
    assert says_enough(text, groups) is expected


@pytest.mark.parametrize(("enough", "expected"), [(1, True), (2, True), (3, False), (None, False)])
def test_a_text_may_leave_out_groups_beyond_those_that_are_enough(enough: int | None, *, expected: bool) -> None:
    groups = [["420"], ["bay"], ["Aurora"]]

    assert says_enough("It carries 420 across the bay.", groups, enough) is expected


def test_token_f1_counts_shared_words_against_the_nearest_gold_answer() -> None:
    # "it carries 420 people" shares one of four words with "420": 2 * 1 / (4 + 1).
    assert token_f1("It carries 420 people.", ["420", "nobody"]) == pytest.approx(0.4)
    assert token_f1("The ferry", ["a ferry"]) == 1.0
    assert token_f1("It", []) == 0.0


def test_token_f1_leaves_out_punctuation_and_counts_a_word_as_often_as_both_have_it() -> None:
    # "new york new york" and "york new jersey" share new and york: 2 * 2 / (4 + 3).
    assert token_f1("New York, New York!", ["York, New Jersey"]) == pytest.approx(4 / 7)
    assert token_f1("The.", ["a"]) == 1.0
    assert token_f1("The.", ["ferry"]) == 0.0


@given(st.text(), st.lists(st.text(), max_size=3))
def test_token_f1_stays_between_0_and_1(text: str, golds: list[str]) -> None:
    assert 0 <= token_f1(text, golds) <= 1


@given(st.text().filter(str.strip))
def test_a_text_holds_and_agrees_with_itself(text: str) -> None:
    assert holds_answer(text, [text])
    assert token_f1(text, ["another one", text]) == 1.0
