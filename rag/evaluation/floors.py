"""Read the figures that a set must reach from a TOML file, and compare them with the measured ones.

The file has a table for each set: `[squad2]`, `"fused.recall_at_1" = 0.87`. A figure's name begins
with the leg of the search, or with the answerer: `"extractive.answers_right" = 0.5`. That of a kind
of question is `"extractive.by_kind.count.useful" = 0.9`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.evaluation.metrics.answer_figures import ANSWER_FIGURES, BY_KIND
from rag.evaluation.metrics.outcomes import OUTCOME_FIGURES
from rag.evaluation.metrics.ranking import FIGURES, LEGS

FLOORS_FILE = Path("evals") / "floors.toml"


@dataclass(frozen=True, slots=True)
class BrokenFloor:
    """A figure that is too low, or was not measured if `value` is None."""

    figure: str
    value: float | None
    floor: float

    def described(self) -> str:
        """Return one line about it."""
        if self.value is None:
            return f"{self.figure} has a floor of {self.floor} but was not measured"
        return f"{self.figure} is {self.value:.4f}, below its floor of {self.floor}"


def read_floors(path: Path, set_name: str, *, is_for_this_set: bool = False) -> dict[str, float]:
    """Return the floors of a set by the figures' names.

    Args:
        is_for_this_set: The file must have a table for this set.

    Raises:
        EvaluationInvalid: The file cannot be read, or names an unknown figure.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvaluationInvalid(
            f"{path} cannot be read as TOML ({error})", next_step="correct it, or give another --floors"
        ) from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise EvaluationInvalid(
                f"{path}: {name} = {table!r} is outside of a table", next_step="put it under [NAME-OF-A-SET]"
            )
        for figure, floor in table.items():
            _require_floor(figure, floor, f"{path}, [{name}]")
    if is_for_this_set and set_name not in tables:
        raise EvaluationInvalid(
            f"{path} has floors for {', '.join(tables) or 'no set'}, not for {set_name}",
            next_step=f"add [{set_name}] to it",
        )
    return {figure: float(floor) for figure, floor in tables.get(set_name, {}).items()}


def find_broken_floors(floors: Mapping[str, float], measured: Mapping[str, float | None]) -> list[BrokenFloor]:
    """Return the figures below their floors, in the floors' order.

    A figure of a search that was not measured breaks its floor, since every search is measured.

    Args:
        measured: What `EvaluationReport.figures` returns.
    """
    unchecked = find_unchecked_floors(floors, measured)
    found = {name: measured.get(name) for name in floors if name not in unchecked}
    return [
        BrokenFloor(name, value, floors[name]) for name, value in found.items() if value is None or value < floors[name]
    ]


def find_unchecked_floors(floors: Mapping[str, float], measured: Mapping[str, float | None]) -> list[str]:
    """Return the figures of answers with a floor that were not measured, in the floors' order.

    The answerer did not run, or it got no question of the kind that the figure counts.
    """
    return [name for name in floors if _is_of_answers(name) and measured.get(name) is None]


def _is_of_answers(name: str) -> bool:
    # The name of an LLM may hold dots.
    answerer, of_kind, rest = name.rpartition(f".{BY_KIND}.")
    kind, _, figure = rest.rpartition(".")
    if not of_kind:
        return bool(kind) and kind not in LEGS and figure in ANSWER_FIGURES
    return bool(answerer) and answerer not in LEGS and bool(kind) and figure in OUTCOME_FIGURES


def _is_of_search(name: str) -> bool:
    leg, _, figure = name.partition(".")
    return leg in LEGS and figure in FIGURES


def _require_floor(figure: str, floor: object, place: str) -> None:
    if not _is_of_search(figure) and not _is_of_answers(figure):
        raise EvaluationInvalid(
            f"{place}: there is no figure {figure!r}",
            next_step=f'write "LEG.FIGURE" with one of {", ".join(LEGS)} and one of {", ".join(FIGURES)}, or '
            f'"ANSWERER.FIGURE" such as "extractive.FIGURE" with one of {", ".join(ANSWER_FIGURES)}',
        )
    if isinstance(floor, bool) or not isinstance(floor, int | float) or not 0 <= floor <= 1:
        raise EvaluationInvalid(f"{place}: {figure} = {floor!r} must be a number from 0 to 1")
