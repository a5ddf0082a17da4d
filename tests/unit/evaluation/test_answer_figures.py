"""Figures over few questions, worked out on paper."""

from dataclasses import replace

import pytest

from rag.evaluation.metrics.answer_figures import Percentiles, figures_with_floors, measure_answers, percentile
from rag.evaluation.metrics.outcomes import Share
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from tests.unit.evaluation.judged_answers import ABSENT, GOLD, LOOK_ALIKE, make_judged

# Right and cited; right beside the span; wrong; declined; a look-alike told; a look-alike and an absent one declined.
JUDGED = [
    make_judged(GOLD, ["It carries 420 people."], confidence=0.9),
    make_judged(GOLD, ["It carries 420 people."], spans=[(11, 40)], confidence=0.4),
    make_judged(GOLD, ["It carries dogs."], confidence=0.6),
    make_judged(GOLD, None),
    make_judged(LOOK_ALIKE, ["It carries 420 people."], confidence=0.8),
    make_judged(LOOK_ALIKE, None),
    make_judged(ABSENT, None),
]


def test_right_answers_and_right_citations_are_counted_over_the_answerable_questions() -> None:
    figures = measure_answers(JUDGED)

    assert figures.outcomes.right == Share(2, 4)
    # The third answer is wrong, but its citation covers the span.
    assert figures.right_sentence_cited == Share(2, 4)
    assert figures.answers_right_and_cited == Share(1, 4)
    assert figures.citations_right == Share(2, 3)
    assert figures.quotes_exact == Share(4, 4)


def test_crag_gives_a_point_for_right_none_for_declined_and_takes_one_for_wrong() -> None:
    figures = measure_answers(JUDGED)

    assert figures.crag_of_answerable == pytest.approx((1 + 1 - 1 + 0) / 4)
    assert figures.crag == pytest.approx((1 + 1 - 1 + 0 - 1 + 0 + 0) / 7)


def test_small_talk_needs_no_citation() -> None:
    small_talk = GoldQuestion("4", "Hello!", None, (), (), kind="small-talk")

    figures = measure_answers([*JUDGED, make_judged(small_talk, ["Hello."], spans=())])

    assert figures.citations == measure_answers(JUDGED).citations
    assert figures.outcomes.right == Share(3, 5)


def test_questions_that_got_nothing_confirmed_are_told_by_answerability_and_balanced() -> None:
    figures = measure_answers(JUDGED)

    assert figures.abstained == {"answerable": Share(1, 4), "look-alike": Share(1, 2), "absent": Share(1, 1)}
    assert figures.outcomes.unanswerable_answered == Share(1, 3)
    # Answered three of four, declined two of three.
    assert figures.balanced_accuracy == pytest.approx((3 / 4 + 2 / 3) / 2)


# The answer among what may be one; not among it; a part of it, but another; what may answer a look-alike.
UNSURE = [
    make_judged(GOLD, ["It carries 420 people."], outcome="possible", confidence=0.3),
    make_judged(GOLD, ["It carries dogs."], outcome="possible", confidence=0.2),
    make_judged(GOLD, ["It carries dogs."], outcome="partly", confidence=0.5),
    make_judged(LOOK_ALIKE, ["It does."], outcome="possible", confidence=0.1),
]


def test_verdicts_are_counted_for_answerable_questions_and_for_the_others() -> None:
    figures = measure_answers([*JUDGED, *UNSURE])

    assert figures.outcomes.verdicts == {
        "answerable": {"right": 2, "partly": 1, "wrong": 1, "possible": 2, "declined": 1},
        "unanswerable": {"right": 0, "partly": 0, "wrong": 1, "possible": 1, "declined": 2},
    }


def test_what_is_useful_is_told_as_an_answer_or_shown_among_what_may_be_one() -> None:
    figures = measure_answers([*JUDGED, *UNSURE])

    assert figures.outcomes.right == Share(2, 7)
    assert figures.outcomes.useful == Share(3, 7)
    assert figures.outcomes.possible_with_answer == Share(1, 2)


def test_a_part_of_an_answer_is_half_a_point_and_what_is_only_possible_is_none() -> None:
    figures = measure_answers(UNSURE)

    assert figures.crag_of_answerable == pytest.approx((0 + 0 + 0.5) / 3)
    assert figures.crag == pytest.approx((0 + 0 + 0.5 + 0) / 4)


def test_what_is_only_possible_is_abstained_and_no_answer_at_any_risk() -> None:
    figures = measure_answers(UNSURE)

    assert figures.abstained == {"answerable": Share(2, 3), "look-alike": Share(1, 1), "absent": Share(0, 0)}
    assert figures.outcomes.unanswerable_answered == Share(0, 1)
    assert [point.coverage for point in figures.risk_coverage] == [1 / 4]


def test_figures_of_answers_are_named_for_what_they_count() -> None:
    figures = measure_answers([*JUDGED, *UNSURE])

    named = figures_with_floors(figures)
    assert (named["useful"], named["answers_right"], named["absent_abstained"]) == (3 / 7, 2 / 7, 1.0)
    # One look-alike told, one declined, one possible.
    assert named["look_alike_abstained"] == 2 / 3
    assert (named["right_or_declined"], named["unanswerable_abstained"]) == (5 / 11, 3 / 4)
    assert named["not_wrong"] == pytest.approx(6 / 7)


def test_figures_of_a_kind_of_question_are_named_for_it() -> None:
    figures = measure_answers([of_kind("list", JUDGED[0]), of_kind("list", JUDGED[3]), of_kind("", JUDGED[4])])

    named = figures_with_floors(figures)
    assert named["by_kind.list.right_or_declined"] == named["by_kind.list.useful"] == 1 / 2
    assert named["by_kind.list.not_wrong"] == 1.0
    assert named["by_kind.list.unanswerable_abstained"] is None
    assert named["by_kind.other.right_or_declined"] == 0.0


def of_kind(kind: str, judged: JudgedAnswer) -> JudgedAnswer:
    return replace(judged, gold=replace(judged.gold, kind=kind))


def test_risk_is_traced_from_the_surest_answer_on() -> None:
    figures = measure_answers(JUDGED)

    # By confidence: right .9, look-alike .8, wrong .6, right .4; then three declined at the last risk.
    assert [(point.coverage, point.risk) for point in figures.risk_coverage] == [
        (1 / 7, 0.0),
        (2 / 7, 1 / 2),
        (3 / 7, 2 / 3),
        (4 / 7, 1 / 2),
    ]
    assert figures.area_under_risk == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2 + 3 * (1 / 2)) / 7)
    assert figures.coverage_at_5 == pytest.approx(1 / 7)


def test_times_are_percentiles_over_the_questions() -> None:
    figures = measure_answers(JUDGED)

    assert figures.total_ms == Percentiles(20.0, 20.0, 20.0)
    assert percentile([10.0, 20.0, 30.0], 50) == 20.0
    assert percentile([10.0, 20.0], 95) == 19.5
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None


def test_of_nothing_there_is_no_figure() -> None:
    figures = measure_answers([])

    assert (figures.crag, figures.token_f1, figures.balanced_accuracy, figures.area_under_risk) == (None,) * 4
    assert figures_with_floors(figures)["answers_right"] is None
    assert figures.coverage_at_5 == 0.0
