import pytest

from rag.text.stemming import stem, stem_in
from rag.text.terms import query_words, terms_of


def test_words_are_stemmed_in_the_texts_language() -> None:
    assert terms_of("The ferries carried Ögedei’s passengers", stem) == ["the", "ferri", "carri", "ogedei", "passeng"]
    assert terms_of("die Häuser der Verträge", stem_in("de")) == ["die", "haus", "der", "vertrag"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("config.toml", ["config.toml", "config", "toml"]),
        ("a 30-day ticket", ["a", "30-day", "30", "day", "ticket"]),
        ("ERR_404/x", ["err_404/x", "err", "404", "x"]),
        ("don't", ["dont"]),
        ("ＡＢＣ", ["abc"]),
        ("...!? 😀", []),
    ],
)
def test_identifiers_and_numbers_are_kept_whole_and_in_parts(text: str, terms: list[str]) -> None:
    assert terms_of(text, stem) == terms


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert terms_of("東京都の塔", stem) == ["東京", "京都", "都の", "の塔"]
    assert terms_of("塔", stem) == ["塔"]
    assert terms_of("ABC塔x", stem) == ["abc", "塔", "x"]


def test_a_querys_word_may_be_another_term_in_each_language() -> None:
    words = list(query_words("the Verträge", [stem_in("en"), stem_in("de"), stem_in("xx")]))

    # English knows "vertrage" by no other form; what no stemmer changes stays as it is typed, without its accent.
    assert [word.terms for word in words] == [("the",), ("vertrag", "vertrage")]
    assert [word.is_content for word in words] == [False, True]


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert stem_in("zh")("running") == "running"
    assert stem_in("")("running") == "running"
