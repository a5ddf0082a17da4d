import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.evaluation.earlier import compare_with, read_earlier, require_common_questions
from rag.evaluation.metrics.answer_figures import ANSWER_FIGURES
from rag.evaluation.metrics.bootstrap import Interval
from rag.evaluation.metrics.comparison import compare_answers
from rag.evaluation.metrics.ranking import FIGURES
from rag.evaluation.tables import (
    answer_tables,
    comparison_rows,
    describe_comparison,
    describe_sample,
    naive_rows,
    retrieval_rows,
)
from tests.reports import NOT_FOUND, add_run, found_at, make_question, make_report, write_report
from tests.unit.evaluation.judged_answers import ABSENT, GOLD, LOOK_ALIKE, make_judged

# Right and cited; wrong; declined; a look-alike told; an absent one declined.
JUDGED = [
    make_judged(GOLD, ["It carries 420 people."], confidence=0.9),
    make_judged(GOLD, ["It carries dogs."], spans=[(11, 40)], confidence=0.4),
    make_judged(GOLD, None),
    make_judged(LOOK_ALIKE, ["It carries 420 people."], confidence=0.8),
    make_judged(ABSENT, None),
]


def make_answered():
    report = make_report([found_at(1)])
    return add_run(add_run(report, "extractive", JUDGED), "a/model-1.5", JUDGED[:3], absent_from="manuals")


def printed(folder: Path, report) -> Path:
    return write_report(folder / "before.json", json.dumps(report.as_json(), default=str))


def test_a_report_names_its_figures_by_leg() -> None:
    report = make_report([found_at(1), found_at(2)]).as_json()

    assert report["legs"]["fused"]["mrr_at_10"]["value"] == 0.75
    assert report["legs"]["dense"]["recall_at_1"].keys() == {"value", "low", "high"}
    assert (report["n_questions"], report["n_answerable"], report["n_answered"]) == (3, 2, 0)
    assert report["rankings"][1]["legs"]["lexical"]["answer_rank"] == 2


def test_a_report_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = printed(tmp_path, make_report([found_at(1), NOT_FOUND]))

    earlier = read_earlier(path, "harbour")

    assert earlier.rankings == {"q1": found_at(1), "q2": NOT_FOUND}
    assert (earlier.index_version, earlier.leg) == ("v1", "fused")


def test_a_comparison_tells_what_each_side_alone_was_asked(tmp_path: Path) -> None:
    earlier = read_earlier(printed(tmp_path, make_report([NOT_FOUND, found_at(1), found_at(1)])), "harbour")

    comparison = compare_with(earlier, make_report([found_at(1), found_at(1)]).retrieval, seed=1)

    assert (comparison.n_compared, comparison.n_only_before, comparison.n_only_now) == (2, 1, 0)
    assert comparison_rows(comparison)[1] == ("R@1", "+0.500", "[+0.000, +1.000]", "1.0000", "1", "0", "1")
    assert "2 questions in both, 1 only before, 0 only now" in describe_comparison(comparison)


def test_a_report_of_another_set_is_refused(tmp_path: Path) -> None:
    path = printed(tmp_path, make_report([found_at(1)], name="manuals"))

    with pytest.raises(EvaluationInvalid, match="is a report of the set 'manuals', not of 'harbour'"):
        read_earlier(path, "harbour")


def test_a_report_without_a_question_of_this_set_is_refused(tmp_path: Path) -> None:
    earlier = read_earlier(printed(tmp_path, make_report([found_at(1)])), "harbour")

    with pytest.raises(EvaluationInvalid, match="has no answerable question of this set"):
        require_common_questions(earlier, [make_question(2), make_question(1, is_answerable=False)])


WHOLE = {"set": "harbour", "index_version": "v", "date": "d", "rankings": [], "reliability": {"leg": "fused"}}
MISSPELT = {"id": "1", "answerable": True, "legs": {"fused": {"answer_rank": "first"}}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({**WHOLE, "rankings": {}}),
        json.dumps({**WHOLE, "rankings": [{"id": "1"}]}),
        json.dumps({**WHOLE, "rankings": [MISSPELT]}),
        json.dumps({**WHOLE, "reliability": {"leg": "none"}}),
    ],
)
def test_a_file_that_is_no_report_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = write_report(tmp_path / "before.json", text)

    with pytest.raises(EvaluationInvalid, match=r"before.json is not a report") as refused:
        read_earlier(path, "harbour")

    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"before.json cannot be read \(No such file"):
        read_earlier(tmp_path / "before.json", "harbour")


