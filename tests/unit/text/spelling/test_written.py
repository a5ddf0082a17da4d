from rag.text.spelling.written import written_codes, written_words


def test_words_are_found_without_articles_possessives_codes_and_contractions() -> None:
    text = "Reed's multi-factor l'école doesn't fit K-310 in 2024 東京"

    assert [word.text for word in written_words(text)] == ["Reed", "multi", "factor", "école", "fit", "in"]
    assert all(text[word.start : word.end] == word.text for word in written_words(text))


def test_codes_are_found_in_any_spelling() -> None:
    text = "Form IS 02 and K-310, see T.7 or v1.2; in 2024."

    assert [code.text for code in written_codes(text)] == ["K-310", "T.7", "v1.2", "IS 02"]
    assert all(text[code.start : code.end] == code.text for code in written_codes(text))
