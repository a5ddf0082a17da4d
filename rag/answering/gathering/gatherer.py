"""Gather for each kind of question in its own way."""

from dataclasses import replace

from rag.answering.gathering.catalogue import CatalogueGatherer
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.rows import RowGatherer
from rag.answering.gathering.summary import SummaryGatherer
from rag.answering.gathering.version_changes import ChangeGatherer
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.questions import QuestionKind
from rag.text.statements import is_instruction
from rag.text.tools import LanguageTools


class Gatherer:
    """Gathers from one index."""

    def __init__(self, retriever: Retriever, finder: EvidenceFinder, tools: LanguageTools) -> None:
        self._rows = RowGatherer(retriever, tools.stem)
        self._catalogue = CatalogueGatherer(retriever, finder, tools)
        self._summaries = SummaryGatherer(retriever, finder, tools.stem)
        self._changes = ChangeGatherer(retriever, tools)

    def gather(self, kind: QuestionKind, found: FoundEvidence, language: str) -> Gathered | None:
        """Return the lines that answer a question of this kind; None if the usual way is as good.

        Lines with instructions to an LLM are left out.

        Args:
            language: Of the reader, ISO 639-1.
        """
        gathered = self._gather(kind, found, language)
        lines = tuple(line for line in gathered.lines if not is_instruction(line.text)) if gathered else ()
        return replace(gathered, lines=lines) if gathered and lines else None

    def _gather(self, kind: QuestionKind, found: FoundEvidence, language: str) -> Gathered | None:
        if kind in {"list", "count"}:
            return self._rows.gather(found.query, found.hits, language)
        if kind in {"changes", "comparison", "several"}:
            return self._changes.gather(found, language, is_comparison=kind != "changes")
        if kind == "collection":
            return self._catalogue.gather_collection(found.query, language, found.filters)
        if kind == "metadata":
            return self._catalogue.gather_metadata(found.query, found.hits, language, found.filters)
        if kind == "summary":
            return self._summaries.gather(found)
        return None
