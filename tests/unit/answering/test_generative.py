"""Sentences that the check doubts, and what the LLM says when it is asked about them."""

import pytest

from rag.answering.notes import say_unchecked
from rag.types import Answer
from tests.unit.answering.answerers import (
    FERRY,
    FERRY_SECTION,
    FERRY_SENTENCE,
    QUOTES_NOTHING,
    SECTIONS,
    ScriptedModel,
    ask,
    make_answerer,
    streamed_text,
    verifying_llm,
)
from tests.word_judge import WordJudge

DOUBTFUL = "The ferry carries passengers safely across the wide bay."
FURTHER = "Captain Ines Moreau has led the crew since 2019."


def answer(*pieces: str, verifying: float | None) -> tuple[Answer, list[str]]:
    """Return the answer, and the prompts that ask about a statement."""
    model = ScriptedModel(pieces, verifying=verifying)
    events, found = ask(make_answerer(verifying_llm(model), **QUOTES_NOTHING), FERRY)
    assert streamed_text(events) == found.answer
    return found, [prompt for prompt in model.asked if prompt.endswith(" Yes?")]


def test_a_doubtful_sentence_that_the_llm_confirms_is_shown_with_its_place() -> None:
    found, asked = answer(DOUBTFUL, verifying=0.99)

    assert [one.text for one in found.sentences] == [DOUBTFUL]
    assert [one.quote for one in found.citations] == [FERRY_SENTENCE]
    assert len(asked) == 1
    assert f"{DOUBTFUL} Yes?" in asked[0]


@pytest.mark.parametrize("verifying", [0.01, None])
def test_a_doubtful_sentence_that_the_llm_does_not_confirm_is_left_out(verifying: float | None) -> None:
    found, asked = answer(DOUBTFUL, verifying=verifying)

    assert DOUBTFUL not in found.answer
    assert len(asked) == 1


def test_the_llm_is_not_asked_about_what_the_check_supports_or_contradicts() -> None:
    found, asked = answer(f"{FERRY_SENTENCE} The ferry Aurora carries 999 passengers.", verifying=0.99)

    assert [one.text for one in found.sentences] == [FERRY_SENTENCE]
    assert asked == []


def test_the_llm_is_not_asked_about_a_sentence_without_a_place() -> None:
    found, asked = answer("That is that.", verifying=0.99999)

    assert "That is that." not in found.answer
    assert asked == []


def test_sentences_keep_their_order_however_late_a_doubt_is_settled() -> None:
    found, _ = answer(f"{FERRY_SENTENCE} {DOUBTFUL} {FURTHER}", verifying=0.99)

    assert [one.text for one in found.sentences] == [FERRY_SENTENCE, DOUBTFUL, FURTHER]


def test_the_tokens_of_the_question_about_a_sentence_are_counted() -> None:
    (sure, _), (doubted, _) = answer(FERRY_SENTENCE, verifying=0.0), answer(DOUBTFUL, verifying=0.0)

    assert doubted.usage.prompt_tokens == sure.usage.prompt_tokens + 1


def test_in_a_language_that_the_judge_does_not_read_the_documents_are_quoted_and_the_answer_says_so() -> None:
    model = ScriptedModel([FERRY_SENTENCE])

    _, found = ask(make_answerer(verifying_llm(model), SECTIONS, suffix="md", judge=WordJudge(frozenset())), FERRY)

    assert (found.outcome, found.answered_by, found.note) == ("answered", "extractive", say_unchecked("en"))
    assert [one.text for one in found.sentences] == [FERRY_SECTION]
    assert model.asked == []
