import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.bootstrap import Interval
from rag.errors import EvaluationInvalid
from rag.eval_report import compare_with, read_earlier, require_common_questions
from rag.eval_tables import comparison_rows, describe_comparison, retrieval_rows
from rag.ranking import FIGURES
from tests.reports import NOT_FOUND, found_at, make_question, make_report, write_report


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

    with pytest.raises(EvaluationInvalid, match=r"before.json is no report to compare with") as refused:
        read_earlier(path, "harbour")

    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"no report to compare with \(FileNotFoundError"):
        read_earlier(tmp_path / "before.json", "harbour")


def test_the_table_has_a_column_a_leg_and_half_of_each_interval() -> None:
    report = make_report([found_at(1)])
    legs = {"fused": {figure: Interval(0.861, 0.85, 0.87) for figure in FIGURES}}

    rows = retrieval_rows(replace(report, retrieval=replace(report.retrieval, legs=legs)))

    assert rows[:2] == [("1 answerable", "fused"), ("R@1", "0.861 ±0.010")]
