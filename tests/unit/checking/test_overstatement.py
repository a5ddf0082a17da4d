"""What a claim leaves out that limits a sentence."""

import pytest

from rag.checking.overstatement import drops_condition, says_more
from rag.text.stemming import stem
from rag.text.words import Word, split_words


def words(text: str) -> list[Word]:
    return split_words(text, stem)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The board meets every Thursday.", "The board meets every second Thursday."),
        ("Ana Ruiz is the director.", "Ana Ruiz is the deputy director."),
        ("All six piers were cracked.", "Two of its six piers were cracked."),
        ("All members pay the fee.", "Most members pay the fee."),
        ("Receipts are needed for every expense.", "Receipts are needed for every expense above 25 dollars."),
        ("It must be booked at least 90 days before.", "It may be booked up to 90 days before."),
        ("It weighs less than 5 kg.", "It weighs more than 5 kg."),
        ("She was the fifth child.", "She was the second child."),
    ],
)
def test_more_than_is_said_is_noticed(claim: str, sentence: str) -> None:
    assert says_more(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The board meets every second Thursday.", "The board meets every second Thursday."),
        ("The board meets every Thursday.", "The board meets every Thursday, the crew every second Thursday."),
        ("Ana Ruiz is the deputy director.", "Ana Ruiz is the deputy director."),
        ("Two of the six piers were cracked.", "Two of its six piers were cracked."),
        ("All members pay the fee.", "Every member pays the fee."),
        ("Receipts are needed for every expense above 25 dollars.", "Every expense above 25 dollars needs a receipt."),
        ("It may be booked at most 90 days before.", "It may be booked no more than 90 days before."),
        ("She was the second of five.", "She was the second of five."),
    ],
)
def test_as_much_as_is_said_is_left_alone(claim: str, sentence: str) -> None:
    assert not says_more(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "sentence", "expected"),
    [
        ("Dogs are allowed.", "Dogs are allowed if they are small.", True),
        ("Dogs are allowed if small.", "Dogs are allowed if they are small.", False),
        ("Small dogs are allowed when on a lead.", "Dogs are allowed if they are small and on a lead.", False),
        ("She asked him.", "She asked him if dogs are allowed.", False),
    ],
)
def test_an_if_is_a_condition_unless_it_asks(claim: str, sentence: str, expected: bool) -> None:  # noqa: FBT001
    assert drops_condition(claim, sentence) is expected
