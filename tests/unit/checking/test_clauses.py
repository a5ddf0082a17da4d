"""What a claim joins that a sentence keeps apart, or turns round."""

import pytest

from rag.checking.clauses import mixes_parts, turns_order
from rag.text.stemming import stem
from rag.text.words import Word, split_words

FINES = "Drivers receive 58 cents per mile and tolls are refunded, whereas parking fines are paid by themselves."
WING = "The glass wing houses the pendulum clocks, while the pocket watches remain in the old warehouse."
SAUNA = "Guests may use the sauna but not the boats."
FIRE = "The fire destroyed the library but did not reach the gallery below."
CLOSURE = "The engineer ordered the closure an hour after a cyclist had reported falling concrete."


def words(text: str) -> list[Word]:
    return split_words(text, stem)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Tolls and parking fines are refunded.", FINES),
        ("The glass wing houses the pocket watches.", WING),
        ("The glass wing houses the pocket watches, while the pendulum clocks remain in the old warehouse.", WING),
    ],
)
def test_words_of_both_sides_make_no_statement(claim: str, sentence: str) -> None:
    assert mixes_parts(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Tolls are refunded to drivers.", FINES),
        ("Parking fines are paid by the driver.", FINES),
        ("The pocket watches remain in the old warehouse.", WING),
        ("The pocket watches remain in the warehouse, while the glass wing houses the pendulum clocks.", WING),
        ("Guests may not use the boats.", SAUNA),
        ("The fire did not reach the gallery.", FIRE),
    ],
)
def test_words_of_one_side_do(claim: str, sentence: str) -> None:
    assert not mixes_parts(words(claim), words(sentence))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The cyclist reported falling concrete an hour after the closure was ordered.", True),
        ("The closure was ordered an hour after a cyclist reported falling concrete.", False),
        ("A cyclist reported falling concrete.", False),
        ("After a cyclist had reported falling concrete, the engineer ordered the closure.", False),
    ],
)
def test_what_came_after_what_is_compared(claim: str, expected: bool) -> None:  # noqa: FBT001
    assert turns_order(words(claim), words(CLOSURE)) is expected
