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

# The classifier does not know what stands in tables.
_MAY_LOOK_UP: frozenset[QuestionKind] = frozenset({"fact", "keyword", "yes-no", "collection", "metadata"})


class Gatherer:
    """Gathers from one index."""

    def __init__(
        self, retriever: Retriever, finder: EvidenceFinder, tools: LanguageTools, *, lists_documents: bool = True
    ) -> None:
        """Take the collaborators.

        Args:
            lists_documents: Answer which documents there are.
        """
        self._lists_documents = lists_documents
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
        query, hits = found.query, found.hits
        gathered: Gathered | None = None
        match kind:
            case "list" | "count":
                gathered = self._rows.gather(query, hits, language)
            case "comparison" | "several":
                gathered = self._rows.look_up(query, hits, language)
                gathered = gathered or self._changes.gather(found, language, is_comparison=True)
            case "changes":
                gathered = self._changes.gather(found, language, is_comparison=False)
            case "collection" if self._lists_documents:
                gathered = self._catalogue.gather_collection(query, language, found.filters)
            case "metadata":
                gathered = self._catalogue.gather_metadata(query, hits, language, found.filters)
            case "summary":
                gathered = self._summaries.gather(found)
        # Where documents of two dates differ, both are told.
        if gathered is None and kind in _MAY_LOOK_UP and not found.remark:
            gathered = self._rows.look_up(query, hits, language)
        return gathered