def test_the_table_has_a_column_a_leg_and_half_of_each_interval() -> None:
    report = make_report([found_at(1)])
    legs = {"fused": {figure: Interval(0.861, 0.85, 0.87) for figure in FIGURES}}

    rows = retrieval_rows(replace(report, retrieval=replace(report.retrieval, legs=legs)))

    assert rows[:2] == [("1 with a known place", "fused"), ("R@1", "0.861 ±0.010")]


def test_a_report_has_the_figures_of_each_answerer_and_what_each_question_got() -> None:
    report = json.loads(json.dumps(make_answered().as_json()))

    figures = report["answerers"]["extractive"]
    assert figures["outcomes"]["right"] == {"n": 1, "of": 3, "value": pytest.approx(1 / 3)}
    assert figures["abstained"]["absent"] == {"n": 1, "of": 1, "value": 1.0}
    assert figures["citations_by_gold"] == {"recall": 1.0, "precision": 1.0, "n_sentences": 1}
    assert figures["risk_coverage"] == [[0.2, 0.0], [0.4, 0.5], [0.6, pytest.approx(2 / 3)]]
    assert figures["total_ms"] == {"p50": 20.0, "p95": 20.0, "p99": 20.0}
    assert report["sample"] == {"n_each": 5, "seed": 7, "absent_from": "manuals"}
    got = [(one["answerability"], one["verdict"], one["right_cited"]) for one in report["questions"]["extractive"]]
    assert got == [
        ("answerable", "right", True),
        ("answerable", "wrong", False),
        ("answerable", "declined", False),
        ("look-alike", "wrong", None),
        ("absent", "declined", None),
    ]


def test_figures_are_named_by_answerer_as_floors_name_them() -> None:
    figures = make_answered().figures()

    assert figures["extractive.absent_abstained"] == 1.0
    assert figures["a/model-1.5.answers_right"] == pytest.approx(1 / 3)
    assert figures["a/model-1.5.absent_abstained"] is None
    assert {f"extractive.{figure}" for figure in ANSWER_FIGURES} <= figures.keys()


def test_the_tables_of_answers_are_grouped_with_a_column_an_answerer() -> None:
    tables = answer_tables(make_answered())

    assert [rows[0] for rows in tables] == [
        (title, "extractive", "a/model-1.5")
        for title in ("OUTCOMES", "ANSWERS", "CITATIONS", "ABSTENTION", "TIME, ms: p50, p95, p99")
    ]
    shown = {row[0]: row[1:] for rows in tables for row in rows[1:]}
    assert shown["right: a gold answer is in it"] == ("33.3% (1/3)", "33.3% (1/3)")
    assert shown["CRAG score, all questions"] == ("-0.200", "+0.000")
    assert shown["abstained, absent questions"] == ("100.0% (1/1)", "-")
    assert shown["coverage at a risk of 5 %"] == ("20.0%", "33.3%")
    assert shown["whole answer"] == ("20, 20, 20", "20, 20, 20")


def test_without_answers_there_is_no_table_of_them() -> None:
    report = make_report([found_at(1)])

    assert (answer_tables(report), describe_sample(report)) == ([], "")


def test_the_sample_is_told_by_answerability_with_its_seed_and_where_absent_questions_are_from() -> None:
    report = add_run(make_report([found_at(1)]), "extractive", JUDGED, absent_from="manuals")

    assert describe_sample(report) == (
        "5 questions answered: 3 answerable, 1 look-alike, 1 absent; at most 5 of each, drawn with seed 7, "
        "absent ones from manuals."
    )


RIGHT = make_judged(GOLD, ["It carries 420 people."])
WRONG = make_judged(GOLD, ["It carries dogs."])
SHOWN = make_judged(GOLD, ["It carries 420 people."], outcome="possible")
DECLINED = make_judged(GOLD, None)
TOLD_LOOK_ALIKE = make_judged(LOOK_ALIKE, ["It does."])
DECLINED_LOOK_ALIKE = make_judged(LOOK_ALIKE, None)


