"""The headings that say who said what in a mail, and which of it was only quoted. Pure."""

from collections.abc import Sequence

_QUOTED, _WRITTEN = "Quoted", "Written"


def quoted_heading(name: str, day: str) -> str:
    """Return the heading of what a mail quotes; name and day may be empty."""
    return _heading(_QUOTED, name, day)


def written_heading(name: str, day: str) -> str:
    """Return the heading of what the sender of a mail wrote above or below a quotation."""
    return _heading(_WRITTEN, name, day)


def quoted_speaker(headings: Sequence[str]) -> str | None:
    """Return who is quoted below these headings; None if nobody is."""
    return next((rest for heading in headings if (rest := _after(_QUOTED, heading)) is not None), None)


def writer(headings: Sequence[str]) -> str:
    """Return who wrote the mail below these headings; empty if they do not say."""
    return next((rest for heading in headings if (rest := _after(_WRITTEN, heading)) is not None), "")


def _heading(kind: str, name: str, day: str) -> str:
    said = ", ".join(filter(None, (name, day)))
    return f"{kind}: {said}" if said else kind


def _after(kind: str, heading: str) -> str | None:
    return heading[len(kind) :].lstrip(": ") if heading == kind or heading.startswith(f"{kind}: ") else None
