from dataclasses import replace

import pytest

from rag.evaluation.metrics.verdicts import GoldQuestion, Verdict, covers, told_text
from rag.types import Outcome, Span
from tests.unit.evaluation.judged_answers import ABSENT, GOLD, LOOK_ALIKE, make_judged


def test_an_answer_is_right_where_it_holds_a_gold_answer() -> None:
    assert make_judged(GOLD, ["It carries 420 people."]).verdict == "right"
    assert make_judged(GOLD, ["It carries Four Hundred people."]).verdict == "right"
    assert make_judged(GOLD, ["It carries 1420 people."]).verdict == "wrong"
    assert make_judged(GOLD, None).verdict == "declined"


def test_telling_anything_where_the_documents_do_not_say_is_wrong() -> None:
    assert make_judged(LOOK_ALIKE, ["It does."]).verdict == "wrong"
    assert make_judged(ABSENT, None).verdict == "declined"


@pytest.mark.parametrize(
    ("outcome", "text", "verdict", "is_useful"),
    [
        ("answered", "It carries 420 people.", "right", True),
        ("answered", "It carries dogs.", "wrong", False),
        ("partly", "It carries 420 people.", "right", True),
        ("partly", "It carries dogs.", "partly", False),
        ("possible", "It carries 420 people.", "possible", True),
        ("possible", "It carries dogs.", "possible", False),
    ],
)
def test_what_is_told_as_an_answer_is_judged_and_what_is_only_possible_is_useful_where_it_holds_the_answer(
    outcome: Outcome, text: str, verdict: Verdict, *, is_useful: bool
) -> None:
    judged = make_judged(GOLD, [text], outcome=outcome)

    assert (judged.verdict, judged.is_useful) == (verdict, is_useful)


def test_declining_is_useful_to_nobody_who_asks_for_what_is_there() -> None:
    assert not make_judged(GOLD, None).is_useful


@pytest.mark.parametrize(("outcome", "verdict"), [("answered", "wrong"), ("partly", "wrong"), ("possible", "possible")])
def test_a_part_of_an_answer_is_wrong_where_the_documents_do_not_say_and_what_may_answer_is_not(
    outcome: Outcome, verdict: Verdict
) -> None:
    judged = make_judged(LOOK_ALIKE, ["It does."], outcome=outcome)

    assert (judged.verdict, judged.is_useful) == (verdict, False)


MUST_SAY = GoldQuestion(
    "4", "How many, and of what?", "a.txt", ("420",), (Span(10, 13),), must_say=(("420", "four hundred"), ("people",))
)


def test_what_must_be_said_decides_instead_of_the_answers() -> None:
    assert make_judged(MUST_SAY, ["It carries four hundred people."]).verdict == "right"
    assert make_judged(MUST_SAY, ["It carries 420."]).verdict == "wrong"
    assert make_judged(MUST_SAY, ["It carries 420.", "These are people."]).verdict == "right"
    assert make_judged(MUST_SAY, ["It carries 420."], outcome="partly").verdict == "partly"


def test_a_question_of_which_only_is_known_what_must_be_said_is_answerable() -> None:
    gold = GoldQuestion("5", "How many?", "a.txt", (), (), must_say=(("420",),))

    assert (gold.is_answerable, gold.answerability) == (True, "answerable")
    assert gold.is_answered_by("It carries 420 people.")
    assert not gold.is_answered_by("It carries 1420 people.")


def test_a_note_is_no_answer() -> None:
    judged = make_judged(GOLD, ["It carries dogs."], outcome="possible")

    assert told_text(judged.answer) == "It carries dogs."


def test_a_marker_is_no_answer() -> None:
    gold = GoldQuestion("1", "How many?", "a.txt", ("1",), (Span(10, 13),))

    assert make_judged(gold, ["It carries nobody."]).verdict == "wrong"
    assert told_text(make_judged(gold, ["One.", "Two."]).answer) == "One. Two."


def test_a_citation_is_right_where_it_covers_a_gold_span_of_the_right_document() -> None:
    assert make_judged(GOLD, ["It carries 420."], spans=[(0, 20)]).right_citations == [True]
    assert make_judged(GOLD, ["It carries 420."], spans=[(11, 40)]).right_citations == [False]
    assert make_judged(GOLD, ["It carries 420."], spans=[(0, 20)], uri="b.txt").right_citations == [False]


def test_a_span_covers_what_lies_wholly_inside_it() -> None:
    assert covers(Span(0, 13), [Span(10, 13)])
    assert not covers(Span(0, 12), [Span(10, 13), Span(11, 14)])


def test_a_citation_is_right_where_it_covers_a_span_of_another_document_that_holds_the_answer() -> None:
    gold = replace(GOLD, spans_elsewhere=(("b.txt", Span(3, 6)),))

    assert make_judged(gold, ["It carries 420."], spans=[(0, 9), (10, 20)], uri="b.txt").right_citations == [
        True,
        False,
    ]
    assert make_judged(gold, ["It carries 420."], spans=[(0, 9), (10, 20)]).right_citations == [False, True]


def test_whether_a_question_can_be_answered_is_read_off_what_it_has() -> None:
    assert [gold.answerability for gold in (GOLD, LOOK_ALIKE, ABSENT)] == ["answerable", "look-alike", "absent"]


SMALL_TALK = GoldQuestion("6", "Hello!", None, (), (), kind="small-talk")


def test_small_talk_is_answerable_and_right_where_it_is_answered_and_nothing_is_cited() -> None:
    assert SMALL_TALK.answerability == "answerable"
    assert make_judged(SMALL_TALK, ["Hello."], spans=()).verdict == "right"
    assert make_judged(SMALL_TALK, ["The ferry says hello."]).verdict == "wrong"
    assert make_judged(SMALL_TALK, ["The ferry says hello."], outcome="possible").verdict == "possible"
    assert not make_judged(SMALL_TALK, ["The ferry says hello."], outcome="possible").is_useful
    assert make_judged(SMALL_TALK, None).verdict == "declined"


def test_of_what_must_be_said_a_part_may_be_enough() -> None:
    gold = replace(MUST_SAY, enough=1)

    assert make_judged(gold, ["It carries people."]).verdict == "right"
    assert make_judged(gold, ["It carries dogs."]).verdict == "wrong"
