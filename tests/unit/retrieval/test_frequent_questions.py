"""Documents that hold lists of frequent questions: what stands below a question is told, the question never."""

import pytest

from tests.unit.answering.answerers import QUOTES_NOTHING, ask, make_answerer, says
from tests.unit.retrieval.test_evidence import FORMS, OTHER, SENT_BACK


def document(form: str) -> str:
    return f"# The shop\n\n{FORMS[form]}\n## Staff{OTHER}"


@pytest.mark.parametrize("form", list(FORMS))
def test_what_stands_below_the_question_is_quoted_as_the_answer(form: str) -> None:
    _, answer = ask(make_answerer(None, document(form), suffix="md"), SENT_BACK)

    assert answer.outcome == "answered"
    assert [one.quote.removeprefix("A: ") for one in answer.citations] == ["Within 30 days of the purchase."]
    assert "sent back" not in answer.answer


@pytest.mark.parametrize("form", list(FORMS))
def test_what_stands_below_the_question_is_shown_as_what_may_answer(form: str) -> None:
    _, answer = ask(make_answerer(None, document(form), suffix="md", max_quotes=1, **QUOTES_NOTHING), SENT_BACK)

    assert answer.outcome == "possible"
    assert "Within 30 days of the purchase." in answer.answer
    assert not [one.quote for one in answer.citations if "sent back" in one.quote]


@pytest.mark.parametrize("form", FORMS)
def test_what_an_llm_writes_rests_on_what_stands_below_the_question(form: str) -> None:
    llm = says("Shoes may be sent back within 30 days.")

    _, answer = ask(make_answerer(llm, document(form), suffix="md", **QUOTES_NOTHING), SENT_BACK)

    assert answer.answer == "Shoes may be sent back within 30 days. [1]"
    assert [one.quote.removeprefix("A: ") for one in answer.citations] == ["Within 30 days of the purchase."]


def test_an_llm_that_only_repeats_the_question_is_not_supported_by_it() -> None:
    llm = says("Shoes may be sent back to Leeds.")
    text = "# The shop\n\nQ: Which shoes may be sent back to Leeds?\n\nA: All of them.\n"

    _, answer = ask(make_answerer(llm, text, suffix="md", **QUOTES_NOTHING), "Where may shoes be sent back to?")

    assert [one.quote for one in answer.citations] == ["A: All of them."]


@pytest.mark.parametrize(
    "text",
    [
        "# The pool\n\nQ: May dogs swim in the pool?\n\nA: No, never.\n",
        "# The pool\n\n## May dogs swim in the pool?\n\nNo, this is not allowed for reasons of hygiene.\n",
    ],
)
def test_what_the_answer_to_a_question_denies_is_not_confirmed_by_the_questions_words(text: str) -> None:
    llm = says("Dogs may swim in the pool.")

    _, answer = ask(make_answerer(llm, text, suffix="md", **QUOTES_NOTHING), "May dogs swim in the pool?")

    assert "Dogs may swim in the pool." not in answer.answer


def test_a_title_is_never_shown_as_what_may_answer() -> None:
    text = "# The pool\n\nQ: May dogs swim in the pool?\n\nA: No.\n\nQ: May children?\n\nA: Yes, with a parent.\n"
    llm = says("Dogs may swim in the pool.")

    _, answer = ask(make_answerer(llm, text, suffix="md", **QUOTES_NOTHING), "May dogs swim in the pool?")

    assert "The pool" not in [sentence.text for sentence in answer.sentences]
