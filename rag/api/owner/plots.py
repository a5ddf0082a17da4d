"""Draw what the records of answers tell, day by day, as SVG; empty where nothing was counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rag.api.feedback.reading import DayFigures
from rag.api.owner.cost import Prices
from rag.wire.svg import as_svg, make_axes, plotting

_WIDTH, _HEIGHT = 7.2, 2.3
_MS_PER_SECOND = 1000
# Readable on white and on black; the same as in `rag eval --html`.
_OUTCOMES = {
    "answered": "#2f9e77",
    "partly": "#8fbf4d",
    "possible": "#4c86d9",
    "declined": "#6b7380",
}
_UP, _DOWN = "#2f9e77", "#d9534c"
_READ, _WRITTEN = "#4c86d9", "#d98032"
_MAX_LABELS = 6
# So that a few days do not fill the whole width.
_LEAST_DAYS = 14


def plot_outcomes(days: Sequence[DayFigures]) -> str:
    """Draw the answers of each day by outcome."""
    parts = {
        "answered": [day.n_answered for day in days],
        "partly": [day.n_partly for day in days],
        "possible": [day.n_possible for day in days],
        "declined": [day.n_declined for day in days],
    }
    return _stacked(
        days, parts, _OUTCOMES, unit="answers", name="outcomes", description="Answers of each day by outcome"
    )


def plot_thumbs(days: Sequence[DayFigures]) -> str:
    """Draw the thumbs of each day."""
    parts = {"up": [day.n_up for day in days], "down": [day.n_down for day in days]}
    return _stacked(
        days, parts, {"up": _UP, "down": _DOWN}, unit="thumbs", name="thumbs", description="Thumbs of each day"
    )


def plot_tokens(days: Sequence[DayFigures]) -> str:
    """Draw the tokens that the LLM read and generated on each day."""
    parts = {"read": [day.prompt_tokens for day in days], "generated": [day.completion_tokens for day in days]}
    colours = {"read": _READ, "generated": _WRITTEN}
    return _stacked(days, parts, colours, unit="tokens", name="tokens", description="Tokens of the LLM on each day")


def plot_cost(days: Sequence[DayFigures], prices: Prices) -> str:
    """Draw what the tokens of each day cost."""
    if not prices.cost_of(days):
        return ""
    with plotting():
        figure, axes = make_axes(_WIDTH, _HEIGHT)
        read, generated = replace(prices, generated=0), replace(prices, read=0)
        numbers, below = [day.day for day in days], [read.cost_of([day]) for day in days]
        axes.bar(numbers, below, color=_READ, label="read")
        axes.bar(numbers, [generated.cost_of([day]) for day in days], bottom=below, color=_WRITTEN, label="generated")
        axes.set_ylabel(prices.currency)
        axes.set_ylim(bottom=0)
        _finish(axes, days)
        return as_svg(figure, "cost", "Cost of the LLM on each day")


def plot_times(days: Sequence[DayFigures]) -> str:
    """Draw how long answers took on each day."""
    with plotting():
        figure, axes = make_axes(_WIDTH, _HEIGHT)
        numbers = [day.day for day in days]
        axes.plot(numbers, [day.median_ms / _MS_PER_SECOND for day in days], color=_READ, marker="o", label="half")
        slow = [day.slow_ms / _MS_PER_SECOND for day in days]
        axes.plot(numbers, slow, color=_WRITTEN, marker="o", label="19 of 20")
        axes.set_ylabel("seconds at most")
        axes.set_ylim(bottom=0)
        _finish(axes, days)
        return as_svg(figure, "times", "Time of answers on each day")


def _stacked(
    days: Sequence[DayFigures],
    parts: dict[str, list[int]],
    colours: dict[str, str],
    *,
    unit: str,
    name: str,
    description: str,
) -> str:
    if not any(map(any, parts.values())):
        return ""
    with plotting():
        figure, axes = make_axes(_WIDTH, _HEIGHT)
        bottom = [0] * len(days)
        for part, numbers in parts.items():
            axes.bar([day.day for day in days], numbers, bottom=bottom, color=colours[part], label=part)
            bottom = [below + number for below, number in zip(bottom, numbers, strict=True)]
        axes.set_ylabel(unit)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _finish(axes, days)
        return as_svg(figure, name, description)


def _finish(axes: Axes, days: Sequence[DayFigures]) -> None:
    last = days[-1].day
    first = min(days[0].day, last - _LEAST_DAYS + 1)
    step = max(1, (last - first) // _MAX_LABELS)
    ticks = range(first, last + 1, step)
    axes.set_xticks(list(ticks), [day_label(day) for day in ticks])
    axes.set_xlim(first - 0.6, last + 0.6)
    axes.legend(frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1, 1))


def day_label(day: int) -> str:
    """Return a day since 1970 as "2 Mar"."""
    moment = datetime.fromtimestamp(day * 86_400, UTC)
    return f"{moment.day} {moment:%b}"
