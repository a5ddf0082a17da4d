"""The command `rag eval`: measure a set, print tables or JSON, write the page, check the floors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.output import print_error, print_json, print_table

if TYPE_CHECKING:
    from rag.assembly.settings import Settings
    from rag.evaluation.report import EvaluationReport


_SAMPLE = "How many answerable, look-alike and absent questions to answer, each; 0 measures retrieval alone."
Sample = Annotated[int, typer.Option(min=0, help=_SAMPLE)]


def _option(text: str) -> object:
    return typer.Option(help=text, show_default=False)


def evaluate(  # noqa: PLR0917 -- typer calls it by name
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of a set; see evals/README.md.")],
    sample: Sample = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sample, the intervals and the prompts.")] = 1,
    absent_from: Annotated[Path | None, _option("A set about other documents, to ask as absent questions.")] = None,
    against: Annotated[Path | None, _option("An earlier output of --json to compare with.")] = None,
    naive: Annotated[
        bool, typer.Option("--naive", help="Compare with a naive chatbot that has the same search and LLM.")
    ] = False,
    floors: Annotated[
        Path | None, _option("Lowest figures allowed; by default evals/floors.toml, if it exists.")
    ] = None,
    html: Annotated[Path | None, _option("Write a page with plots to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure retrieval, answers, citations and abstention on a question set."""
    from rag.cli.console import make_console
    from rag.cli.progress import StepsView, waiting

    notes = make_console(stderr=True)
    with waiting(notes, "Starting"):
        import asyncio

        from rag.assembly.settings import read_settings
        from rag.evaluation.earlier import read_earlier
        from rag.evaluation.floors import FLOORS_FILE, read_floors
        from rag.evaluation.page import render_page, require_place, write_page
        from rag.evaluation.run import EvaluationOptions, name_of_set, run_evaluation

    settings = read_settings(ctx.obj)
    _require_answerers(sample, absent_from, settings, naive=naive)
    name = name_of_set(folder)
    # Wrong options are reported before the measurement, which takes minutes.
    if html:
        require_place(html)
    floors_file = floors or (FLOORS_FILE if FLOORS_FILE.is_file() else None)
    wanted = read_floors(floors_file, name, is_for_this_set=floors is not None) if floors_file else {}
    options = EvaluationOptions(
        n_each=sample,
        seed=seed,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        against=read_earlier(against, name) if against else None,
        with_naive=naive,
        absent_from=absent_from,
    )
    with StepsView(notes) as view:
        report = asyncio.run(run_evaluation(folder, settings, options, view.report))
    for problem in report.unread:
        print_error(f"{problem}, so the questions about it count as declined")
    if html:
        write_page(html, render_page(report))
    if as_json:
        print_json(report.as_json())
    else:
        _print_tables(report)
    if _has_broken_floor(report, wanted, floors_file):
        raise typer.Exit(1)


def _require_answerers(sample: int, absent_from: Path | None, settings: "Settings", *, naive: bool) -> None:
    """Reject options about answers if no question is answered."""
    if absent_from and not sample:
        raise typer.BadParameter("--absent-from needs a sample of at least 1", param_hint="--sample")
    if naive and (not sample or settings.answers_with == "extractive"):
        raise typer.BadParameter("it needs a sample of at least 1, and an LLM that answers", param_hint="--naive")


def _has_broken_floor(report: "EvaluationReport", floors: Mapping[str, float], floors_file: Path | None) -> bool:
    """Print which floors were not checked and which are broken; return whether any is broken.

    The naive chatbot is a floor too.
    """
    from rag.evaluation.floors import find_broken_floors, find_unchecked_floors

    measured = report.figures()
    for figure in find_unchecked_floors(floors, measured):
        print_error(f"{figure} was not measured, so its floor was not checked ({floors_file})")
    broken = [line for comparison in report.against_naive for line in comparison.broken_floors()]
    broken += [f"{floor.described()} ({floors_file})" for floor in find_broken_floors(floors, measured)]
    for line in broken:
        print_error(line)
    return bool(broken)


def _print_tables(report: "EvaluationReport") -> None:
    from rag.cli.console import escape_line
    from rag.evaluation.tables import (
        answer_tables,
        comparison_rows,
        describe_comparison,
        describe_outcomes,
        describe_reliability,
        describe_sample,
        kind_rows,
        naive_rows,
        retrieval_rows,
    )

    for comparison in report.against_naive:
        print_table(naive_rows(comparison))
        print()
    if report.retrieval.located:
        print_table(retrieval_rows(report))
        print()
    print(f"{describe_reliability(report)}")
    if report.comparison:
        print(f"\n{escape_line(describe_comparison(report.comparison))}")
        print_table(comparison_rows(report.comparison))
    if report.runs:
        print(f"\n{escape_line(describe_sample(report))}")
        for run in report.runs:
            print(f"\n{escape_line(run.answerer)}")
            print_table(kind_rows(run.figures.by_kind, run.figures.outcomes))
            print(describe_outcomes(run.figures.outcomes))
        # One table, so that the columns of all groups align.
        print_table([row for rows in answer_tables(report) for row in (("",) * len(rows[0]), *rows)])
