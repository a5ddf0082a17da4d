"""Find documents that answers cite although they may be out of date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rag.api.feedback.reading import DAY_MS, CitedCount
from rag.types import FileEntry

Staleness = Literal["gone", "changed", "old"]

OLD_DAYS = 730
"""A document that did not change for so long is old, if it is cited often."""
_OFTEN = 3


@dataclass(frozen=True, slots=True)
class StaleDocument:
    """A cited document that may be out of date.

    Attributes:
        title: Empty if the document is gone.
        why: `gone` from the index; `changed` since it was cited last; `old`: not changed for long,
            and cited often.
        modified_ms: When its file was changed last, milliseconds since 1970; None if unknown.
    """

    cited: CitedCount
    title: str
    why: Staleness
    modified_ms: int | None


def find_stale(
    counts: Iterable[CitedCount], entries: Mapping[str, FileEntry], modified_ms: Mapping[str, int], now_ms: int
) -> list[StaleDocument]:
    """Return the cited documents that may be out of date, in the order of the counts.

    Args:
        entries: The indexed documents by id.
        modified_ms: When the files were changed last, by uri.
    """
    found = []
    for cited in counts:
        entry = entries.get(cited.document_id)
        modified = modified_ms.get(entry.uri) if entry else None
        why = _why(cited, entry, modified, now_ms)
        if why:
            found.append(StaleDocument(cited, entry.title if entry else "", why, modified))
    return found


def _why(cited: CitedCount, entry: FileEntry | None, modified_ms: int | None, now_ms: int) -> Staleness | None:
    if entry is None:
        return "gone"
    if cited.sha256 is not None and cited.sha256 != entry.sha256:
        return "changed"
    is_old = modified_ms is not None and modified_ms < now_ms - OLD_DAYS * DAY_MS
    return "old" if is_old and cited.n_answers >= _OFTEN else None
