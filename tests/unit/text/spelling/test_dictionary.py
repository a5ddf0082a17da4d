from rag.text.spelling.dictionary import is_right, is_right_compound, listed_words_near


def test_a_dictionary_knows_right_words_and_their_plurals() -> None:
    assert is_right("compensation", "en")
    assert is_right("allotments", "en")
    assert is_right("urlaub", "de")
    assert not is_right("vacaton", "en")
    assert not is_right("acess", "en")


def test_without_a_dictionary_no_word_is_known_as_right() -> None:
    assert not is_right("umowa", "pl")
    assert listed_words_near("umowa", "pl") == []


def test_two_listed_words_make_a_right_compound() -> None:
    assert is_right_compound("mitgliederzahl", "de")
    assert not is_right_compound("mitgliederzahk", "de")
    assert not is_right_compound("word", "en")


def test_listed_words_one_edit_away_are_found_with_whether_they_are_common() -> None:
    assert listed_words_near("vacaton", "en") == [("sacaton", False), ("vacation", True)]
