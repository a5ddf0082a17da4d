"""Gather what changed between two versions of a document, each value with its date and place.

Goes in: a question and what was found for it. Comes out: the lines of both versions.
"""

from collections.abc import Iterator

from rag.answering.answer_builder import Quote
from rag.answering.gathering.changes import Change, Changes, Side, gather_changes, hit_of
from rag.answering.gathering.comparing.dates import find_dates
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.versions import Version, choose_candidates, read_version
from rag.answering.notes import say_more
from rag.filters import Filters
from rag.retrieval.evidence_finder import FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.statements import is_instruction
from rag.text.tools import LanguageTools
from rag.types import Span

_MOST_SHOWN = 8
# The most documents with a title like that of a hit.
_MOST_ALIKE = 6
# Reading a longer document takes seconds.
_MAX_CHARACTERS = 300_000
_N_HITS = 60
_MOST_KEPT = 100


class ChangeGatherer:
    """Compares the versions of documents in one index; it keeps the last ones that it read."""

    def __init__(self, retriever: Retriever, tools: LanguageTools) -> None:
        self._retriever = retriever
        self._tools = tools
        self._versions: dict[str, Version | None] = {}

    def gather(self, found: FoundEvidence, language: str, *, is_comparison: bool) -> Gathered | None:
        """Return what changed in what the question asks about; None if no document tells.

        Args:
            language: Of the reader, ISO 639-1.
            is_comparison: The question may compare other things than versions, so it must
                name a date, and only values of one thing in two versions count.
        """
        if is_comparison and not find_dates(found.query):
            return None
        versions = [version for id_ in self._near(found) if (version := self._read(id_))]
        changes = gather_changes(
            found.query,
            found.hits,
            versions,
            lambda ids: self._retriever.search(found.query, k=_N_HITS, filters=Filters(documents=ids)),
            self._tools.stem,
        )
        if changes is None or (is_comparison and not _compares_versions(changes)):
            return None
        if changes.pair is None and changes.is_specific:
            # One sentence that speaks of a change is found as any other, with what is around it.
            return None
        shown = changes.changes[:_MOST_SHOWN]
        n_more = len(changes.changes) - len(shown)
        lines = tuple(line for change in shown for line in _lines_of(change))
        return Gathered(lines, say_more(n_more, language) if n_more else "")

    def _near(self, found: FoundEvidence) -> list[str]:
        by_id = {entry.id: entry for entry in self._retriever.entries_of(found.hits)}
        near = [by_id[id_] for id_ in dict.fromkeys(hit.passage.document_id for hit in found.hits)]
        allowed = found.filters is None or found.filters.is_empty
        entries = self._retriever.entries() if allowed else []
        return [entry.id for entry in choose_candidates(near, entries, self._tools.stem, _MOST_ALIKE)]

    def _read(self, document_id: str) -> Version | None:
        """Return a document as a version; None if it is too long."""
        if document_id not in self._versions:
            if len(self._versions) >= _MOST_KEPT:
                self._versions.clear()
            self._versions[document_id] = self._read_version(document_id)
        return self._versions[document_id]

    def _read_version(self, document_id: str) -> Version | None:
        document = self._retriever.document(document_id, Span(0, _MAX_CHARACTERS))
        if len(document.text) > _MAX_CHARACTERS:
            return None
        return read_version(document, self._tools.split_sentences, self._tools.stem)


def _compares_versions(changes: Changes) -> bool:
    return changes.pair is not None and changes.is_specific and all(one.older and one.newer for one in changes.changes)


def _lines_of(change: Change) -> Iterator[Quote]:
    """Yield what the newer version says, then the older one, each below its date."""
    for side in (change.newer, change.older):
        if side and not is_instruction(side.unit.text):
            yield _line_of(side)


def _line_of(side: Side) -> Quote:
    label = side.date.label or side.entry.title
    return Quote(f"{label}: {side.unit.text}", ((hit_of(side), side.unit.span),))
