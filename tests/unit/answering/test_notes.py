import pytest

from rag.answering.notes import (
    LANGUAGES,
    language_of_question,
    say_hello,
    say_nothing_found,
    say_possible,
    say_unanswered,
    say_unchecked,
    say_unclear,
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "I looked for “tides” and found nothing about it in the documents."),
        ("de", "Ich habe nach „tides“ gesucht und in den Dokumenten nichts dazu gefunden."),
        ("ja", "「tides」を探しましたが、文書には見つかりませんでした。"),
        ("xx", "I looked for “tides” and found nothing about it in the documents."),
    ],
)
def test_who_gets_no_answer_reads_in_their_language_what_was_looked_for(language: str, expected: str) -> None:
    assert say_nothing_found("tides", language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Not answered: “and why?”"),
        ("es", "Sin respuesta: «and why?»"),
        ("zh", "未回答：“and why?”"),
        ("xx", "Not answered: “and why?”"),
    ],
)
def test_a_part_that_is_not_answered_is_named_in_the_readers_language(language: str, expected: str) -> None:
    assert say_unanswered(["and why?"], language) == expected


def test_each_part_that_is_not_answered_is_named_in_its_order() -> None:
    assert say_unanswered(["Why?", "Since when?"], "en") == "Not answered: “Why? / Since when?”"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_what_was_looked_for_and_what_is_not_answered_once(language: str) -> None:
    for said in (say_nothing_found("tides", language), say_unanswered(["tides"], language)):
        assert said.count("tides") == 1
        assert "{}" not in said


@pytest.mark.parametrize("say", [say_possible, say_hello, say_unclear, say_unchecked])
def test_every_language_has_its_own_words(say: object) -> None:
    assert callable(say)
    said = [say(language) for language in LANGUAGES]

    assert len(set(said)) == len(LANGUAGES)
    assert all(text == text.strip() != "" and "{}" not in text and "\n" not in text for text in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_leads_to_sentences_that_may_answer_ends_in_a_colon(language: str) -> None:
    assert say_possible(language)[-1] in ":："


@pytest.mark.parametrize("say", [say_possible, say_hello, say_unclear, say_unchecked])
def test_english_is_spoken_where_we_do_not_speak_the_readers_language(say: object) -> None:
    assert callable(say)
    assert say("xx") == say("en")


@pytest.mark.parametrize("question", ["{} {0} {x.__class__}", "[1] (b) $x ${y} %s", "<b>x</b> & 'y'", "\\g<0> \\1"])
def test_what_was_looked_for_stays_text(question: str) -> None:
    assert f"“{question}”" in say_nothing_found(question, "en")
    assert say_unanswered([question, "Why?"], "en") == f"Not answered: “{question} / Why?”"


@pytest.mark.parametrize("said", [say_nothing_found("tide\n\n" * 100, "en"), say_unanswered(["tide\n\n" * 100], "en")])
def test_a_long_question_is_cut_and_put_on_one_line(said: str) -> None:
    shown = said.partition("“")[2].partition("”")[0]
    assert len(shown) <= 200
    assert shown.startswith("tide tide")
    assert shown.endswith("…")


@pytest.mark.parametrize(
    ("question", "language"),
    [("K-310", "de"), ("Urlaub", "de"), ("What is the price?", "en"), ("¿Cuánto cuesta?", "es")],
)
def test_the_expected_language_counts_where_that_of_a_question_is_uncertain(question: str, language: str) -> None:
    assert language_of_question(question, "de") == language
