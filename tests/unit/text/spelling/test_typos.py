import pytest

from rag.text.spelling.typos import are_near, is_variant, typo_cost


@pytest.mark.parametrize(
    ("typed", "word", "cost"),
    [
        ("library", "library", 0.0),
        ("libary", "library", 1.0),
        ("libbrary", "library", 0.6),
        ("lirbary", "library", 0.7),
        ("linrary", "library", 0.8),
        ("lebrary", "library", 0.8),
        ("lixrary", "library", 1.0),
        # Another first letter.
        ("xibrary", "library", 1.5),
        # The same sound.
        ("fisical", "physical", 0.8),
        # A letter behind the word.
        ("jsonb", "json", 1.5),
    ],
)
def test_frequent_slips_cost_less(typed: str, word: str, cost: float) -> None:
    assert typo_cost(typed, word) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("typed", "name", "is_one"),
    [
        ("ortegga", "ortega", True),
        ("oretga", "ortega", True),
        ("schmitt", "schmidt", True),
        ("johnston", "johnson", False),
        ("glushko", "grushko", False),
    ],
)
def test_spellings_of_one_name_are_told_from_other_names(typed: str, name: str, *, is_one: bool) -> None:
    assert is_variant(typed, name) == is_one


def test_near_words_are_within_the_edits() -> None:
    assert are_near("libary", ["library", "library card", "libra", "bilary"], 1).tolist() == [True, False, False, False]
