import pytest

from rag.evidence import is_statement, names_another_holder, rank_evidence, read_question
from rag.stemming import stem
from rag.types import Context
from rag.words import split_words


def best(question: str, context: Context) -> tuple[str, float]:
    evidence = rank_evidence(question, context.hits, ["Harbour news"] * len(context.hits), stem)
    return evidence[0].text, evidence[0].confidence


def test_the_sentence_with_the_questions_words_and_kind_comes_first(context: Context) -> None:
    text, confidence = best("How many passengers does the ferry Aurora carry?", context)

    assert text == "The ferry Aurora carries 420 passengers across the bay."
    assert confidence > 0.4


def test_a_question_about_something_else_has_little_confidence(context: Context) -> None:
    assert best("Which volcano erupted in Peru?", context)[1] < 0.15


def test_a_statement_that_stands_in_two_documents_is_told_once(context: Context) -> None:
    hits = (*context.hits, *context.hits)

    evidence = rank_evidence("How many passengers does the ferry carry?", hits, ["Harbour news"] * len(hits), stem)

    texts = [found.text for found in evidence]
    assert len(texts) == len(set(texts)) > 1


def test_titles_are_never_evidence(context: Context) -> None:
    evidence = rank_evidence("What is the harbour news?", context.hits, ["Harbour news"] * len(context.hits), stem)

    assert "Harbour news" not in [found.text for found in evidence]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            "Who is the foreign minister of Ukraine?",
            "On Ukraine, Russian Deputy Foreign Minister Alexander Grushko spoke.",
            True,
        ),
        (
            "Who is Russia's foreign minister?",
            "On Ukraine, Russian Deputy Foreign Minister Alexander Grushko spoke.",
            False,
        ),
        ("Who is the president of Ukraine?", "Meanwhile, Ukrainian President Zelensky spoke.", False),
        ("Who is the president of Ukraine?", "The president of Ukraine spoke.", False),
        ("Who is the president of Ukraine?", "The president of France spoke of Ukraine.", True),
        ("What is the mood in Ukraine?", "Russian Foreign Minister Lavrov spoke of Ukraine.", False),
    ],
)
def test_a_role_that_the_sentence_gives_to_another_is_noticed(question: str, sentence: str, *, expected: bool) -> None:
    asked = read_question(question, stem)

    assert names_another_holder(asked, sentence, split_words(sentence, stem)) is expected


def test_evidence_about_another_holder_has_no_confidence(context: Context) -> None:
    question = "Who is the engineer of Northport?"

    evidence = rank_evidence(question, context.hits, ["Harbour news"] * len(context.hits), stem)

    danish = next(found for found in evidence if found.text.startswith("Danish engineer"))
    assert danish.confidence == 0.0 or "Northport" not in danish.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("It ends.", True), ('He said "yes."', True), ("Is it?", True), ("A headline", False), ("A list:", False)],
)
def test_a_full_sentence_is_told_by_its_end(text: str, *, expected: bool) -> None:
    assert is_statement(text) is expected
