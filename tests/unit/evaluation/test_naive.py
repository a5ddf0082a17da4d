"""The naive chatbot over a small real index and an LLM that says what it is told to."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

import pytest

from rag.evaluation.naive import N_PASSAGES, NaiveChatbot
from rag.events import AnswerEvent, AnswerFinished, SourcesFound, TextDelta
from rag.llm.client import ChatModel
from rag.types import Answer, Turn
from tests.unit.answering.answerers import (
    DECLINES_ALL,
    FERRY,
    FERRY_SENTENCE,
    VOLCANO,
    ScriptedModel,
    llm_of,
    make_answerer,
    streamed_text,
)
from tests.unit.conftest import ARTICLE

PROMPT = "Say not in the text where it is not.\n\n$context\n\nQuestion: $question"
TIDES = tuple(f"The tide of the day number {n} comes in at noon." for n in range(6))
MOREAU = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)


def ask(
    model: ScriptedModel,
    question: str,
    *texts: str,
    history: Sequence[Turn] = (),
    fits: Callable[[str], bool] = lambda _: True,
) -> tuple[list[AnswerEvent], Answer]:
    # Whatever gates and checks there are, they are not those of the naive chatbot.
    answerer = make_answerer(llm_of(model), *texts, **DECLINES_ALL)
    naive = NaiveChatbot(answerer, cast(ChatModel, model), PROMPT, fits)

    async def collect() -> list[AnswerEvent]:
        return [event async for event in naive.answer(question, history)]

    events = asyncio.run(collect())
    assert isinstance(events[-1], AnswerFinished)
    return events, events[-1].answer


def test_what_the_llm_says_is_the_answer_unchecked_and_without_a_citation() -> None:
    events, answer = ask(ScriptedModel(["It carries\n", "999 passengers."]), FERRY)

    assert [type(event) for event in events] == [SourcesFound, TextDelta, AnswerFinished]
    assert (answer.outcome, answer.answer, answer.note) == ("answered", "It carries 999 passengers.", "")
    assert [(one.text, one.citations, one.supported) for one in answer.sentences] == [
        ("It carries 999 passengers.", (), False)
    ]
    assert (answer.citations, answer.abstention) == ((), None)
    assert (answer.answered_by, answer.usage.prompt_tokens, answer.degraded) == ("llm", 1, None)
    assert streamed_text(events) == answer.answer


@pytest.mark.parametrize(
    "said", ["Not in the text.", "It is not in the text", "The text does not mention it.", "", " \n"]
)
def test_an_llm_that_says_that_it_is_not_there_or_says_nothing_declines(said: str) -> None:
    events, answer = ask(ScriptedModel([said]), VOLCANO)

    assert (answer.outcome, answer.abstained, answer.abstention) == ("declined", True, "llm_declined")
    assert (answer.sentences, answer.note) == ((), " ".join(said.split()))
    assert streamed_text(events) == ""


def test_at_most_three_passages_are_read_under_one_plain_prompt() -> None:
    model = ScriptedModel(["At noon."])

    events, _ = ask(model, "When does the tide of the day come in?", *TIDES)

    (asked,) = model.asked
    (found,) = [event.sources for event in events if isinstance(event, SourcesFound)]
    assert N_PASSAGES == len(found) == sum(text in asked for text in TIDES) == 3
    assert asked.startswith("Say not in the text where it is not.\n\n")
    assert asked.endswith("\n\nQuestion: When does the tide of the day come in?")


def test_the_passages_stand_in_the_order_of_the_search() -> None:
    model = ScriptedModel(["420."])

    ask(model, FERRY)

    (asked,) = model.asked
    assert FERRY_SENTENCE in asked
    assert all(part in asked for part in ARTICLE.strip().split("\n\n"))
    assert asked.index(FERRY_SENTENCE) < asked.index("Captain Ines Moreau")


@pytest.mark.parametrize(("n_fitting", "n_read"), [(3, 3), (2, 2), (1, 1), (0, 1)])
def test_passages_are_left_off_until_the_llm_can_read_them_but_one_is_always_read(n_fitting: int, n_read: int) -> None:
    model = ScriptedModel(["At noon."])

    ask(
        model,
        "When does the tide of the day come in?",
        *TIDES,
        fits=lambda context: sum(text in context for text in TIDES) <= n_fitting,
    )

    assert sum(text in model.asked[0] for text in TIDES) == n_read


def test_nothing_in_a_document_or_a_question_is_read_as_a_template() -> None:
    model = ScriptedModel(["5."])

    ask(model, "What is $context of {x}?", "The price of $question is ${context} today, says {0}.")

    assert model.asked[0].endswith("Question: What is $context of {x}?")
    assert "The price of $question is ${context} today, says {0}." in model.asked[0]


def test_a_follow_up_is_asked_as_a_question_that_stands_alone() -> None:
    model = ScriptedModel(["Where did Ines Moreau train?"])

    _, answer = ask(model, "and where did she train?", history=MOREAU)

    assert (answer.question, answer.query) == ("and where did she train?", "Where did Ines Moreau train?")
    assert model.asked[-1].endswith("Question: Where did Ines Moreau train?")


def test_an_llm_that_fails_gives_no_answer() -> None:
    _, answer = ask(ScriptedModel(["At", "noon"], fails_after=1), FERRY)

    assert (answer.outcome, answer.sentences, answer.degraded) == ("declined", (), "the LLM broke off")


@pytest.mark.parametrize("said", ["You need not say so in the text box.", "No, you do not have to send documents."])
def test_a_reply_that_only_holds_such_words_is_an_answer(said: str) -> None:
    assert ask(ScriptedModel([said]), FERRY)[1].outcome == "answered"


def test_the_shipped_prompt_says_what_declines() -> None:
    from rag.assembly.open_llm import prompts_folder

    shipped = (prompts_folder() / "naive.txt").read_text(encoding="utf-8")

    assert "reply: not in the text" in shipped
    assert "$context" in shipped
    assert "$question" in shipped
