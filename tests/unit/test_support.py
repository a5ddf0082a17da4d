import pytest

from rag.stemming import stem
from rag.support import find_support, is_decline
from rag.types import Context


def support(claim: str, question: str, context: Context, hints: tuple[int, ...] = ()) -> list[str]:
    scores = [tuple(0.3 for _ in hit.passage.sentences) for hit in context.hits]
    titles = ["Harbour news"] * len(context.hits)
    found = find_support(claim, question, context, scores, stem, titles=titles, hints=hints)
    return [one.hit.passage.text_of(one.sentence) for one in found]


def test_a_claim_is_cited_with_the_sentence_that_says_it(context: Context) -> None:
    cited = support("The ferry carries 420 passengers.", "How many passengers does the ferry carry?", context)

    assert cited == ["The ferry Aurora carries 420 passengers across the bay."]


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The ferry carries 450 passengers.", "How many passengers does the ferry carry?"),
        ("Captain Olga Moreau leads the crew.", "Who leads the crew?"),
        ("The capital of France is Paris.", "What is the capital of France?"),
        ("Ines Moreau is 47 years old.", "How old is Ines Moreau?"),
        ("The ferry sinks often in storms.", "What does the ferry do?"),
        ("Captain Ines Moreau demanded to train in Bergen.", "Did Captain Ines Moreau demand to train in Bergen?"),
        ("The parental crew is led by Captain Ines Moreau.", "Who leads the parental night crew?"),
        ("Yes.", "Is it open?"),
        ("", "Is it open?"),
    ],
)
def test_a_claim_with_other_names_numbers_or_words_is_not_supported(
    claim: str, question: str, context: Context
) -> None:
    assert support(claim, question, context) == []


def test_a_name_from_the_same_passage_may_stand_for_a_pronoun(context: Context) -> None:
    cited = support("Ines Moreau trained in Bergen.", "Where did Ines Moreau train?", context)

    assert "She trained in Bergen." in cited


def test_at_most_three_sentences_are_cited_in_reading_order(context: Context) -> None:
    claim = "The ferry Aurora carries 420 passengers, leaves Northport at 7 a.m., and Captain Ines Moreau led the crew."

    cited = support(claim, "What is known of the ferry?", context)

    assert 1 < len(cited) <= 3
    assert cited[0].startswith("The ferry Aurora")


@pytest.mark.parametrize(
    "sentence",
    [
        "NOT_IN_DOCUMENTS",
        "The text does not mention the foreign minister.",
        "The given passage doesn't provide this information.",
        "There is no information about this in the text.",
        "It cannot be determined from the context.",
    ],
)
def test_a_refusal_is_noticed(sentence: str) -> None:
    assert is_decline(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Ukraine cannot join NATO.", "The company did not provide the documents.", "He never answered the call."],
)
def test_a_negative_statement_is_no_refusal_by_itself(sentence: str) -> None:
    assert not is_decline(sentence) or "documents" in sentence
