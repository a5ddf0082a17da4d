"""The options of `rag search` and `rag ask` that choose which documents are searched."""

import functools
import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from rag.filters import Filters

_DAY = "%Y-%m-%d"


def _repeatable(option: str, metavar: str, which: str) -> object:
    text = f"Only documents {which}; may be given several times."
    return Annotated[list[str] | None, typer.Option(option, metavar=metavar, help=text, show_default=False)]


def _day(option: str, which: str) -> object:
    option_type = typer.Option(
        option, formats=[_DAY], metavar="YYYY-MM-DD", help=f"Only documents of this day or {which}."
    )
    return Annotated[datetime | None, option_type]


# By the field of Filters that the option sets.
_OPTIONS = {
    "documents": _repeatable("--document", "ID", "with this id or path"),
    "titles": _repeatable("--title", "WORDS", "with these words in their title"),
    "links": _repeatable("--link", "URL", "whose published page begins with this address"),
    "tags": _repeatable("--tag", "TAG", "with one of these tags"),
    "groups": _repeatable("--group", "GROUP", "of one of these groups"),
    "languages": _repeatable("--language", "CODE", "in one of these languages (en, de)"),
    "media_types": _repeatable("--media-type", "TYPE", "of one of these kinds (application/pdf)"),
    "folder": Annotated[
        str | None,
        typer.Option("--folder", metavar="PATH", help="Only documents below this path of the indexed folder."),
    ],
    "date_from": _day("--from", "later"),
    "date_to": _day("--to", "earlier"),
}


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a typer command all these options; it gets their values as its argument `filters`."""

    @functools.wraps(command)
    def run(**arguments: object) -> None:
        command(filters=_make_filters({name: arguments.pop(name) for name in _OPTIONS}), **arguments)

    own = inspect.signature(command, eval_str=True).parameters
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]
    shown = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, p in own.items() if name != "filters"]
    parameters = [*shown, *options]
    # typer reads both.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect looks for it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _make_filters(values: dict[str, object]) -> Filters:
    """Return the filters that the options set; None and empty let all documents pass."""
    first, last = values["date_from"], values["date_to"]
    if isinstance(first, datetime) and isinstance(last, datetime) and first > last:
        raise typer.BadParameter(f"--from {first:{_DAY}} is after --to {last:{_DAY}}; swap them")
    return Filters(**{name: _as_field(value) for name, value in values.items() if value})  # type: ignore[arg-type]


def _as_field(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return value.strftime(_DAY) if isinstance(value, datetime) else value
