"""Draw an evaluation's figures as SVG; the same report gives the same bytes."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from textwrap import fill

from matplotlib.figure import Figure

from rag.evaluation.metrics.bootstrap import Interval
from rag.evaluation.metrics.outcomes import OutcomeFigures
from rag.evaluation.metrics.ranking import FIGURES, N_RANKED, Ranking
from rag.evaluation.metrics.reliability import Reliability
from rag.evaluation.metrics.risk_coverage import RiskPoint
from rag.evaluation.tables import LABELS
from rag.types import Stage
from rag.wire.svg import INK, as_svg, make_axes, plotting

# Readable on white and on black.
_COLOURS: Mapping[Stage, str] = {
    "dense": "#4c86d9",
    "sentence": "#2bb3c4",
    "lexical": "#d98032",
    "fused": "#2f9e77",
    "reranked": "#a868c9",
}
_OUTCOME_COLOURS = {
    "right or rightly declined": "#2f9e77",
    "partly": "#8fbf4d",
    "possible, with the answer": "#4c86d9",
    "possible, without": "#9aa4b1",
    "declined": "#6b7380",
    "wrong": "#d9534c",
}


def plot_legs(legs: Mapping[Stage, Mapping[str, Interval | None]]) -> str:
    """Draw bars of every figure by leg, with intervals."""
    with plotting():
        figure, axes = make_axes(9.5, 3.4)
        width = 0.8 / len(legs)
        for place, (leg, figures) in enumerate(legs.items()):
            shown = [(number, found) for number, name in enumerate(FIGURES) if (found := figures[name])]
            values = [found.value for _, found in shown]
            axes.bar(
                [number + (place - (len(legs) - 1) / 2) * width for number, _ in shown],
                values,
                width,
                yerr=[[max(0.0, f.value - f.low) for _, f in shown], [max(0.0, f.high - f.value) for _, f in shown]],
                color=_COLOURS[leg],
                ecolor=INK,
                capsize=2,
                label=leg,
            )
        axes.set_xticks(range(len(FIGURES)), [fill(LABELS[name], 10) for name in FIGURES])
        axes.set_ylim(0, 1.02)
        axes.legend(frameon=False, ncols=len(legs), loc="lower right", bbox_to_anchor=(1, 1))
        return as_svg(figure, "legs", "Every figure by leg, with 95 % intervals")


def plot_reliability(reliability: Reliability) -> str:
    """Draw the share of right hits by score; a perfect score is on the diagonal."""
    with plotting():
        figure, axes = make_axes(4.2, 3.8)
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle="--")
        axes.plot(
            [one.mean_score for one in reliability.bins],
            [one.share_right for one in reliability.bins],
            color=_COLOURS["fused"],
            marker="o",
        )
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("claimed by the score of the first hit")
        axes.set_ylabel("first hits that hold the answer")
        return as_svg(figure, "reliability", "Reliability diagram")


def plot_ranks(rankings: Sequence[Ranking]) -> str:
    """Draw the number of questions by the rank of their first right hit."""
    ranks = [*range(1, N_RANKED + 1), None]
    counts = [sum(ranking.answer_rank == rank for ranking in rankings) for rank in ranks]
    with plotting():
        figure, axes = make_axes(5.2, 3.8)
        bars = axes.bar(range(len(ranks)), counts, color=_COLOURS["fused"])
        axes.bar_label(bars, [str(count) if count else "" for count in counts], fontsize=7, padding=1)
        # Nearly all are first; the few below matter.
        axes.set_yscale("symlog")
        axes.yaxis.set_major_formatter("{x:.0f}")
        axes.set_xticks(range(len(ranks)), [str(rank) if rank else "\nnone" for rank in ranks], fontsize=7)
        axes.set_xlabel("rank of the first hit that holds the answer")
        axes.set_ylabel("questions")
        return as_svg(figure, "ranks", "Histogram of the rank of the first right hit")


def plot_risk(curves: Mapping[str, Sequence[RiskPoint]]) -> str:
    """Draw the share of wrong answers by the share of questions answered, a line per answerer.

    A dot ends each line at all answers.
    """
    with plotting():
        figure, axes = make_axes(5.2, 3.8)
        for (name, curve), colour in zip(curves.items(), cycle(_COLOURS.values()), strict=False):
            coverages, risks = [point.coverage for point in curve], [point.risk for point in curve]
            # matplotlib leaves out labels that begin with an underscore.
            axes.plot(coverages, risks, color=colour, label=f"by {name}", marker="o", markevery=[-1] if curve else None)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("coverage: questions answered, the surest first")
        axes.set_ylabel("risk: share of these that is wrong")
        for text in axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1)).get_texts():
            # The name of an LLM may have dollar signs.
            text.set_parse_math(False)
        return as_svg(figure, "risk", "Risk-coverage curve")


def plot_kinds(by_answerer: Mapping[str, Mapping[str, OutcomeFigures]]) -> str:
    """Draw bars of the verdicts by kind of question, a panel per answerer; empty without kinds."""
    if not by_answerer:
        return ""
    kinds = sorted({kind for by_kind in by_answerer.values() for kind in by_kind}, reverse=True)
    with plotting():
        figure = Figure(figsize=(1.5 + 3.2 * len(by_answerer), 1.2 + 0.24 * len(kinds)), layout="constrained")
        panels = figure.subplots(1, len(by_answerer), sharey=True, squeeze=False)[0]
        for axes, (answerer, by_kind) in zip(panels, by_answerer.items(), strict=True):
            parts = [_parts(by_kind[kind]) if kind in by_kind else {} for kind in kinds]
            left = [0] * len(kinds)
            for name, colour in _OUTCOME_COLOURS.items():
                numbers = [part.get(name, 0) for part in parts]
                axes.barh(range(len(kinds)), numbers, left=left, color=colour, label=name)
                left = [start + number for start, number in zip(left, numbers, strict=True)]
            # Names may have dollar signs.
            axes.set_yticks(range(len(kinds)), kinds, parse_math=False)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_title(f"by {answerer}", parse_math=False, fontsize=9)
            axes.set_xlabel("questions")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, frameon=False, ncols=3, loc="outside upper center")
        return as_svg(figure, "kinds", "What each kind of question got")


def _parts(figures: OutcomeFigures) -> dict[str, int]:
    n_right, n_useful = figures.right_or_declined.n, figures.possible_with_answer.n
    counts = figures.verdicts["answerable"]
    return {
        "right or rightly declined": n_right,
        "partly": counts["partly"],
        "possible, with the answer": n_useful,
        "possible, without": counts["possible"] - n_useful,
        "declined": counts["declined"],
        "wrong": figures.n_of("wrong"),
    }
