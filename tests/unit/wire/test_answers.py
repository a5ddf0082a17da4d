"""What our own clients get of an answer."""

from dataclasses import replace

import pytest

from rag.errors import LlmBusy
from rag.events import AnswerDrafted, AnswerFinished, AnswerQueued, TextDelta
from rag.types import Answer
from rag.wire.answers import answer_body, event_payload
from tests.unit.wire.openai.test_completions import ANSWER, DECLINED, GREETING, PARTLY, POSSIBLE


@pytest.mark.parametrize(
    ("answer", "outcome", "abstained"),
    [
        (ANSWER, "answered", False),
        (GREETING, "answered", False),
        (PARTLY, "partly", False),
        (POSSIBLE, "possible", True),
        (DECLINED, "declined", True),
    ],
)
def test_an_answer_says_how_sure_it_is(answer: Answer, outcome: str, *, abstained: bool) -> None:
    body = answer_body(answer)

    assert (body.outcome, body.abstained) == (outcome, abstained)
    assert (body.answer, body.note) == (answer.answer, answer.note)
    assert [sentence.text for sentence in body.sentences] == [sentence.text for sentence in answer.sentences]


def test_why_the_llm_gave_no_answer_is_told_without_what_concerns_the_operator() -> None:
    body = answer_body(replace(POSSIBLE, degraded="http://10.0.0.1 cannot be reached"))

    assert body.degraded == "the language model was not available"


def test_that_the_llm_is_busy_is_told_as_such() -> None:
    body = answer_body(replace(POSSIBLE, degraded=str(LlmBusy())))

    assert body.degraded == "the language model is busy with other questions"


def test_a_position_in_line_is_told_as_a_number() -> None:
    assert event_payload(AnswerQueued(2)) == ("queued", {"before": 2})


@pytest.mark.parametrize(("is_note", "quoted"), [(True, False), (False, True), (False, False)])
def test_a_delta_says_whether_it_is_the_note_or_a_quote(*, is_note: bool, quoted: bool) -> None:
    payload = event_payload(TextDelta("So.", is_note=is_note, quoted=quoted))

    assert payload == ("delta", {"text": "So.", "note": is_note, "quoted": quoted})


def test_a_draft_and_the_final_answer_have_the_same_fields() -> None:
    draft, final = event_payload(AnswerDrafted(POSSIBLE)), event_payload(AnswerFinished(ANSWER))

    assert (draft[0], final[0]) == ("draft", "final")
    assert draft[1].keys() == final[1].keys()
    assert (draft[1]["outcome"], final[1]["outcome"]) == ("possible", "answered")
    assert "nearest" not in draft[1]
