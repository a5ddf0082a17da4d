from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.metrics.risk_coverage import area_under, coverage_at, trace_risk
from rag.evaluation.metrics.verdicts import JudgedAnswer
from tests.unit.evaluation.judged_answers import GOLD, LOOK_ALIKE, make_judged


def told(gets: str, confidence: float) -> JudgedAnswer:
    if gets == "declined":
        return make_judged(GOLD, None, confidence=confidence)
    return make_judged(GOLD, ["It carries 420." if gets == "right" else "It carries dogs."], confidence=confidence)


JUDGED = st.lists(
    st.builds(told, st.sampled_from(["right", "wrong", "declined"]), st.floats(0, 1)), min_size=1, max_size=30
)


def risks(answers: Sequence[JudgedAnswer]) -> list[float]:
    return [point.risk for point in trace_risk(answers)]


def test_the_surest_answers_come_first_whatever_the_order_of_the_questions() -> None:
    answers = [told("wrong", 0.2), told("right", 0.9), told("right", 0.5)]

    assert risks(answers) == [0.0, 0.0, 1 / 3]


def test_equally_sure_answers_stay_in_the_questions_order() -> None:
    assert risks([told("wrong", 0.5), told("right", 0.5)]) == [1.0, 1 / 2]
    assert risks([told("right", 0.5), told("wrong", 0.5)]) == [0.0, 1 / 2]


def test_a_declined_question_adds_no_answer_however_sure_it_was() -> None:
    curve = trace_risk([told("declined", 0.99), told("right", 0.4), told("wrong", 0.3), told("declined", 0.1)])

    assert curve == ((1 / 4, 0.0), (2 / 4, 1 / 2))
    # Risks at 1 to 4 questions: 0, 1/2, and 1/2 for the two that were declined.
    assert area_under(curve, 4) == pytest.approx((0 + 1 / 2 + 1 / 2 + 1 / 2) / 4)


def test_telling_what_the_documents_do_not_say_is_a_risk() -> None:
    assert risks([make_judged(LOOK_ALIKE, ["It carries 420."], confidence=0.9), told("right", 0.5)]) == [1.0, 1 / 2]


def test_coverage_is_the_highest_at_which_the_risk_is_low_enough() -> None:
    # Wrong, then nine right: 1, 1/2, 1/3, ..., 1/10.
    curve = trace_risk([told("wrong", 0.9), *(told("right", 0.5) for _ in range(9))])

    assert coverage_at(curve, 0.1) == 1.0
    assert coverage_at(curve, 0.12) == 1.0
    assert coverage_at(curve, 0.05) == 0.0


def test_where_nothing_was_answered_there_is_no_curve() -> None:
    assert trace_risk([told("declined", 0.5)]) == ()
    assert area_under((), 1) is None
    assert coverage_at((), 0.05) == 0.0


@given(JUDGED)
def test_risk_and_coverage_stay_between_0_and_1_and_coverage_grows(answers: list[JudgedAnswer]) -> None:
    curve = trace_risk(answers)
    area = area_under(curve, len(answers))

    assert all(0 <= point.risk <= 1 and 0 < point.coverage <= 1 for point in curve)
    assert [point.coverage for point in curve] == sorted({point.coverage for point in curve})
    assert area is None or 0 <= area <= 1
    assert 0 <= coverage_at(curve, 0.05) <= coverage_at(curve, 0.1) <= 1


@given(JUDGED)
def test_the_whole_coverage_has_the_risk_of_all_answers(answers: list[JudgedAnswer]) -> None:
    verdicts = [judged.verdict for judged in answers if judged.verdict != "declined"]
    curve = trace_risk(answers)

    assert len(curve) == len(verdicts)
    assert not curve or curve[-1].risk == pytest.approx(verdicts.count("wrong") / len(verdicts))
