"""Answer a question: rewrite, retrieve, decide whether there is evidence, write, check each sentence, cite.

Goes in: a question and the turns before it. Comes out: AnswerEvents, the last of which holds the whole Answer. What is
told as a delta has been checked already: a sentence that no span supports never reaches the reader. When the LLM fails,
the best sentences of the documents themselves are the answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from rag.citing import Draft, SentenceReader, render_sentence
from rag.composing import Draught
from rag.errors import GenerationFailed
from rag.evidence import rank_evidence
from rag.filters import Filters
from rag.following import accept_rewrite, needs_rewriting, rewrite_by_rule
from rag.generation import ChatModel
from rag.linking import link_to
from rag.packing import CountTokens, pack_context
from rag.prompting import Prompts, answer_messages, rewrite_messages
from rag.retrieval import Retriever
from rag.support import find_support, is_decline, without_polar_opening
from rag.types import (
    AnswerEvent,
    AnswerSentence,
    AnswerStarted,
    Citation,
    CitationIssued,
    Context,
    Evidence,
    Hit,
    Source,
    SourcesFound,
    Span,
    TextDelta,
    Turn,
    Usage,
)
from rag.words import Stem, split_words

_ENOUGH_WORDS = 2


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are made.

    Attributes:
        min_hit_confidence: Where no hit has this, the documents do not speak of it, and nobody is asked: weak_hits.
        min_confidence: Evidence below this is not worth the LLM's time: weak_hits.
        min_quote_confidence: Evidence below this is not quoted by the extractive answerer.
        context_margin: A passage is shown to the LLM when its best sentence's confidence is at least this fraction of
            the best of all: fewer passages are read sooner and confuse a small model less.
        min_stand_in_confidence: Evidence of at least this is quoted where the LLM wrote nothing that is supported.
        max_quotes: At most so many sentences in an extractive answer.
        quote_margin: A further sentence is quoted when its confidence is at least this fraction of the first's.
        is_strict: Sentences that no span supports are left out; otherwise they are kept and marked.
    """

    top_k: int = 8
    max_context_tokens: int = 3000
    context_margin: float = 0.0
    max_answer_tokens: int = 400
    min_hit_confidence: float = 0.0
    min_confidence: float = 0.1
    min_quote_confidence: float = 0.27
    min_stand_in_confidence: float = 0.45
    max_quotes: int = 3
    quote_margin: float = 0.9
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class LanguageTools:
    """The pure text functions that answering needs."""

    stem: Stem
    split_sentences: Callable[[str, str], list[Span]]
    count_tokens: CountTokens


@dataclass(frozen=True, slots=True)
class Writer:
    """An LLM, how it is prompted and what it is called in answers."""

    model: ChatModel
    prompts: Prompts


@dataclass(frozen=True, slots=True)
class _Findings:
    """What retrieval gave for one question.

    Attributes:
        asked: What the evidence answers: the query, or what the reader typed where its rewriting finds nothing.
    """

    asked: str
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    context: Context


