"""Which number belongs to what."""

import pytest

from rag.checking.numbers import misplaces_number, puts_other_number
from rag.text.stemming import stem
from rag.text.words import Word, split_words

FEES = "Fees rose from 80 euros to 95 euros."
WINGS = "The north wing has 12 rooms and the south wing has 30."
DOSES = "The usual dose is 20 mg for adults and 5 mg for children."
SIGNS = "Headache was seen in 12 percent of patients and nausea in 3 percent."
FIRE = "It burned down in 1811 and was rebuilt two years later."
SEAL = "The seal should be inspected every 500 hours and replaced every 2,000."
MEALS = "Meals are paid up to 65 dollars per day in Spain and up to 85 dollars per day abroad."


def words(text: str) -> list[Word]:
    return split_words(text, stem)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The hall was opened in 1958.", "The hall was opened in 1932 and rebuilt in 1958."),
        ("The north wing has 30 rooms and the south wing has 12.", WINGS),
        ("The south wing has 12 rooms.", WINGS),
        ("The usual dose is 20 mg for children.", DOSES),
        ("The usual dose is 5 mg for adults.", DOSES),
        ("Nausea was seen in 12 percent of patients.", SIGNS),
        ("It was rebuilt in 1811.", FIRE),
        ("The seal should be replaced every 500 hours.", SEAL),
        ("The club owns 120 boats.", "The club has 120 members and owns 14 boats."),
    ],
)
def test_a_number_that_belongs_to_something_else_is_noticed(claim: str, sentence: str) -> None:
    assert misplaces_number(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The hall was rebuilt in 1958.", "The hall was opened in 1932 and rebuilt in 1958."),
        ("The south wing has 30 rooms, the north wing 12.", WINGS),
        ("The usual dose for children is 5 mg.", DOSES),
        ("Nausea was seen in 3 percent of patients.", SIGNS),
        ("Fees rose to 95 euros.", FEES),
        ("It burned down in 1811.", FIRE),
        ("In 1811 it burned down.", FIRE),
        ("The seal should be replaced every 2,000 hours.", SEAL),
        ("Meals abroad are paid up to 85 dollars a day.", MEALS),
        ("The club owns 14 boats.", "The club has 120 members and owns 14 boats."),
        ("The mill was destroyed in 1811.", "In the war of 1811, the mill was destroyed."),
        ("Nothing is counted.", WINGS),
    ],
)
def test_a_number_in_its_place_is_left_alone(claim: str, sentence: str) -> None:
    assert not misplaces_number(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It burned down in 1811.", True),
        ("It burned down in 1764.", False),
        ("It was built in 1811.", False),
        ("It burned down after 40 years.", False),
    ],
)
def test_another_sentence_may_have_the_number_that_belongs_there(sentence: str, expected: bool) -> None:  # noqa: FBT001
    assert puts_other_number(words("The mill burned down in 1764."), words(sentence)) is expected
