"""What is corrected in a query over a few documents, and what stays."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from rag.index.vocabulary import Vocabulary, WordCounts
from rag.retrieval.corrections import QueryCorrector
from rag.text.stemming import stem_in
from rag.text.terms import query_words, terms_of

OFFICE = (
    "The vacation policy lists official holidays. An allotment has a library.",
    "Allotment rules: the composition of the board. It receives no payment from the Library.",
    "Physical access needs the keypad K-310 of section T.7. See IS-01 and form IS 02 for version v1.2.",
    "Captain Ortega met Johnson at the center with an e-bike. Which address is that? The otachi ate. Store it as json.",
)
VEREIN = (
    "Die Versicherung der Mitglieder wird mit dem Beitrag bezahlt. Die Mitgliederwahl ist im Mai.",
    "Die Jahresversammlung wählt den Vorstand. Wer austreten will, schreibt dem Verein einen Brief.",
)
TALLER = ("Hablamos con la vecina, que habla mucho. El mercado vende aceitunas y queso.",)


@cache
def corrector(*passages: str, language: str = "en") -> QueryCorrector:
    stem, counts, folder = stem_in(language), WordCounts(), Path(mkdtemp(prefix="words-"))
    terms = {term for passage in passages for term in terms_of(passage, stem)}
    for passage in passages:
        counts.add([passage])
    for name, write in counts.writers().items():
        write(folder / name)
    return QueryCorrector(
        Vocabulary(folder),
        lambda word: any(not terms.isdisjoint(found.terms) for found in query_words(word, [stem])),
        terms.__contains__,
        [language],
    )


def correct(query: str) -> str:
    return corrector(*OFFICE).correct(query)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("How much vacaton do I get?", "How much vacation do I get?"),
        ("oficial hollidays", "official holidays"),
        ("allottment rules", "allotment rules"),
        ("where is the libary", "where is the library"),
        ("LIBARY RULES", "LIBRARY RULES"),
        ("Libary rules", "Library rules"),
        ("fisical acess", "physical access"),
        ("vacatoin polciy", "vacation policy"),
        ("wich adress", "which address"),
        ("teh polcy", "the policy"),
        ("vacaton-policcy", "vacation-policy"),
    ],
)
def test_misspelt_words_become_the_nearest_words_of_the_documents(typed: str, meant: str) -> None:
    assert correct(typed) == meant


@pytest.mark.parametrize(
    "query",
    [
        "What are the allotment rules?",
        # Right words that the documents do not use.
        "Who gets compensation?",
        "Is there a pavement?",
        "the timesheet onboarding login",
        "I dont know whats wrong",
        # Other names and numbers.
        "What did Johnston say to Ortiz?",
        "what did johnston say",
        "Where is Grushko?",
        "form IS-03, section T.8, version v12, K-301",
        "2024 and 1,234.50",
        # Jargon, addresses, names in code.
        "jsonb column",
        "libary@example.org libary.txt vacatonPolicy vacaton_policy VCTN",
        # Short words, and another beginning.
        "hoho potachi",
        # Nothing is near, or too many words are near.
        "xyzzy qwrtzl",
        "東京の図書館",
        "",
        "?!",
    ],
)
def test_right_words_names_numbers_and_codes_stay(query: str) -> None:
    assert correct(query) == query


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("the K310 keypad", "the K-310 keypad"),
        ("k 310", "k-310"),
        ("What does T7 say?", "What does T.7 say?"),
        ("IS 01", "IS-01"),
        ("is01", "is-01"),
        ("IS-02", "IS 02"),
        ("my ebike", "my e-bike"),
        ("the centre", "the center"),
        ("Who is Ortegga?", "Who is Ortega?"),
    ],
)
def test_codes_compounds_and_names_get_the_documents_spelling(typed: str, meant: str) -> None:
    assert correct(typed) == meant


def test_a_misspelt_word_that_no_document_holds_is_not_bent_to_another() -> None:
    assert correct("compensaton for pavemnt") == "compensation for pavement"


def test_a_corrected_query_does_not_change_again() -> None:
    once = correct("How much vacaton and compensaton for my ebike at the libary, K310?")

    assert correct(once) == once


def test_a_query_of_many_unknown_words_is_left_alone() -> None:
    query = " ".join(["libary"] * 21)

    assert correct(query) == query


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Wer zahlt die Versichrung?", "Wer zahlt die Versicherung?"),
        ("Wann ist die Jahresversamlung?", "Wann ist die Jahresversammlung?"),
        # A right compound that the documents do not hold.
        ("Wie hoch ist die Mitgliederzahl?", "Wie hoch ist die Mitgliederzahl?"),
    ],
)
def test_german_nouns_are_corrected_although_they_have_capitals(typed: str, meant: str) -> None:
    assert corrector(*VEREIN, language="de").correct(typed) == meant


def test_other_forms_of_a_verb_are_no_slips() -> None:
    spanish = corrector(*TALLER, language="es")

    assert spanish.correct("¿Con quién hablo?") == "¿Con quién hablo?"
    assert spanish.correct("¿Dónde venden aceittunas?") == "¿Dónde venden aceitunas?"


def test_a_question_in_a_language_that_the_documents_are_not_in_is_left_alone() -> None:
    query = "Combien de jours de congé ai-je en cas d'allottement polcie?"

    assert correct(query) == query


def test_without_words_nothing_is_corrected() -> None:
    assert corrector().correct("vacatonn rules for Ortegga and K310") == "vacatonn rules for Ortegga and K310"


@pytest.mark.parametrize("query", ["What colour is it?", "my favourite theatre", "the labour of our neighbours"])
def test_the_british_spelling_of_a_word_that_no_document_holds_stays(query: str) -> None:
    assert correct(query) == query