class Answerer:
    """Answers questions from one index with one LLM, or with none."""

    def __init__(
        self,
        retriever: Retriever,
        writer: Writer | None,
        tools: LanguageTools,
        options: AnswerOptions,
        *,
        clock: Callable[[], float],
        make_id: Callable[[], str],
        degraded: str | None = None,
    ) -> None:
        """Take what answers are made with.

        Args:
            writer: None quotes the documents' own sentences.
            clock: Seconds; only differences count.
            degraded: Why there is no writer although there should be one; each answer says so.
        """
        self.retriever = retriever
        self._writer = writer
        self._tools = tools
        self._options = options
        self._clock = clock
        self._make_id = make_id
        self._degraded = degraded

    def warm_up(self) -> None:
        """Go the way of a question once, so that the first reader does not wait for what is loaded on first use."""
        findings = self._find("What is known about this?", self._options.top_k)
        if findings.context.hits:
            self.retriever.score_sentences("This is known.", findings.context.hits)
            self._tools.split_sentences("This is known. So is that.", "en")

    async def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        conversation_id: str | None = None,
        top_k: int | None = None,
        filters: Filters | None = None,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what happens while a question is answered; the last event is AnswerFinished.

        Args:
            history: Earlier turns of the conversation, oldest first. They help to understand the question and are
                never evidence.
            top_k: How many passages to consider; the options' value when None.
            filters: Which documents the answer may rest on; all when None.
        """
        began = self._clock()
        query = await self._stand_alone(question, history)
        started = AnswerStarted(self._make_id(), conversation_id or self._make_id(), question, query)
        draught = Draught(started, self.retriever.version, clock=self._clock, began=began)
        yield started
        findings = await asyncio.to_thread(
            self._find, query, top_k or self._options.top_k, typed=question, filters=filters
        )
        retrieved = draught.elapsed_ms() - draught.timings.rewrite
        draught.timings = replace(draught.timings, retrieve=round(retrieved, 1))
        yield SourcesFound(tuple(self._sources(findings.context)))
        if not findings.hits:
            yield draught.finish(abstention="no_hits")
            return
        if max(_confidence_of(hit) for hit in findings.hits) < self._options.min_hit_confidence:
            yield draught.finish(abstention="weak_hits", degraded=None if self._writer else self._degraded)
            return
        async with aclosing(self._write(draught, findings)) as events:
            async for event in events:
                yield event

    async def _write(self, draught: Draught, findings: _Findings) -> AsyncGenerator[AnswerEvent, None]:
        if self._writer is None:
            for event in self._quote(draught, findings, degraded=self._degraded):
                yield event
            return
        if _best_confidence(findings.evidence) < self._options.min_confidence:
            yield draught.finish(abstention="weak_hits")
            return
        try:
            async with aclosing(self._generate(draught, findings, self._writer)) as events:
                async for event in events:
                    yield event
        except GenerationFailed as error:
            has_told = bool(draught.sentences)
            draught.restart()
            quoting = self._quote(draught, findings, degraded=str(error))
            # Deltas would read on from what is void now; the finished answer takes its place as a whole.
            for event in quoting[-1:] if has_told else quoting:
                yield event

    async def _generate(
        self, draught: Draught, findings: _Findings, writer: Writer
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Let the LLM write, and pass on each sentence once its evidence is found."""
        messages = answer_messages(writer.prompts, findings.context, findings.asked)
        language = self.retriever.document(findings.context.hits[0].passage.document_id).language
        reader = SentenceReader(lambda text: self._tools.split_sentences(text, language))
        n_declines = 0
        async with aclosing(writer.model.stream(messages, self._options.max_answer_tokens)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    draught.usage = piece
                    continue
                for draft in reader.feed(piece):
                    n_declines += is_decline(draft.text)
                    for event in await self._check(draught, findings, draft):
                        yield event
        for draft in reader.close():
            n_declines += is_decline(draft.text)
            for event in await self._check(draught, findings, draft):
                yield event
        if any(sentence.supported for sentence in draught.sentences):
            yield draught.finish(model=await writer.model.model_name())
            return
        for event in self._stand_in(draught, findings, has_declined=n_declines > 0):
            yield event

    def _stand_in(self, draught: Draught, findings: _Findings, *, has_declined: bool) -> list[AnswerEvent]:
        """Quote where the LLM wrote nothing that is supported and the evidence is strong; else abstain."""
        if has_declined:
            return [draught.finish(abstention="model_declined")]
        if draught.sentences or _best_confidence(findings.evidence) < self._options.min_stand_in_confidence:
            return [draught.finish(abstention="unsupported")]
        return self._quote(draught, findings)

    async def _check(self, draught: Draught, findings: _Findings, draft: Draft) -> list[AnswerEvent]:
        """Find a written sentence's evidence; return the events that show it to the reader, none if it must not be."""
        context = findings.context
        claim = without_polar_opening(draft.text)
        if is_decline(claim) or not claim:
            return []
        scores = await asyncio.to_thread(self.retriever.score_sentences, claim, context.hits)
        support = find_support(
            claim,
            findings.asked,
            context,
            scores,
            self._tools.stem,
            titles=self.retriever.titles(context.hits),
            hints=draft.hints,
        )
        if not support.sentences and self._options.is_strict:
            return []
        found = [(one.hit, one.sentence) for one in support.sentences]
        text = _quote_of(*found[0]) if support.is_quote else claim
        return [] if draught.has_told(text) else self._tell(draught, text, found)

    def _quote(self, draught: Draught, findings: _Findings, degraded: str | None = None) -> list[AnswerEvent]:
        """Answer with the best sentences themselves."""
        best = _best_confidence(findings.evidence)
        if best < self._options.min_quote_confidence:
            return [draught.finish(abstention="weak_hits", degraded=degraded)]
        floor = max(self._options.min_quote_confidence, best * self._options.quote_margin)
        quotes = [evidence for evidence in findings.evidence if evidence.confidence >= floor]
        events: list[AnswerEvent] = []
        for evidence in quotes[: self._options.max_quotes]:
            quoted = _quote_of(evidence.hit, evidence.sentence)
            events += self._tell(draught, quoted, [(evidence.hit, evidence.sentence)])
        return [*events, draught.finish(degraded=degraded)]

    def _tell(self, draught: Draught, text: str, support: Sequence[tuple[Hit, Span]]) -> list[AnswerEvent]:
        """Add a sentence with its citations to the answer and return the events that say so."""
        events: list[AnswerEvent] = []
        numbers: list[int] = []
        for hit, span in support:
            citation, is_new = draught.book.number(partial(self._cite, hit, span), hit.passage.document_id, span)
            numbers.append(citation.number)
            if is_new:
                events.append(CitationIssued(citation, len(draught.sentences)))
        sentence = AnswerSentence(text, tuple(sorted(set(numbers))), supported=bool(support))
        separator = " " if draught.sentences else ""
        draught.sentences.append(sentence)
        draught.mark_first_text()
        return [*events, TextDelta(separator + render_sentence(sentence))]

    def _cite(self, hit: Hit, span: Span, number: int) -> Citation:
        document = self.retriever.document(hit.passage.document_id)
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

    def _find(self, query: str, top_k: int, *, typed: str | None = None, filters: Filters | None = None) -> _Findings:
        hits = self.retriever.search(query, k=top_k, typed=typed, filters=filters)
        asked, evidence = query, self._rank_evidence(query, hits)
        is_found = _best_confidence(evidence) >= self._options.min_quote_confidence
        if typed is not None and typed != query and not is_found and self._says_enough(typed):
            as_typed = [
                replace(hit, sentence_scores=scores)
                for hit, scores in zip(hits, self.retriever.score_sentences(typed, hits), strict=True)
            ]
            for_typed = self._rank_evidence(typed, as_typed)
            if _best_confidence(for_typed) > _best_confidence(evidence):
                asked, hits, evidence = typed, as_typed, for_typed
        context = pack_context(
            _best_of_each(hits, evidence, self._options.context_margin),
            *(self._tools.count_tokens, self._options.max_context_tokens),
        )
        return _Findings(asked, tuple(hits), tuple(evidence), context)

    def _rank_evidence(self, query: str, hits: Sequence[Hit]) -> list[Evidence]:
        return rank_evidence(query, hits, self.retriever.titles(hits), self._tools.stem)

    def _says_enough(self, typed: str) -> bool:
        """Tell whether a follow-up may be answered as it was typed: "and who did he meet?" fits any meeting."""
        return sum(word.is_content for word in split_words(typed, self._tools.stem)) >= _ENOUGH_WORDS

    async def _stand_alone(self, question: str, history: Sequence[Turn]) -> str:
        """Return the question rewritten so that it can be searched for without the conversation."""
        if not needs_rewriting(question, history, self._tools.stem):
            return question
        if self._writer is not None:
            messages = rewrite_messages(self._writer.prompts, history[-2:], question)
            try:
                reply = await self._writer.model.complete(messages, max_tokens=80)
            except GenerationFailed:
                reply = ""
            accepted = accept_rewrite(reply, question, history, self._tools.stem)
            if accepted:
                return accepted
        return rewrite_by_rule(question, history, self._tools.stem)

    def _sources(self, context: Context) -> list[Source]:
        sources = []
        documents = self.retriever.entries_of(context.hits)
        for number, (hit, document) in enumerate(zip(context.hits, documents, strict=True), start=1):
            sources.append(
                Source(
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
            )
        return sources


def _best_of_each(hits: Sequence[Hit], evidence: Sequence[Evidence], margin: float) -> list[Evidence]:
    """Return the best evidence of each hit, best first; what is too far below the best of all is left out.

    A hit without a statement, such as a heading alone, comes last.
    """
    best_by_id: dict[str, Evidence] = {}
    for found in evidence:
        best_by_id.setdefault(found.hit.passage.id, found)
    for hit in hits:
        best_by_id.setdefault(hit.passage.id, Evidence(hit, hit.passage.sentences[0], 0.0))
    floor = margin * _best_confidence(evidence)
    return [found for i, found in enumerate(best_by_id.values()) if i == 0 or found.confidence >= floor]


def _confidence_of(hit: Hit) -> float:
    """Return how likely a hit answers, which a reranker's score does not say."""
    return hit.legs.confidence if hit.legs else hit.score


def _quote_of(hit: Hit, sentence: Span) -> str:
    """Return the words of a sentence on one line."""
    return " ".join(hit.passage.text_of(sentence).split())


def _best_confidence(evidence: Sequence[Evidence]) -> float:
    return evidence[0].confidence if evidence else 0.0
