"""Which documents a search may look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched; a filter that is empty lets all pass.

    Attributes:
        documents: Its id or its uri must be one of these.
        titles: One of these must stand in its title, whatever the case.
        links: Its published page must begin with one of these.
        tags, groups, languages, media_types: The document must have one of them.
        folder: Its uri must lie below this path.
        date_from, date_to: ISO 8601 days, both included; a document without a date does not pass.
    """

    documents: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    folder: str | None = None
    date_from: str | None = None
    date_to: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filters()
