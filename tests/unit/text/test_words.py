import pytest

from rag.text.stemming import stem
from rag.text.words import (
    Vocabulary,
    answer_kind,
    coverage,
    holds_kind,
    is_found,
    is_polar_question,
    split_words,
    stems_of,
)


def stems(text: str) -> set[str]:
    return stems_of(split_words(text, stem))


@pytest.mark.parametrize(
    ("one", "other"),
    [("U.S.", "US"), ("Ögedei's", "Ogedei"), ("1,000", "1000"), ("American", "U.S."), ("speaking", "speak")],
)
def test_two_spellings_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert split_words(f"the {one}", stem)[-1].stem == split_words(f"the {other}", stem)[-1].stem


def test_a_decimal_number_is_not_the_number_without_its_point() -> None:
    assert "35" not in stems("It grew by 3.5 percent.")


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Ukraine", "Ukrainian"),
        ("Russia", "Russian"),
        ("Canada", "Canadian"),
        ("Iran", "Iranian"),
        ("Japan", "Japanese"),
        ("Germany", "German"),
        ("Schwester", "Schwestern"),
        ("blanco", "blanca"),
        ("invest", "investor"),
    ],
)
def test_a_word_is_found_by_another_of_its_root(word: str, other: str) -> None:
    assert is_found(stem(word.lower()), {stem(other.lower())})
    assert is_found(stem(other.lower()), {stem(word.lower())})


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Austria", "Australia"),
        ("Niger", "Nigeria"),
        ("Mauritius", "Mauritania"),
        ("Christian", "Christopher"),
        ("Johnson", "Johnston"),
        ("Martin", "Martinez"),
        ("Roberts", "Roberta"),
        ("contract", "contrast"),
        ("compare", "company"),
        ("1932", "19321"),
    ],
)
def test_a_word_that_only_begins_alike_is_another(word: str, other: str) -> None:
    assert not is_found(stem(word.lower()), {stem(other.lower())})
    assert not is_found(stem(other.lower()), {stem(word.lower())})


@pytest.mark.parametrize(("text", "number"), [("twelve", "12"), ("4,200", "4200"), ("Half", "0.5"), ("one", None)])
def test_a_number_is_one_however_it_is_written(text: str, number: str | None) -> None:
    assert split_words(text, stem)[0].number == number


def test_a_long_text_is_read_as_a_short_one() -> None:
    short = "The EU met twelve ministers in Kyiv. "

    long = split_words(40 * short, stem)

    assert [word.stem for word in long[-7:]] == [word.stem for word in split_words(short, stem)]
    assert split_words(short, stem) != split_words(short, str)


def test_capitalised_words_give_their_acronym() -> None:
    assert "eu" in stems("the law of the European Union")


def test_an_acronym_that_looks_like_a_function_word_is_content() -> None:
    assert split_words("What did the US say?", stem)[3].is_content
    assert not split_words("Give us a reason", stem)[1].is_content


def test_a_vocabulary_names_the_stems_that_a_word_is_found_in() -> None:
    vocabulary = Vocabulary({"ukrain", "ukrainian", "ukulele", "2019", "20190", "cat"})

    assert vocabulary.roots("ukrain") == {"ukrain", "ukrainian"}
    assert vocabulary.roots("2019") == {"2019"}
    assert vocabulary.roots("moon") == {"moon"}


def test_coverage_is_the_fraction_found() -> None:
    assert coverage(["ferri", "bay", "moon"], {"ferri", "bay"}) == pytest.approx(2 / 3)
    assert coverage([], set()) == 1.0


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many passengers does it carry?", "number"),
        ("When does it leave?", "date"),
        ("In which year was it built?", "date"),
        ("Who leads the crew?", "person_or_name"),
        ("Where did she train?", "place"),
        ("What is a ferry?", "any"),
    ],
)
def test_the_question_word_says_what_is_asked_for(question: str, kind: str) -> None:
    assert answer_kind(question) == kind


def test_a_sentence_holds_a_name_only_when_the_question_did_not_give_it() -> None:
    asked = {word.stem for word in split_words("Who met Reed?", stem)}
    old, new = "Reed was met.", "Ines Moreau met Reed."

    assert not holds_kind("person_or_name", old, split_words(old, stem), asked)
    assert holds_kind("person_or_name", new, split_words(new, stem), asked)


@pytest.mark.parametrize(
    ("question", "whether"),
    [
        ("Is it open?", True),
        ("and does it sail?", True),
        ("Darf man rauchen?", True),
        ("Who is it?", False),
        ("", False),
    ],
)
def test_a_question_for_yes_or_no_is_told_by_its_first_word(question: str, *, whether: bool) -> None:
    assert is_polar_question(question) is whether
