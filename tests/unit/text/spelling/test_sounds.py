import pytest

from rag.text.spelling.sounds import fold, is_code, is_regional_spelling, key_of_code, sound_of


@pytest.mark.parametrize(
    ("word", "folded"), [("Straße", "strasse"), ("ÉCOLE", "ecole"), ("Łódź", "lodz"), ("plain", "plain")]
)
def test_folding_takes_away_case_and_accents(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("fisical", "physical"),
        ("vacashun", "vacation"),
        ("recieve", "receive"),
        ("allottment", "allotment"),
        ("neighbor", "neighbour"),
        ("schmidt", "schmitt"),
    ],
)
def test_spellings_of_a_word_sound_alike(word: str, other: str) -> None:
    assert sound_of(word) == sound_of(other)


@pytest.mark.parametrize(
    ("word", "other"),
    [("compensation", "composition"), ("johnson", "johnston"), ("austria", "australia"), ("form", "from")],
)
def test_other_words_sound_otherwise(word: str, other: str) -> None:
    assert sound_of(word) != sound_of(other)


def test_british_and_american_spellings_are_told_from_other_words() -> None:
    assert is_regional_spelling("neighbouring", "neighboring")
    assert is_regional_spelling("centre", "center")
    assert is_regional_spelling("organise", "organize")
    assert not is_regional_spelling("four", "for")
    assert not is_regional_spelling("filling", "filing")


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("K-310", "k310"),
        ("k 310", "k310"),
        ("T.7", "t7"),
        ("IS-01", "is01"),
        ("v1.2", "v1.2"),
        ("v12", "v12"),
        ("ERR_404", "err404"),
        ("2024-01-K", "2024.01k"),
    ],
)
def test_codes_share_a_key_unless_their_numbers_differ(spelling: str, key: str) -> None:
    assert key_of_code(spelling) == key


def test_a_code_has_a_letter_and_a_digit() -> None:
    assert [is_code(text) for text in ("K-310", "T7", "2024", "1.5", "word")] == [True, True, False, False, False]
