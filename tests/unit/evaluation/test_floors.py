from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.evaluation.floors import find_broken_floors, find_unchecked_floors, read_floors

MEASURED = {"fused.recall_at_1": 0.861, "fused.ndcg_at_10": None, "extractive.answers_right": 0.7}


def written(folder: Path, text: str) -> Path:
    path = folder / "floors.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_floors_of_a_set_are_read_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, '[squad2]\n"fused.recall_at_1" = 0.87\n[other]\n"dense.mrr_at_10" = 1\n')

    assert read_floors(path, "squad2") == {"fused.recall_at_1": 0.87}
    assert read_floors(path, "seed") == {}


def test_a_file_named_for_a_set_must_speak_of_it(tmp_path: Path) -> None:
    path = written(tmp_path, '[squad2]\n"fused.recall_at_1" = 0.87\n')

    with pytest.raises(EvaluationInvalid, match="has floors for squad2, not for seed"):
        read_floors(path, "seed", is_for_this_set=True)


def test_a_name_that_is_no_figure_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path, '[squad2]\n"fused.recall_at_2" = 0.87\n')

    with pytest.raises(EvaluationInvalid, match=r"\[squad2\]: there is no figure 'fused.recall_at_2'.*recall_at_1"):
        read_floors(path, "manuals")


def test_a_floor_may_be_that_of_a_kind_of_question(tmp_path: Path) -> None:
    text = '[squad2]\n"extractive.by_kind.count.useful" = 0.9\n"a/Qwen2.5.by_kind.how-to.not_wrong" = 0.96\n'

    floors = read_floors(written(tmp_path, text), "squad2")

    assert floors == {"extractive.by_kind.count.useful": 0.9, "a/Qwen2.5.by_kind.how-to.not_wrong": 0.96}
    assert find_unchecked_floors(floors, {"extractive.by_kind.count.useful": 0.8}) == [
        "a/Qwen2.5.by_kind.how-to.not_wrong"
    ]


@pytest.mark.parametrize(
    "figure",
    [
        "extractive.by_kind.useful",
        "extractive.by_kind.count.token_f1",
        "fused.by_kind.fact.useful",
    ],
)
def test_other_figures_of_a_kind_have_no_floor(tmp_path: Path, figure: str) -> None:
    with pytest.raises(EvaluationInvalid, match=f"there is no figure '{figure}'"):
        read_floors(written(tmp_path, f'[squad2]\n"{figure}" = 0.5\n'), "squad2")


def test_a_floor_of_answers_names_any_answerer(tmp_path: Path) -> None:
    path = written(tmp_path, '[squad2]\n"extractive.absent_abstained" = 0.9\n"a/Qwen2.5-1.5B.token_f1" = 0.2\n')

    assert read_floors(path, "squad2") == {"extractive.absent_abstained": 0.9, "a/Qwen2.5-1.5B.token_f1": 0.2}


@pytest.mark.parametrize("figure", ["extractive.area_under_risk", "extractive.recall_at_1", "fused.answers_right"])
def test_a_figure_of_another_kind_is_no_figure(tmp_path: Path, figure: str) -> None:
    path = written(tmp_path, f'[squad2]\n"{figure}" = 0.5\n')

    with pytest.raises(EvaluationInvalid, match=f"there is no figure '{figure}'"):
        read_floors(path, "squad2")


@pytest.mark.parametrize("floor", ["87", "-0.1", "true", '"0.8"'])
def test_a_floor_is_a_number_from_0_to_1(tmp_path: Path, floor: str) -> None:
    path = written(tmp_path, f'[squad2]\n"fused.recall_at_1" = {floor}\n')

    with pytest.raises(EvaluationInvalid, match="must be a number from 0 to 1"):
        read_floors(path, "squad2")


def test_a_floor_outside_of_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="is outside of a table"):
        read_floors(written(tmp_path, '"fused.recall_at_1" = 0.87\n'), "squad2")


@pytest.mark.parametrize("text", ["[squad2\n", None])
def test_a_file_that_is_no_toml_or_not_there_is_told(tmp_path: Path, text: str | None) -> None:
    path = written(tmp_path, text) if text else tmp_path / "floors.toml"

    with pytest.raises(EvaluationInvalid, match=r"floors.toml cannot be read as TOML"):
        read_floors(path, "squad2")


def test_a_figure_below_its_floor_is_told_with_both() -> None:
    broken = find_broken_floors({"fused.recall_at_1": 0.87}, MEASURED)

    assert [floor.described() for floor in broken] == ["fused.recall_at_1 is 0.8610, below its floor of 0.87"]


def test_a_figure_at_its_floor_holds() -> None:
    assert find_broken_floors({"fused.recall_at_1": 0.861}, MEASURED) == []


@pytest.mark.parametrize("figure", ["fused.ndcg_at_10", "reranked.recall_at_1"])
def test_a_figure_that_was_not_measured_breaks_its_floor(figure: str) -> None:
    broken = find_broken_floors({figure: 0.5}, MEASURED)

    assert [floor.described() for floor in broken] == [f"{figure} has a floor of 0.5 but was not measured"]


def test_a_floor_of_answers_is_checked_where_the_answerer_ran() -> None:
    floors = {"extractive.answers_right": 0.75, "Qwen2.5.answers_right": 0.6, "extractive.absent_abstained": 0.9}

    assert [floor.figure for floor in find_broken_floors(floors, MEASURED)] == ["extractive.answers_right"]
    assert find_unchecked_floors(floors, MEASURED) == ["Qwen2.5.answers_right", "extractive.absent_abstained"]
