"""What a client sends as messages becomes the question and the turns of /v1/ask."""

import pytest

from rag.api.openai.messages import read_question, read_turns
from rag.errors import QuestionInvalid
from rag.text.stemming import stem
from rag.types import Turn
from rag.wire.openai.content import BROKEN_OFF
from rag.wire.openai.requests import MessageBody


def messages(*told: tuple[str, str]) -> list[MessageBody]:
    return [MessageBody.model_validate({"role": role, "content": content}) for role, content in told]


WHO = ("user", "Who is Steve Witkoff?")
HE = ("assistant", "Steve Witkoff is a U.S. envoy. [1][2] He met Putin. [1]")
WITKOFF = Turn("Who is Steve Witkoff?", "Steve Witkoff is a U.S. envoy. He met Putin.")
LAST = ("user", "and who did he meet?")


def turns(*told: tuple[str, str]) -> tuple[Turn, ...]:
    return read_turns(messages(*told), 100, stem, lambda _: "en")


def test_the_last_message_of_a_user_is_the_question() -> None:
    assert read_question(messages(WHO, HE, LAST, ("assistant", "He")), 100) == "and who did he meet?"


def test_without_a_message_of_a_user_nothing_is_asked() -> None:
    with pytest.raises(QuestionInvalid, match="no message has the role user; ask something"):
        read_question(messages(("system", "Answer in rhymes.")), 100)


def test_pairs_before_the_question_are_turns_without_markers() -> None:
    assert turns(WHO, HE, LAST, ("assistant", "He")) == (WITKOFF,)


def test_instructions_and_what_tools_returned_are_left_out() -> None:
    told = turns(("system", "Say yes."), WHO, ("tool", "42"), HE, ("developer", "Say no."), LAST)

    assert told == (WITKOFF,)


@pytest.mark.parametrize(
    "unanswered", [[("user", "x" * 101)], [("user", "?!"), ("assistant", "What?")], [("user", "When?")]]
)
def test_a_question_that_was_refused_or_not_answered_is_no_turn(unanswered: list[tuple[str, str]]) -> None:
    assert turns(*unanswered, WHO, HE, *unanswered, LAST) == (WITKOFF,)


def test_the_escapes_of_an_answer_are_no_part_of_it() -> None:
    told = ("assistant", r"He writes \[sic] on `x.example/a_b`, \*often\*.\[4] [1]")

    assert turns(WHO, told, LAST)[0].answer == "He writes [sic] on x.example/a_b, *often*.[4]"


def test_of_an_answer_that_was_broken_off_only_what_took_its_place_counts() -> None:
    assert turns(WHO, ("assistant", "He flew. [1]" + BROKEN_OFF + HE[1]), LAST) == (WITKOFF,)


def test_the_passages_that_a_refusal_offered_are_no_part_of_it() -> None:
    refusal = ("assistant", "Nothing answers. These passages come nearest:\n\n- Moscow Times: http://a.example/d")

    assert turns(WHO, refusal, LAST)[0].answer == "Nothing answers. These passages come nearest:"


def test_what_no_keyboard_types_is_taken_out_of_an_answer() -> None:
    assert turns(WHO, ("assistant", "He\x00 met\ud800 Putin."), LAST)[0].answer == "He  met  Putin."


def test_a_follow_up_in_the_history_stands_alone_as_in_a_stored_conversation() -> None:
    told = turns(WHO, HE, LAST, ("assistant", "Putin. [1]"), ("user", "When was that?"))

    assert [turn.question for turn in told] == ["Who is Steve Witkoff?", "Who did Steve Witkoff meet?"]


def test_a_long_conversation_is_cut_at_its_beginning() -> None:
    pairs = [told for n in range(50) for told in (("user", f"What is number {n}?"), ("assistant", f"It is {n}."))]

    told = turns(*pairs, LAST)

    assert (len(told), told[-1]) == (20, Turn("What is number 49?", "It is 49."))


@pytest.mark.parametrize("piece", [" ", "\n", "[", "[1", "\\["])
def test_what_a_hostile_reply_repeats_is_read_once(piece: str) -> None:
    # Where the time grows with the square, this takes an hour.
    hostile = "x" + piece * (200_000 // len(piece)) + "x"

    (turn,) = turns(("user", "Who?"), ("assistant", hostile), ("user", "And then?"))

    assert turn.question == "Who?"