def test_an_answerer_is_compared_with_the_naive_chatbot_question_by_question() -> None:
    naive = [RIGHT, WRONG, WRONG, TOLD_LOOK_ALIKE]
    ours = [RIGHT, RIGHT, SHOWN, DECLINED_LOOK_ALIKE]

    comparison = compare_answers("extractive", naive, ours, seed=1)

    found = {one.figure.split(",")[0].split(":")[0]: one for one in comparison.figures}
    assert (comparison.answerer, comparison.n_questions) == ("extractive", 4)
    assert {name: (one.before, one.now) for name, one in found.items()} == {
        "right": (1, 2),
        "wrong": (3, 0),
        "useful": (1, 3),
    }
    assert {name: one.difference.value for name, one in found.items()} == {"right": 0.25, "wrong": -0.75, "useful": 0.5}
    assert all(one.difference.low <= one.difference.value <= one.difference.high for one in comparison.figures)
    assert all(0.0 < one.p <= 1.0 for one in comparison.figures)


def test_who_answers_alike_does_not_differ() -> None:
    comparison = compare_answers("extractive", [RIGHT, DECLINED], [RIGHT, DECLINED], seed=1)

    assert [(one.before - one.now, one.difference.value, one.p) for one in comparison.figures] == [(0, 0.0, 1.0)] * 3


def test_answerers_of_different_questions_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare_answers("extractive", [RIGHT], [RIGHT, WRONG], seed=1)


def test_what_many_questions_changed_is_surer_than_what_few_did() -> None:
    p_by_number = {}
    for n in (2, 12):
        comparison = compare_answers("extractive", [WRONG] * n, [RIGHT] * n, seed=1)
        p_by_number[n] = comparison.figures[0].p

    # Of two changes of sign, all fall to one side in a half of all cases; of twelve, in one of 2,048.
    assert p_by_number[2] == pytest.approx(0.5, abs=0.05)
    assert p_by_number[12] < 0.01


def test_the_comparison_with_the_naive_chatbot_is_a_table_and_part_of_the_report() -> None:
    naive = [RIGHT, WRONG, WRONG, TOLD_LOOK_ALIKE]
    comparison = compare_answers("extractive", naive, [RIGHT, RIGHT, SHOWN, DECLINED_LOOK_ALIKE], seed=1)

    rows = naive_rows(comparison)
    report = json.loads(json.dumps(replace(make_answered(), against_naive=(comparison,)).as_json()))

    assert rows[0] == ("extractive minus naive", "naive", "difference", "95 % interval", "p")
    assert [row[1:3] for row in rows[1:]] == [("1", "+1"), ("3", "-3"), ("1", "+2")]
    (right, *_) = report["against_naive"]["extractive"]
    assert (right["figure"], right["before"], right["now"], right["difference"]["value"]) == ("right", 1, 2, 0.25)


def test_a_report_without_the_naive_chatbot_compares_nothing_with_it() -> None:
    assert make_answered().as_json()["against_naive"] == {}


def test_outcomes_are_a_table_of_their_own_that_adds_up() -> None:
    answers = [*JUDGED, SHOWN, make_judged(GOLD, ["It carries dogs."], outcome="partly"), DECLINED_LOOK_ALIKE]

    table = answer_tables(add_run(make_report([found_at(1)]), "extractive", answers))[0]

    assert [tuple(cell.strip() for cell in row) for row in table] == [
        ("OUTCOMES", "extractive"),
        ("answerable: right", "1"),
        ("partly right, the rest named", "1"),
        ("wrong", "1"),
        ("possible, the answer among them", "1"),
        ("possible, without the answer", "0"),
        ("declined", "1"),
        ("useful: right, or shown as possible", "40.0% (2/5)"),
        ("not answerable: answered", "1"),
        ("not answerable: possible", "0"),
        ("not answerable: declined", "2"),
        ("right, or rightly declined", "37.5% (3/8)"),
    ]


def test_of_each_question_its_outcome_is_told() -> None:
    report = add_run(make_report([found_at(1)]), "extractive", [RIGHT, SHOWN, DECLINED]).as_json()

    assert [(one["outcome"], one["verdict"]) for one in report["questions"]["extractive"]] == [
        ("answered", "right"),
        ("possible", "possible"),
        ("declined", "declined"),
    ]
