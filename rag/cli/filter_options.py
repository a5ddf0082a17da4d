"""The options of `rag search` and `rag ask` that say which documents count."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    # At run time this would import numpy, for which `rag --help` should not wait.
    from rag.filters import Filters
_AGAIN = "may be given several times"
_DAY = "%Y-%m-%d"

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="ID", help=f"Only the documents with this id or path; {_AGAIN}."),
]
Titles = Annotated[
    list[str] | None,
    typer.Option("--title", metavar="WORDS", help=f"Only documents with these words in their title; {_AGAIN}."),
]
Links = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="URL", help=f"Only documents whose published page begins so; {_AGAIN}."),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help=f"Only documents with one of these tags; {_AGAIN}.", show_default=False),
]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="GROUP", help=f"Only documents of one of these groups; {_AGAIN}."),
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--language", metavar="CODE", help=f"Only documents in one of these languages (en, de); {_AGAIN}."),
]
MediaTypes = Annotated[
    list[str] | None,
    typer.Option(
        "--media-type", metavar="TYPE", help=f"Only documents of one of these kinds (application/pdf); {_AGAIN}."
    ),
]
Folder = Annotated[
    str | None, typer.Option("--folder", metavar="PATH", help="Only documents below this path of the indexed folder.")
]
DateFrom = Annotated[
    datetime | None,
    typer.Option("--from", formats=[_DAY], metavar="YYYY-MM-DD", help="Only documents of this day or later."),
]
DateTo = Annotated[
    datetime | None,
    typer.Option("--to", formats=[_DAY], metavar="YYYY-MM-DD", help="Only documents of this day or earlier."),
]


def make_filters(
    *,
    documents: list[str] | None,
    titles: list[str] | None,
    links: list[str] | None,
    tags: list[str] | None,
    groups: list[str] | None,
    languages: list[str] | None,
    media_types: list[str] | None,
    folder: str | None,
    date_from: datetime | None,
    date_to: datetime | None,
) -> "Filters":
    """Return what the options say; None and empty let all pass."""
    from rag.filters import Filters

    if date_from and date_to and date_from > date_to:
        raise typer.BadParameter(f"--from {date_from:%Y-%m-%d} is after --to {date_to:%Y-%m-%d}; turn them round")
    return Filters(
        documents=tuple(documents or ()),
        titles=tuple(titles or ()),
        links=tuple(links or ()),
        tags=tuple(tags or ()),
        groups=tuple(groups or ()),
        languages=tuple(languages or ()),
        media_types=tuple(media_types or ()),
        folder=folder,
        date_from=date_from.strftime(_DAY) if date_from else None,
        date_to=date_to.strftime(_DAY) if date_to else None,
    )
