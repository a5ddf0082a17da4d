"""Answer a question: rewrite, retrieve, decide whether there is evidence, write, check each sentence, cite.

Goes in: a question and the turns before it. Comes out: AnswerEvents, the last of which holds the whole Answer. What is
told as a delta has been checked already: a sentence that no span supports never reaches the reader unmarked. When the
LLM fails, the best sentences of the documents themselves are the answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from rag.citing import Draft, SentenceReader, find_indexed, without_references
from rag.composing import Draught
from rag.context_reading import ReadContext, read_context
from rag.declining import is_decline, is_fixed_decline
from rag.errors import GenerationFailed
from rag.filters import Filters
from rag.finding import Finder, FindingOptions, Findings, LanguageTools
from rag.gating import estimate_answerable, estimate_answered
from rag.prompting import MakeBoundary, answer_messages, draw_boundary, verify_messages
from rag.refusing import refuse
from rag.retrieval import Retriever
from rag.rewriting import Rewriter, Writer
from rag.smuggling import carries_foreign_matter, repeats
from rag.support import Entail, Support, find_support, without_polar_opening
from rag.types import (
    Abstention,
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    Hit,
    SourcesFound,
    Span,
    Turn,
    Usage,
)
from rag.words import asks_whether

# Read at once; others get their turn between. What has no full stop takes longest to read: 10 ms for so much.
_READ_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are made.

    Attributes:
        finding: How much is looked at.
        min_hit_confidence: Where no hit has this, the documents do not speak of it, and nobody is asked: weak_hits.
        min_confidence: Evidence below this is not worth the LLM's time: weak_hits.
        min_quote_confidence: Evidence below this is not quoted by the extractive answerer.
        min_answerable: Where the LLM is asked first whether the text states the answer, and this probability is not
            reached, it is not asked to write: model_declined.
        min_answered: Where the LLM was asked first, a sentence is told when it answers with at least this probability.
        min_stand_in_confidence: Evidence of at least this is quoted where the LLM wrote nothing that is supported.
        max_quotes: At most so many sentences in an extractive answer.
        min_quote_odds: A further sentence is quoted when its odds against the first are at least this.
        is_strict: Sentences that no span supports are left out; otherwise they are kept and marked.
        is_instant: Quotes are told at once as a draft while the LLM writes.
    """

    finding: FindingOptions = field(default_factory=FindingOptions)
    max_answer_tokens: int = 400
    min_hit_confidence: float = 0.0
    min_confidence: float = 0.1
    min_quote_confidence: float = 0.22
    min_answerable: float = 0.0
    min_answered: float = 0.0
    min_stand_in_confidence: float = 0.45
    max_quotes: int = 3
    min_quote_odds: float = 0.2
    is_strict: bool = True
    is_instant: bool = False


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One LLM at one question.

    Attributes:
        read: The context's sentences, which each written one is compared with.
        boundary: Ends the passages in the prompts. Who has seen it could write a document that goes on behind it, so no
            sentence may hold it.
        yes: How the LLM leaned when it was asked whether the text answers, 0 to 1; None where it was not asked.
    """

    findings: Findings
    writer: Writer
    read: ReadContext
    boundary: str
    yes: float | None = None


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
        make_boundary: MakeBoundary,
        entail: Entail | None = None,
        degraded: str | None = None,
    ) -> None:
        """Take what answers are made with.

        Args:
            writer: None quotes the documents' own sentences.
            clock: Seconds; only differences count.
            make_boundary: Makes a mark to put around what is data in a prompt, see `prompting.draw_boundary`.
            entail: A model's opinion on whether a text entails a statement, 0 to 1; None does without.
            degraded: Why there is no writer although there should be one; each answer says so.
        """
        self.retriever = retriever
        self.writer = writer
        self._tools = tools
        self._options = options
        self.finder = Finder(retriever, tools, options.finding)
        self.rewriter = Rewriter(self.finder, tools, make_boundary)
        self._clock = clock
        self._make_id = make_id
        self._make_boundary = make_boundary
        self._entail = entail
        self._degraded = degraded

    def warm_up(self) -> None:
        """Go the way of a question once, so that the first reader does not wait for what is loaded on first use."""
        findings = self.finder.find("What is known about this?")
        self._tools.detect_language("What is known about this?")
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
        writer = self.writer and replace(self.writer, deadline=self.writer.model.deadline())
        rewritten = await self.rewriter.stand_alone(question, history, writer)
        query, degraded = rewritten.query, rewritten.failure or self._degraded
        if rewritten.failure:
            # The reader has waited for it once.
            writer = None
        started = AnswerStarted(self._make_id(), conversation_id or self._make_id(), question, query)
        draught = Draught(started, self.retriever.version, self.finder.cite, clock=self._clock, began=began)
        draught.spend(rewritten.usage)
        yield started
        findings = await asyncio.to_thread(self.finder.find, query, typed=question, top_k=top_k, filters=filters)
        draught.confidence = findings.evidence_confidence
        retrieved = draught.elapsed_ms() - draught.timings.rewrite
        draught.timings = replace(draught.timings, retrieve=round(retrieved, 1))
        yield SourcesFound(self.finder.sources(findings.context.hits))
        if not findings.hits:
            yield self._abstain(draught, findings, "no_hits")
            return
        if findings.hit_confidence < self._options.min_hit_confidence:
            yield self._abstain(draught, findings, "weak_hits", None if writer else degraded)
            return
        async with aclosing(self._write(draught, findings, writer, degraded)) as events:
            async for event in events:
                yield event

    async def _write(
        self, draught: Draught, findings: Findings, writer: Writer | None, degraded: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        if writer is None:
            for event in self._quote(draught, findings, degraded=degraded):
                yield event
            return
        if findings.evidence_confidence < self._options.min_confidence:
            yield self._abstain(draught, findings, "weak_hits")
            return
        if self._asks_alone(findings, writer) and findings.evidence_confidence < self._options.min_answered:
            yield self._abstain(draught, findings, "unsupported")
            return
        if self._options.is_instant and (draft := self._draft(draught, findings)):
            yield draft
        try:
            async with aclosing(self._generate(draught, findings, writer)) as events:
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
        self, draught: Draught, findings: Findings, writer: Writer
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Ask the LLM whether the text answers, let it write if so, and end with what could be confirmed."""
        hits = findings.context.hits
        boundary = draw_boundary(self._make_boundary, [hit.passage.text for hit in hits])
        read = await asyncio.to_thread(self._read, hits)
        attempt = await self._ask_whether(draught, _Attempt(findings, writer, read, boundary))
        if attempt.yes is not None:
            draught.confidence = estimate_answerable(attempt.yes, findings.evidence_confidence)
            if draught.confidence < self._options.min_answerable:
                yield self._abstain(draught, findings, "model_declined")
                return
        async with aclosing(self._written(draught, attempt)) as events:
            async for event in events:
                yield event
        if not draught.sentences:
            for event in self._stand_in(draught, attempt):
                yield event
            return
        if attempt.yes is not None:
            draught.confidence = estimate_answered(attempt.yes, findings.evidence_confidence, draught.support)
        yield draught.finish(model=await writer.model.model_name())

    async def _written(self, draught: Draught, attempt: _Attempt) -> AsyncGenerator[AnswerEvent, None]:
        """Pass on each sentence that the LLM writes once its evidence is found."""
        findings, writer = attempt.findings, attempt.writer
        messages = answer_messages(writer.prompts, findings.context, findings.asked, attempt.boundary)
        language = self.retriever.document(findings.context.hits[0].passage.document_id).language
        indexed = find_indexed(hit.passage.text for hit in findings.context.hits)
        reader = SentenceReader(lambda text: self._tools.split_sentences(text, language), indexed)
        async with aclosing(writer.model.stream(messages, self._options.max_answer_tokens, writer.deadline)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    draught.spend(piece)
                    continue
                for start in range(0, len(piece), _READ_CHARACTERS):
                    for draft in reader.feed(piece[start : start + _READ_CHARACTERS]):
                        for event in await self._check(draught, attempt, draft):
                            yield event
                    await asyncio.sleep(0)
        for draft in reader.close():
            for event in await self._check(draught, attempt, draft):
                yield event

    def _asks_alone(self, findings: Findings, writer: Writer) -> bool:
        """Tell whether the LLM is not asked first if the text answers, so that the evidence must speak for itself.

        To "Did he come?" and "Does the text say so?" a small model gives one answer.
        """
        return writer.prompts.verify is not None and asks_whether(findings.asked)

    async def _ask_whether(self, draught: Draught, attempt: _Attempt) -> _Attempt:
        """Ask whether the text states the answer, where that is any use, and return the attempt with what was said."""
        findings, writer = attempt.findings, attempt.writer
        if writer.prompts.verify is None or self._asks_alone(findings, writer):
            return attempt
        messages = verify_messages(writer.prompts, findings.context, findings.asked, attempt.boundary)
        yes, usage = await writer.model.lean(messages, writer.deadline)
        draught.spend(usage)
        return replace(attempt, yes=yes)

    def _stand_in(self, draught: Draught, attempt: _Attempt) -> list[AnswerEvent]:
        """Quote where the LLM wrote nothing that is supported and the evidence is strong; else abstain.

        Where it said that the text answers, what would be quoted without an LLM is strong enough.
        """
        findings = attempt.findings
        if draught.has_declined:
            return [self._abstain(draught, findings, "model_declined")]
        least = self._options.min_stand_in_confidence if attempt.yes is None else self._options.min_quote_confidence
        if findings.evidence_confidence < least or draught.confidence < self._options.min_answered:
            return [self._abstain(draught, findings, "unsupported")]
        return self._quote(draught, findings)

    async def _check(self, draught: Draught, attempt: _Attempt, draft: Draft) -> list[AnswerEvent]:
        """Find a written sentence's evidence; return the events that show it to the reader, none if it must not be."""
        claim = without_polar_opening(draft.text)
        if is_fixed_decline(draft.text):
            draught.has_declined = True
            return []
        if not any(character.isalnum() for character in claim) or attempt.boundary in claim:
            return []
        support = await asyncio.to_thread(self._support, claim, attempt, draft.hints)
        cited = [one.hit.passage.text_of(one.span) for one in support.sentences]
        # A document may itself say that something is not disclosed.
        if is_decline(claim) and not any(is_decline(text) for text in cited):
            draught.has_declined = True
            return []
        if not self._may_be_told(claim, support, cited, attempt):
            return []
        found = [(one.hit, one.span) for one in support.sentences]
        text = _quote_of(*found[0]) if support.is_quote else claim
        return [] if draught.has_told(text) else [*draught.tell(text, found, support.score)]

    def _may_be_told(self, claim: str, support: Support, cited: Sequence[str], attempt: _Attempt) -> bool:
        """Tell whether a reader may see a sentence: by what it rests on, whether it answers, and what it carries."""
        if not cited and (self._options.is_strict or _repeats_prompt(claim, attempt.writer)):
            return False
        if cited and attempt.yes is not None:
            likelihood = estimate_answered(attempt.yes, attempt.findings.evidence_confidence, support.score)
            if likelihood < self._options.min_answered:
                return False
        return support.is_quote or not carries_foreign_matter(claim, cited, _named_in(attempt.findings))

    def _read(self, hits: Sequence[Hit]) -> ReadContext:
        return read_context(hits, self.retriever.titles(hits), self._tools.stem)

    def _support(self, claim: str, attempt: _Attempt, hints: frozenset[int]) -> Support:
        findings = attempt.findings
        cosines = self.retriever.score_sentences(claim, findings.context.hits)
        return find_support(
            claim, findings.asked, attempt.read, cosines, self._tools.stem, hints=hints, entail=self._entail
        )

    def _quote(self, draught: Draught, findings: Findings, degraded: str | None = None) -> list[AnswerEvent]:
        """Answer with the best sentences themselves."""
        if findings.evidence_confidence < self._options.min_quote_confidence:
            return [self._abstain(draught, findings, "weak_hits", degraded)]
        quotes = [evidence for evidence in findings.evidence if evidence.odds >= self._options.min_quote_odds]
        events: list[AnswerEvent] = []
        for evidence in quotes[: self._options.max_quotes]:
            quoted = _quote_of(evidence.hit, evidence.sentence)
            events += draught.tell(quoted, [(evidence.hit, evidence.sentence)], support=1.0)
        return [*events, draught.finish(degraded=degraded)]

    def _draft(self, draught: Draught, findings: Findings) -> AnswerDrafted | None:
        """Return what would be quoted, where that is an answer; what is being written begins after it as if unsaid."""
        *_, finished = self._quote(draught, findings)
        draught.restart()
        is_answer = isinstance(finished, AnswerFinished) and not finished.answer.abstained
        return AnswerDrafted(finished.answer) if is_answer and isinstance(finished, AnswerFinished) else None

    def _abstain(
        self, draught: Draught, findings: Findings, abstention: Abstention, degraded: str | None = None
    ) -> AnswerFinished:
        """Say what was looked for, and offer the passages that come nearest."""
        nearest = self.finder.nearest(findings)
        language = self._tools.detect_language(draught.started.question)
        refusal = refuse(abstention, findings.asked, language, offers_passages=bool(nearest))
        return draught.abstain(abstention, refusal, nearest, degraded)


def _named_in(findings: Findings) -> list[str]:
    """Return what a sentence may take names of hosts and files from: the reader's words and what the LLM read."""
    context = findings.context
    return [findings.asked, *context.labels, *(hit.passage.text for hit in context.hits)]


def _repeats_prompt(claim: str, writer: Writer) -> bool:
    return repeats(claim, f"{writer.prompts.system} {writer.prompts.answer}")


def _quote_of(hit: Hit, sentence: Span) -> str:
    """Return the words of a sentence on one line, as a reader is told them."""
    return without_references(hit.passage.text_of(sentence), hit.passage.text)
