import pytest

from rag.errors import QuestionInvalid
from rag.text.questions import clean_query, validate_question


def test_a_question_loses_the_white_space_around_it() -> None:
    assert validate_question("  Who met Putin?\n", 4000) == "Who met Putin?"


def test_tabs_and_line_ends_inside_a_question_are_kept() -> None:
    assert validate_question("Who\tmet\r\nPutin?", 4000) == "Who\tmet\nPutin?"


def test_a_question_of_exactly_the_allowed_length_is_accepted() -> None:
    assert validate_question(" Why? ", 4) == "Why?"


@pytest.mark.parametrize("text", ["", " \t\n ", "\u200b\u200b"])
def test_a_question_without_anything_to_read_is_refused(text: str) -> None:
    with pytest.raises(QuestionInvalid, match="the question is empty"):
        validate_question(text, 4000)


def test_a_question_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(QuestionInvalid) as raised:
        validate_question("secret" * 1000, 4000)

    assert str(raised.value) == "the question has 6,000 characters, at most 4,000 are allowed; shorten it"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x9b", "\r", "\ud800"])
def test_control_characters_are_refused_and_the_question_is_not_repeated(character: str) -> None:
    with pytest.raises(QuestionInvalid) as raised:
        validate_question(f"secret{character}words", 4000)

    assert str(raised.value) == "the question holds control characters; ask in plain text"


def test_letters_of_any_language_are_accepted() -> None:
    assert validate_question("Кто встретил Путина? 誰が？ 🇺🇦", 4000) == "Кто встретил Путина? 誰が？ 🇺🇦"


@pytest.mark.parametrize("text", ["?", "👍", "…", "-- !"])
def test_a_question_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(QuestionInvalid, match="holds no letter or digit"):
        validate_question(text, 4000)


@pytest.mark.parametrize("text", ["", " \t\n ", "\u200b\u200b", "\x00\ud800"])
def test_a_query_that_says_nothing_is_empty(text: str) -> None:
    assert clean_query(text, 4000) == ("", 0)


def test_a_query_keeps_its_signs_and_loses_what_no_keyboard_types() -> None:
    assert clean_query(" ?!\x00'; DROP -- ", 4000) == ("?! '; DROP --", 0)


def test_a_query_is_cut_and_it_is_known_how_much_is_gone() -> None:
    assert clean_query("harbour master", 7) == ("harbour", 7)
