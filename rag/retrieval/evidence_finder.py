"""Find what an answer may rest on: hits, evidence, and the context that an LLM reads.

Goes in: a query, and the question if the query is a rewriting of it. Comes out: FoundEvidence.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from rag.documents.passages import Excerpt
from rag.filters import Filters
from rag.probability import log_odds
from rag.retrieval.context import label_of, pack_context
from rag.retrieval.evidence import rank_evidence
from rag.retrieval.links import place_of, source_of
from rag.retrieval.retriever import Retriever
from rag.retrieval.units import AROUND, section_around, unit_of
from rag.text.reference_marks import without_references
from rag.text.tools import LanguageTools
from rag.text.words import split_words
from rag.types import Citation, Context, Evidence, Hit, Source, Span

# A line break in these may stand anywhere in a sentence.
_WRAPPED = {"text/plain", "message/rfc822"}
# A question with fewer content words is not searched for as typed.
_MIN_CONTENT_WORDS = 2
# Subtracted from the log-odds of each further reading of a follow-up: ln 1.5.
_COST_OF_READING = 0.4


@dataclass(frozen=True, slots=True)
class EvidenceOptions:
    """Limits of one retrieval.

    Attributes:
        top_k: How many passages are retrieved.
        max_context_tokens: Limit of the context, labels included.
        min_confidence: If the best sentence has less, a rewritten query counts as having found
            nothing, and the question is tried as typed.
    """

    top_k: int = 8
    max_context_tokens: int = 3000
    min_confidence: float = 0.3


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """What retrieval found for one question.

    Attributes:
        query: What the evidence answers: the query, the question if its rewriting finds nothing, or
            the query with the other form of an abbreviation.
        evidence: Best first.
        top_k, filters: As passed to `find`.
        remark: What readers are told about the evidence as a whole; may be empty.
    """

    query: str
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    context: Context
    top_k: int | None = None
    filters: Filters | None = None
    remark: str = ""

    @property
    def confidence(self) -> float:
        """The probability that the best passage answers, 0 to 1; 0 if there is none."""
        return max((hit.confidence for hit in self.hits), default=0.0)

    @property
    def nearness(self) -> float:
        """The highest cosine of a passage or sentence, or the highest confidence; -1 to 1."""
        return max((max(_cosines(hit), hit.confidence) for hit in self.hits), default=-1.0)


class EvidenceFinder:
    """Finds evidence in one index."""

    def __init__(self, retriever: Retriever, tools: LanguageTools, options: EvidenceOptions) -> None:
        self._retriever = retriever
        self._tools = tools
        self._options = options

    def find(
        self, query: str, *, question: str | None = None, top_k: int | None = None, filters: Filters | None = None
    ) -> FoundEvidence:
        """Retrieve passages, rank their sentences as evidence, and pack the context.

        Words that no document holds are corrected first. A query with an abbreviation that the
        documents define is compared in both forms, and the form with the better evidence is taken.

        Args:
            question: What the user typed, if the query is a rewriting of it.
            top_k: How many passages to retrieve; by default as the options say.
        """
        query, question = self.correct(query), question and self.correct(question)
        hits = self._retriever.search(query, k=top_k or self._options.top_k, question=question, filters=filters)
        evidence = self._rank(query, hits)
        is_found = bool(evidence) and evidence[0].confidence >= self._options.min_confidence
        others = self._retriever.other_forms(query)
        if question is not None and question != query and not is_found and self._says_enough(question):
            others = [question, *others]
        for other in others:
            rescored = self._rescore(other, hits)
            for_other = self._rank(other, rescored)
            if for_other and (not evidence or for_other[0].confidence > evidence[0].confidence):
                query, hits, evidence = other, rescored, for_other
        return FoundEvidence(query, tuple(hits), tuple(evidence), self._pack(hits, evidence), top_k, filters)

    def arrange(self, found: FoundEvidence, evidence: Sequence[Evidence]) -> FoundEvidence:
        """Return what was found with its evidence in another order, and the context packed anew."""
        return replace(found, evidence=tuple(evidence), context=self._pack(found.hits, evidence))

    def correct(self, query: str) -> str:
        """Return a query with the words that no document holds spelt as the documents do."""
        return self._retriever.correct(query)

    def choose_reading(self, readings: Sequence[str]) -> str:
        """Return the reading of a question that the documents answer best, with words corrected.

        Args:
            readings: The likeliest first; each further one needs odds that are better by a half.
        """
        readings = [self.correct(reading) for reading in readings]
        if len(readings) == 1:
            return readings[0]
        ranked = [self._rank(reading, self._retriever.search(reading, k=self._options.top_k)) for reading in readings]
        odds = [log_odds(evidence[0].confidence if evidence else 0.0) for evidence in ranked]
        return max(enumerate(readings), key=lambda one: odds[one[0]] - _COST_OF_READING * one[0])[1]

    def sources(self, hits: Sequence[Hit]) -> tuple[Source, ...]:
        """Return passages as users see them, numbered from 1."""
        documents = self._retriever.entries_of(hits)
        return tuple(
            source_of(number, hit, document)
            for number, (hit, document) in enumerate(zip(hits, documents, strict=True), start=1)
        )

    def label(self, hit: Hit) -> str:
        """Return where a hit stands, as an LLM reads it; see `context.label_of`."""
        return label_of(hit, self._retriever.entry(hit.passage.document_id))

    def unit_of(self, hit: Hit, sentence: Span) -> Span:
        """Return what is quoted for a generated sentence; see `units.unit_of`."""
        return unit_of(sentence, self._around(hit, sentence))

    def section_around(self, hit: Hit, sentence: Span) -> Span:
        """Return what is quoted for evidence; see `units.section_around`."""
        return section_around(sentence, self._around(hit, sentence))

    def quote(self, hit: Hit, span: Span) -> str:
        """Return a span of a hit's document without reference marks, each block on its line.

        Code keeps its lines. In plain text and mails a line may end anywhere in a sentence.
        """
        excerpt = self._retriever.excerpt(hit.passage.document_id, span)
        ends = [block.end for block in excerpt.blocks if span.start < block.end < span.end]
        pieces = [excerpt.text_of(Span(*piece)) for piece in pairwise([span.start, *ends, span.end])]
        if self._retriever.entry(hit.passage.document_id).media_type not in _WRAPPED:
            pieces = [line for piece in pieces for line in piece.split("\n")]
        lines = ((piece, without_references(piece, hit.passage.text)) for piece in pieces)
        return "\n".join(_indent_of(piece) + words for piece, words in lines if words)

    def cite(self, hit: Hit, span: Span, number: int) -> Citation:
        """Return the citation of a span of a hit's document."""
        document = self._retriever.entry(hit.passage.document_id)
        quote = self._retriever.excerpt(document.id, span).text_of(span)
        return Citation(**asdict(place_of(hit.passage, document, span)), number=number, quote=quote)

    def _around(self, hit: Hit, sentence: Span) -> Excerpt:
        around = Span(sentence.start - AROUND, sentence.end + AROUND)
        return self._retriever.excerpt(hit.passage.document_id, around)

    def _pack(self, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> Context:
        best = _best_of_each(hits, evidence)
        documents = self._retriever.entries_of([one.hit for one in best])
        labels = [label_of(one.hit, document) for one, document in zip(best, documents, strict=True)]
        return pack_context(best, labels, self._tools.count_tokens, self._options.max_context_tokens)

    def _rescore(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return hits with the cosines of their sentences to another query."""
        scores_of_hits = self._retriever.score_sentences(query, hits)
        return [replace(hit, sentence_scores=scores) for hit, scores in zip(hits, scores_of_hits, strict=True)]

    def _rank(self, query: str, hits: Sequence[Hit]) -> list[Evidence]:
        return rank_evidence(query, hits, self._retriever.titles(hits), self._tools.stem)

    def _says_enough(self, question: str) -> bool:
        """Tell whether a question can be searched for as typed; "and who did he meet?" cannot."""
        return sum(word.is_content for word in split_words(question, self._tools.stem)) >= _MIN_CONTENT_WORDS


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _cosines(hit: Hit) -> float:
    return max((*hit.sentence_scores, hit.legs.cosine if hit.legs else -1.0))


def _best_of_each(hits: Sequence[Hit], evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the best evidence of each hit: that of the first hit, then the others, best first.

    Search and evidence err in different ways, so the LLM reads the best of both. A hit without a
    statement, such as a heading alone, comes last.
    """
    without_statement = [Evidence(hit, hit.passage.sentences[0], 0.0, 0.0) for hit in hits]
    best_by_id: dict[str, Evidence] = {}
    for one in [*evidence, *without_statement]:
        best_by_id.setdefault(one.hit.passage.id, one)
    return sorted(best_by_id.values(), key=lambda one: one.hit.rank != 1)
