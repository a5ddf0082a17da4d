"""Put newer evidence first where documents of several dates differ, and say so.

Goes in: what was found for a question. Comes out: the same with its evidence in another order, and
a remark that names the dates.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from rag.answering.gathering.comparing.version_dates import VersionDate, date_version
from rag.answering.gathering.conflicts import Conflict, order_by_date
from rag.answering.notes import say_contradicting, say_newer
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.words import Stem
from rag.types import Document, Span

# Comparing more sentences than a reader sees is of no use.
_MOST_COMPARED = 16
# A remark is made if the two that differ are among this many of the first.
_FIRST = 3
# A document states its own date near its beginning.
_BEGINNING = Span(0, 900)


@dataclass(frozen=True, slots=True)
class NewestFirst:
    """Orders the evidence from one index; it keeps the dates that it has read."""

    retriever: Retriever
    finder: EvidenceFinder
    stem: Stem
    _dates: dict[str, VersionDate] = field(default_factory=dict)

    def order(self, found: FoundEvidence, language: str) -> FoundEvidence:
        """Return what was found with newer before older; unchanged if nothing differs.

        Args:
            language: Of the reader, ISO 639-1.
        """
        first, rest = found.evidence[:_MOST_COMPARED], found.evidence[_MOST_COMPARED:]
        dates = {id_: self._date_of(id_) for id_ in dict.fromkeys(one.hit.passage.document_id for one in first)}
        dated = order_by_date(found.query, first, dates, self.stem)
        if not dated.conflicts:
            return found
        shown = [(one.hit.passage.document_id, one.sentence) for one in dated.evidence[:_FIRST]]
        ordered = self.finder.arrange(found, (*dated.evidence, *rest))
        return replace(ordered, remark=_remark(dated.conflicts, shown, language))

    def _date_of(self, document_id: str) -> VersionDate:
        if document_id not in self._dates:
            entry, excerpt = self.retriever.entry(document_id), self.retriever.excerpt(document_id, _BEGINNING)
            self._dates[document_id] = date_version(Document(**asdict(entry), text=excerpt.text), self.stem)
        return self._dates[document_id]


def _remark(conflicts: Sequence[Conflict], shown: Sequence[tuple[str, Span]], language: str) -> str:
    """Return a sentence on the first conflict that readers see both sides of; else nothing."""
    for one in conflicts:
        places = [(side.hit.passage.document_id, side.sentence) for side in (one.first, one.other)]
        if all(place in shown for place in places):
            newer, older = one.first_date.label, one.other_date.label
            return say_newer(newer, older, language) if one.relation == "newer" else say_contradicting(language)
    return ""
