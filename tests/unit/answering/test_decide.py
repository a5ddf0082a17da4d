"""The whole table of what becomes of a question, of an LLM's sentence, and of an answer."""

from itertools import product

import pytest

from rag.answering.decide import (
    AnswerOptions,
    Display,
    Route,
    Situation,
    decide,
    decide_outcome,
    decide_sentence,
    estimate_quote,
    reason_to_abstain,
)
from rag.answering.reply.sentence_check import CheckedSentence, CheckResult
from rag.types import AnswerSentence, Hit, Outcome, Span
from tests.unit.conftest import make_document, make_hits, make_passages

HIT = make_hits(make_passages(make_document()))[0]
PLACE: tuple[Hit, Span] = (HIT, HIT.passage.sentences[0])
OPTIONS = AnswerOptions(min_near=0.3, min_quote=0.2, min_possible=0.1, min_answered=0.5)
NEAR, FAR = 0.3, 0.29
SURE, UNSURE, UNLIKELY_QUOTE = 0.2, 0.19, 0.09


def situation(nearness: float, likelihood: float, **known: bool) -> Situation:
    return Situation(
        **{"has_hits": True, "has_evidence": True, "has_llm": False, **known}, nearness=nearness, likelihood=likelihood
    )


@pytest.mark.parametrize(
    ("known", "route"),
    [
        (situation(NEAR, SURE), "quote"),
        (situation(NEAR, UNSURE), "show_possible"),
        (situation(NEAR, UNLIKELY_QUOTE), "decline"),
        (situation(NEAR, UNLIKELY_QUOTE, has_llm=True), "generate"),
        (situation(NEAR, SURE, has_evidence=False), "show_possible"),
        # Headings alone are no evidence, and nothing estimates them.
        (situation(NEAR, 0.0, has_evidence=False), "show_possible"),
        (situation(NEAR, SURE, has_llm=True), "generate"),
        (situation(NEAR, UNSURE, has_llm=True, has_evidence=False), "generate"),
        (situation(FAR, SURE), "decline"),
        (situation(FAR, SURE, has_llm=True), "decline"),
        (situation(-1.0, 0.0, has_hits=False, has_evidence=False), "decline"),
        # The query that the LLM failed to write might have come nearer.
        (situation(FAR, SURE, lost_rewriting=True), "quote"),
        (situation(FAR, UNSURE, lost_rewriting=True), "show_possible"),
        (situation(FAR, UNLIKELY_QUOTE, lost_rewriting=True), "show_possible"),
        (situation(-1.0, 0.0, has_hits=False, has_evidence=False, lost_rewriting=True), "decline"),
    ],
)
def test_the_way_of_a_question(known: Situation, route: Route) -> None:
    assert decide(known, OPTIONS) == route


def test_a_question_without_hits_is_always_declined() -> None:
    for has_evidence, has_llm, lost_rewriting in product((True, False), repeat=3):
        known = situation(
            1.0, 1.0, has_hits=False, has_evidence=has_evidence, has_llm=has_llm, lost_rewriting=lost_rewriting
        )

        assert decide(known, OPTIONS) == "decline"


def test_the_surer_the_judge_the_likelier_a_quote_answers() -> None:
    estimates = [estimate_quote(judged, 0.5) for judged in (0.0, 0.01, 0.1, 0.5, 0.9, 1.0)]

    assert estimates == sorted(set(estimates))
    assert 0 < estimates[0] < AnswerOptions().min_quote < estimates[-1] < 1


def test_a_quote_that_is_not_about_the_question_is_no_answer_however_sure_the_judge_is() -> None:
    estimates = [estimate_quote(0.9, confidence) for confidence in (0.01, 0.03, 0.05, 0.1)]

    assert estimates == sorted(set(estimates))
    assert estimates[0] < AnswerOptions().min_possible
    assert estimates[1] < AnswerOptions().min_quote < estimates[-1]


def test_once_a_quote_is_about_the_question_only_the_judge_counts() -> None:
    assert estimate_quote(0.5, 0.2) == estimate_quote(0.5, 0.9)


LIKELY, UNLIKELY = 0.5, 0.49
CHECK_ALONE = None


@pytest.mark.parametrize(
    ("result", "likelihood", "has_declined", "adds", "display"),
    [
        ("supported", LIKELY, False, True, "shown"),
        ("supported", LIKELY, False, False, "quoted"),
        ("supported", LIKELY, True, True, "shown"),
        ("supported", UNLIKELY, False, True, "withheld"),
        ("doubtful", LIKELY, False, True, "quoted"),
        ("doubtful", LIKELY, True, True, "withheld"),
        ("doubtful", UNLIKELY, False, True, "withheld"),
        ("contradicted", LIKELY, False, True, "quoted"),
        ("contradicted", UNLIKELY, False, True, "withheld"),
        ("supported", CHECK_ALONE, False, False, "shown"),
        ("doubtful", CHECK_ALONE, False, True, "withheld"),
        ("contradicted", CHECK_ALONE, False, True, "withheld"),
    ],
)
def test_how_a_sentence_is_shown(
    result: CheckResult, likelihood: float | None, *, has_declined: bool, adds: bool, display: Display
) -> None:
    checked = CheckedSentence("It carries 420.", result, (), 0.02, PLACE)

    assert decide_sentence(checked, likelihood, 0.5, has_declined=has_declined, adds_information=adds) == display


@pytest.mark.parametrize(
    "checked", [CheckedSentence("A.", "unsafe"), CheckedSentence("A.", "doubtful", (), 0.019, PLACE)]
)
def test_a_sentence_without_a_place_that_says_some_of_it_is_withheld(checked: CheckedSentence) -> None:
    assert decide_sentence(checked, LIKELY, 0.5, has_declined=False, adds_information=True) == "withheld"


CITED = AnswerSentence("It carries 420.", (1,), supported=True)
MARKED = AnswerSentence("It is white.", (), supported=False)


@pytest.mark.parametrize(
    ("sentences", "unanswered", "outcome"),
    [
        ([CITED], [], "answered"),
        ([CITED], ["Who leads the crew?"], "partly"),
        ([CITED, MARKED], [], "partly"),
    ],
)
def test_the_outcome_of_an_answer(sentences: list[AnswerSentence], unanswered: list[str], outcome: Outcome) -> None:
    assert decide_outcome(sentences, unanswered) == outcome


def test_why_a_reply_is_no_answer() -> None:
    assert reason_to_abstain(has_declined=True) == "llm_declined"
    assert reason_to_abstain(has_declined=False) == "unsupported"
