"""Read an earlier report of a set, and compare its ranking with the present one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rag.errors import EvaluationInvalid
from rag.evaluation.measure_retrieval import RetrievalFigures
from rag.evaluation.metrics.comparison import Difference, compare_rankings
from rag.evaluation.metrics.ranking import LEGS, Ranking
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.types import Stage

_PRINT_ONE = "make one with `rag eval DIR --json > FILE`"


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """An output of `rag eval --json`.

    Attributes:
        leg: The one that readers got.
        rankings: Of that leg, by the ids of the questions whose answers have a known place.
    """

    path: Path
    index_version: str
    date: str
    leg: Stage
    rankings: Mapping[str, Ranking]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two searches over the questions that both reports have.

    Attributes:
        n_only_before, n_only_now: Questions that only one report has.
    """

    before: EarlierReport
    leg: Stage
    differences: tuple[Difference, ...]
    n_compared: int
    n_only_before: int
    n_only_now: int


def read_earlier(path: Path, set_name: str) -> EarlierReport:
    """Read an output of `rag eval --json`.

    Raises:
        EvaluationInvalid: The file cannot be read, is not such a report, or is about another set.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        name = report["set"]
        earlier = _earlier(path, report)
    except OSError as error:
        raise EvaluationInvalid(f"{path} cannot be read ({error.strerror})", next_step=_PRINT_ONE) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise EvaluationInvalid(f"{path} is not a report ({reason})", next_step=_PRINT_ONE) from error
    if name != set_name:
        raise EvaluationInvalid(f"{path} is a report of the set {name!r}, not of {set_name!r}", next_step=_PRINT_ONE)
    return earlier


def require_common_questions(earlier: EarlierReport, questions: Sequence[GoldQuestion]) -> None:
    """Check that there is something to compare.

    Raises:
        EvaluationInvalid: No answerable question is in both.
    """
    if not any(question.is_answerable and question.id in earlier.rankings for question in questions):
        raise EvaluationInvalid(f"{earlier.path} has no answerable question of this set", next_step=_PRINT_ONE)


def compare_with(before: EarlierReport, retrieval: RetrievalFigures, *, seed: int) -> Comparison:
    """Compare the final leg of a search with that of an earlier report."""
    leg = retrieval.final_leg
    now = {question.gold.id: question.legs[leg] for question in retrieval.located}
    common = now.keys() & before.rankings.keys()
    return Comparison(
        before=before,
        leg=leg,
        differences=tuple(compare_rankings(before.rankings, now, seed=seed)),
        n_compared=len(common),
        n_only_before=len(before.rankings.keys() - common),
        n_only_now=len(now.keys() - common),
    )


def _earlier(path: Path, report: Mapping[str, object]) -> EarlierReport:
    judged, reliability = report["rankings"], report["reliability"]
    if not isinstance(judged, list) or not isinstance(reliability, dict) or reliability["leg"] not in LEGS:
        raise TypeError("no rankings of a known leg")
    leg = reliability["leg"]
    read_ranking = TypeAdapter(Ranking).validate_python
    rankings = {str(one["id"]): read_ranking(one["legs"][leg]) for one in judged if one["located"]}
    return EarlierReport(path, str(report["index_version"]), str(report["date"]), leg, rankings)
