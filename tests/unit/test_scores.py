"""Figures over few questions, worked out on paper."""

import pytest

from rag.scores import Percentiles, Share, answer_figure, percentile, score_outcomes
from tests.unit.outcomes import ABSENT, GOLD, LOOK_ALIKE, make_outcome

# Right and cited; right beside the span; wrong; declined; a look-alike told; a look-alike and an absent one declined.
OUTCOMES = [
    make_outcome(GOLD, ["It carries 420 people."], confidence=0.9),
    make_outcome(GOLD, ["It carries 420 people."], spans=[(11, 40)], confidence=0.4),
    make_outcome(GOLD, ["It carries dogs."], confidence=0.6),
    make_outcome(GOLD, None),
    make_outcome(LOOK_ALIKE, ["It carries 420 people."], confidence=0.8),
    make_outcome(LOOK_ALIKE, None),
    make_outcome(ABSENT, None),
]


def test_right_answers_and_right_citations_are_counted_over_the_answerable_questions() -> None:
    scores = score_outcomes(OUTCOMES)

    assert scores.answers_right == Share(2, 4)
    # The third answer is wrong, but its citation covers the span.
    assert scores.right_sentence_cited == Share(2, 4)
    assert scores.answers_right_and_cited == Share(1, 4)
    assert scores.citations_right == Share(2, 3)
    assert scores.quotes_exact == Share(4, 4)


def test_crag_gives_a_point_for_right_none_for_declined_and_takes_one_for_wrong() -> None:
    scores = score_outcomes(OUTCOMES)

    assert scores.crag_of_answerable == pytest.approx((1 + 1 - 1 + 0) / 4)
    assert scores.crag == pytest.approx((1 + 1 - 1 + 0 - 1 + 0 + 0) / 7)


def test_declined_questions_are_told_by_kind_and_balanced() -> None:
    scores = score_outcomes(OUTCOMES)

    assert scores.declined == {"answerable": Share(1, 4), "look-alike": Share(1, 2), "absent": Share(1, 1)}
    assert scores.unanswerable_answered == Share(1, 3)
    # Answered three of four, declined two of three.
    assert scores.balanced_accuracy == pytest.approx((3 / 4 + 2 / 3) / 2)


def test_risk_is_traced_from_the_surest_answer_on() -> None:
    scores = score_outcomes(OUTCOMES)

    # By confidence: right .9, look-alike .8, wrong .6, right .4; then three declined at the last risk.
    assert [(point.coverage, point.risk) for point in scores.risk_coverage] == [
        (1 / 7, 0.0),
        (2 / 7, 1 / 2),
        (3 / 7, 2 / 3),
        (4 / 7, 1 / 2),
    ]
    assert scores.area_under_risk == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2 + 3 * (1 / 2)) / 7)
    assert scores.coverage_at_5 == pytest.approx(1 / 7)


def test_times_are_percentiles_over_the_questions() -> None:
    scores = score_outcomes(OUTCOMES)

    assert scores.total_ms == Percentiles(20.0, 20.0, 20.0)
    assert percentile([10.0, 20.0, 30.0], 50) == 20.0
    assert percentile([10.0, 20.0], 95) == 19.5
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None


def test_of_nothing_there_is_no_figure() -> None:
    scores = score_outcomes([])

    assert (scores.crag, scores.token_f1, scores.balanced_accuracy, scores.area_under_risk) == (None,) * 4
    assert answer_figure("answers_right", scores) is None
    assert scores.coverage_at_5 == 0.0
