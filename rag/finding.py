"""Find what an answer may rest on: passages, the sentences in them that count as evidence, and what an LLM reads of it.

Goes in: a query, and what the reader typed where they differ. Comes out: Findings. Nothing here writes or decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.evidence import log_odds, rank_evidence
from rag.filters import Filters
from rag.linking import link_to
from rag.packing import CountTokens, label_of, pack_context
from rag.retrieval import Retriever
from rag.types import Citation, Context, Evidence, FileEntry, Hit, Source, Span
from rag.words import Stem, split_words

_ENOUGH_WORDS = 2
_N_NEAREST = 3
# Off the log-odds of each further reading of a follow-up: ln 1.5.
_LESS_LIKELY = 0.4


@dataclass(frozen=True, slots=True)
class FindingOptions:
    """How much is looked at.

    Attributes:
        top_k: Passages considered.
        max_context_tokens: Of the passages that an LLM reads and their titles.
        context_odds: A passage is read when the odds of its best sentence are at least this: fewer passages are read
            sooner and confuse a small model less.
        min_quote_confidence: Below this the rewriting of a question has found nothing, and what was typed is tried.
    """

    top_k: int = 8
    max_context_tokens: int = 3000
    context_odds: float = 0.0
    min_quote_confidence: float = 0.22


@dataclass(frozen=True, slots=True)
class LanguageTools:
    """The text functions that answering needs; `detect_language` gives an ISO 639-1 code."""

    stem: Stem
    split_sentences: Callable[[str, str], list[Span]]
    count_tokens: CountTokens
    detect_language: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Findings:
    """What retrieval gave for one question.

    Attributes:
        asked: What the evidence answers: the query, or what the reader typed where its rewriting finds nothing.
        evidence: Best first.
    """

    asked: str
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    context: Context

    @property
    def hit_confidence(self) -> float:
        """Of the best passage, 0 to 1; 0 where there is none."""
        return max((hit.confidence for hit in self.hits), default=0.0)

    @property
    def evidence_confidence(self) -> float:
        """Of the best sentence, 0 to 1; 0 where there is none."""
        return self.evidence[0].confidence if self.evidence else 0.0


class Finder:
    """Finds evidence in one index."""

    def __init__(self, retriever: Retriever, tools: LanguageTools, options: FindingOptions) -> None:
        self._retriever = retriever
        self._tools = tools
        self._options = options

    def find(
        self, query: str, *, typed: str | None = None, top_k: int | None = None, filters: Filters | None = None
    ) -> Findings:
        """Search, rank the sentences of what was found as evidence, and pack what an LLM is to read.

        Args:
            typed: What the reader typed, where the query is a rewriting of it.
            top_k: Passages considered; the options' value when None.
        """
        hits = self._retriever.search(query, k=top_k or self._options.top_k, typed=typed, filters=filters)
        asked, evidence = query, self._rank(query, hits)
        is_found = bool(evidence) and evidence[0].confidence >= self._options.min_quote_confidence
        if typed is not None and typed != query and not is_found and self._says_enough(typed):
            as_typed = [
                replace(hit, sentence_scores=scores)
                for hit, scores in zip(hits, self._retriever.score_sentences(typed, hits), strict=True)
            ]
            for_typed = self._rank(typed, as_typed)
            if for_typed and (not evidence or for_typed[0].confidence > evidence[0].confidence):
                asked, hits, evidence = typed, as_typed, for_typed
        return Findings(asked, tuple(hits), tuple(evidence), self._pack(hits, evidence))

    def likeliest(self, readings: Sequence[str]) -> str:
        """Return which of several readings of a question the documents answer best.

        Args:
            readings: The likeliest first; each further one must have better odds by a half.
        """
        if len(readings) == 1:
            return readings[0]
        odds = [log_odds(self._best_evidence(reading)) for reading in readings]
        return max(enumerate(readings), key=lambda one: odds[one[0]] - _LESS_LIKELY * one[0])[1]

    def sources(self, hits: Sequence[Hit]) -> tuple[Source, ...]:
        """Return passages as readers see them, numbered from 1."""
        documents = self._retriever.entries_of(hits)
        return tuple(
            _source(number, hit, document)
            for number, (hit, document) in enumerate(zip(hits, documents, strict=True), start=1)
        )

    def nearest(self, findings: Findings) -> tuple[Source, ...]:
        """Return the few passages that come nearest to what was asked, to be offered instead of an answer."""
        return self.sources(findings.hits[:_N_NEAREST])

    def cite(self, hit: Hit, span: Span, number: int) -> Citation:
        """Return the citation of some words of a hit's document."""
        document = self._retriever.document(hit.passage.document_id)
        return Citation(
            number=number,
            document_id=document.id,
            title=document.title,
            uri=document.uri,
            page=hit.passage.page,
            headings=hit.passage.headings,
            quote=document.text[span.start : span.end],
            start=span.start,
            end=span.end,
            link=link_to(document, hit.passage.page),
        )

    def _pack(self, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> Context:
        best = _best_of_each(hits, evidence, self._options.context_odds)
        documents = self._retriever.entries_of([one.hit for one in best])
        labels = [label_of(one.hit, document) for one, document in zip(best, documents, strict=True)]
        return pack_context(best, labels, self._tools.count_tokens, self._options.max_context_tokens)

    def _best_evidence(self, query: str) -> float:
        """Return the confidence of the best sentence, 0 where there is none."""
        ranked = self._rank(query, self._retriever.search(query, k=self._options.top_k))
        return ranked[0].confidence if ranked else 0.0

    def _rank(self, query: str, hits: Sequence[Hit]) -> list[Evidence]:
        return rank_evidence(query, hits, self._retriever.titles(hits), self._tools.stem)

    def _says_enough(self, typed: str) -> bool:
        """Tell whether a follow-up may be answered as it was typed: "and who did he meet?" fits any meeting."""
        return sum(word.is_content for word in split_words(typed, self._tools.stem)) >= _ENOUGH_WORDS


def _best_of_each(hits: Sequence[Hit], evidence: Sequence[Evidence], min_odds: float) -> list[Evidence]:
    """Return the best evidence of each hit, best first; what is too unlikely against the best of all is left out.

    A hit without a statement, such as a heading alone, comes last.
    """
    best_by_id: dict[str, Evidence] = {}
    for found in evidence:
        best_by_id.setdefault(found.hit.passage.id, found)
    for hit in hits:
        best_by_id.setdefault(hit.passage.id, Evidence(hit, hit.passage.sentences[0], 0.0, 0.0))
    return [found for i, found in enumerate(best_by_id.values()) if i == 0 or found.odds >= min_odds]


def _source(number: int, hit: Hit, document: FileEntry) -> Source:
    return Source(
        number=number,
        document_id=document.id,
        title=document.title,
        uri=document.uri,
        page=hit.passage.page,
        headings=hit.passage.headings,
        text=hit.passage.text,
        start=hit.passage.start,
        end=hit.passage.end,
        score=round(hit.score, 4),
        link=link_to(document, hit.passage.page),
    )
