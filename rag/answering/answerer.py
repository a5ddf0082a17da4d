"""Answer a question: rewrite, retrieve, write, check each sentence, cite, and say how sure the answer is.

Goes in: a question and the turns before it. Comes out: AnswerEvents, the last of which holds the whole Answer. What is
told as a delta has been checked already. Where nothing is confirmed, the sentences of the documents that may answer are
shown as such; where nothing comes near, that is said. When the LLM fails, the documents' best sentences are the answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from rag.answering.answer_builder import AnswerBuilder, Offered
from rag.answering.notes import say_hello, say_nothing_found, say_possible, say_unanswered, say_welcome
from rag.answering.offers import choose_units, offer_first, places_of
from rag.answering.prompts import DECLINES_WITH, MakeBoundary, Writer, answer_messages, decline_messages, draw_boundary
from rag.answering.question.greetings import read_greeting
from rag.answering.question.rewriting import Rewriter
from rag.answering.reply.judge import ReplyJudge, leave_out_repeated
from rag.answering.reply.sentence_check import CheckedSentence, SentenceChecker
from rag.answering.reply.sentence_reader import SentenceReader, WrittenSentence
from rag.answering.unanswered_parts import Completer
from rag.checking.context_sentences import ReadContext, read_context
from rag.errors import GenerationFailed
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, AnswerStarted, SourcesFound
from rag.filters import Filters
from rag.llm.replies import Weighed
from rag.retrieval.evidence_finder import EvidenceFinder, EvidenceOptions, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.reference_marks import find_indexed
from rag.text.tools import Entail, LanguageTools
from rag.types import Abstention, Hit, Outcome, Turn, Usage

# Read at once; others get their turn between. What has no full stop takes longest to read: 10 ms for so much.
_READ_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are made.

    Attributes:
        finding: How much is looked at.
        min_near: Where nothing in the documents comes as near as this (`FoundEvidence.nearness`), that is said and the
            LLM is not called.
        min_quote: Where search is at least so sure, the best sentences are quoted as an answer where no LLM writes one.
        min_answered: What an LLM wrote counts as an answer where it is one with at least this probability.
        max_quotes: At most so many sentences are quoted or offered.
        min_quote_odds: A further sentence is quoted when its odds against the first are at least this.
        is_strict: Sentences that the check doubts are left out; otherwise they are shown and marked.
        is_instant: Quotes are told at once as a draft while the LLM writes.
    """

    finding: EvidenceOptions = field(default_factory=EvidenceOptions)
    max_answer_tokens: int = 400
    min_near: float = 0.28
    min_quote: float = 0.25
    min_answered: float = 0.0
    max_quotes: int = 3
    min_quote_odds: float = 0.2
    is_strict: bool = True
    is_instant: bool = False


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
        self.finder = EvidenceFinder(retriever, tools, options.finding)
        self.rewriter = Rewriter(self.finder, tools, make_boundary)
        self._completer = Completer(self.finder, self.rewriter, tools.stem, options.min_quote_odds)
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
        # Who greets says nothing that a later question could mean.
        history = [turn for turn in history if not read_greeting(turn.question)]
        greeting = read_greeting(question)
        writer = self.writer and replace(self.writer, deadline=self.writer.model.deadline())
        rewritten = await self.rewriter.stand_alone(question, () if greeting else history, writer)
        query, degraded = rewritten.query, rewritten.failure or self._degraded
        if rewritten.failure:
            # The reader has waited for it once.
            writer = None
        started = AnswerStarted(self._make_id(), conversation_id or self._make_id(), question, query)
        builder = AnswerBuilder(started, self.retriever.version, self.finder.cite, clock=self._clock, began=began)
        builder.spend(rewritten.usage)
        yield started
        if greeting:
            yield SourcesFound(())
            say = say_hello if greeting.kind == "greets" else say_welcome
            yield builder.add_note(say(greeting.language))
            yield builder.finish("answered", answered_by="none")
            return
        findings = await asyncio.to_thread(self.finder.find, query, typed=question, top_k=top_k, filters=filters)
        builder.confidence = findings.confidence
        retrieved = builder.elapsed_ms() - builder.timings.rewrite
        builder.timings = replace(builder.timings, retrieve=round(retrieved, 1))
        yield SourcesFound(self.finder.sources(findings.context.hits))
        is_far = findings.nearness < self._options.min_near
        # What an LLM should have made of a follow-up might have come nearer.
        if not findings.hits or (is_far and not rewritten.failure):
            yield self._decline(builder, findings, None if writer else degraded)
            return
        async with aclosing(self._write(builder, findings, writer, degraded)) as events:
            async for event in events:
                yield event

    async def _write(
        self, builder: AnswerBuilder, findings: FoundEvidence, writer: Writer | None, degraded: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        if writer is None:
            for event in await self._quote(builder, findings, degraded=degraded):
                yield event
            return
        if self._options.is_instant:
            yield await self._draft(builder, findings)
        try:
            async with aclosing(self._generate(builder, findings, writer)) as events:
                async for event in events:
                    yield event
        except GenerationFailed as error:
            has_told = bool(builder.sentences)
            builder.restart()
            quoting = await self._quote(builder, findings, degraded=str(error))
            # Deltas would read on from what is void now; the finished answer takes its place as a whole.
            for event in quoting[-1:] if has_told else quoting:
                yield event

    async def _generate(
        self, builder: AnswerBuilder, findings: FoundEvidence, writer: Writer
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Let the LLM write, and end with what could be confirmed, or with what may answer."""
        hits = findings.context.hits
        boundary = draw_boundary(self._make_boundary, [hit.passage.text for hit in hits])
        read = await asyncio.to_thread(self._read, hits)
        checker = SentenceChecker(
            self.retriever, self._tools.stem, self._entail, findings, writer.prompts, read, boundary
        )
        judge = ReplyJudge(findings.asked, self._tools.stem, self._options.min_answered)
        async with aclosing(self._written(builder, checker, judge, writer)) as events:
            async for event in events:
                yield event
        for event in await self._quote_grounds(builder, judge):
            yield event
        if builder.sentences:
            for event in self._tell_doubted(builder, judge):
                yield event
            builder.confidence = judge.likelihood or findings.confidence
            is_written = not all(sentence.quoted for sentence in builder.sentences)
            model = await writer.model.model_name() if is_written else None
            for event in await self._complete(builder, findings, model=model):
                yield event
            return
        reason: Abstention = "model_declined" if judge.has_declined else "unsupported"
        for event in await self._offer(builder, findings, reason, judge.untold):
            yield event

    async def _written(
        self, builder: AnswerBuilder, checker: SentenceChecker, judge: ReplyJudge, writer: Writer
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Pass on each sentence that the LLM writes once its evidence is found."""
        context = checker.findings.context
        language = self.retriever.document(context.hits[0].passage.document_id).language
        indexed = find_indexed(hit.passage.text for hit in context.hits)
        reader = SentenceReader(lambda text: self._tools.split_sentences(text, language), indexed)
        async with aclosing(self._pieces(builder, checker, judge, writer)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    builder.spend(piece)
                elif isinstance(piece, Weighed):
                    judge.log_probabilities += piece.log_probabilities
                else:
                    for start in range(0, len(piece), _READ_CHARACTERS):
                        for written in reader.feed(piece[start : start + _READ_CHARACTERS]):
                            for event in await self._check(builder, checker, judge, written):
                                yield event
                        await asyncio.sleep(0)
        for written in reader.close():
            for event in await self._check(builder, checker, judge, written):
                yield event

    async def _pieces(
        self, builder: AnswerBuilder, checker: SentenceChecker, judge: ReplyJudge, writer: Writer
    ) -> AsyncGenerator[str | Weighed | Usage, None]:
        """Have the LLM write; where it tells probabilities, ask first how gladly it would decline."""
        asked = (writer.prompts, checker.findings.context, checker.findings.asked, checker.boundary)
        is_weighed = writer.prompts.decline is not None
        writing = writer.model.stream(
            answer_messages(*asked), self._options.max_answer_tokens, writer.deadline, asks_probabilities=is_weighed
        )
        async with aclosing(writing) as pieces:
            if is_weighed:
                # What the server reads for the first request is all but the last line of the second.
                async with writer.model.turn():
                    judge.declining, usage = await writer.model.weigh_opening(
                        decline_messages(*asked), DECLINES_WITH, writer.deadline
                    )
                    builder.spend(usage)
                    first = await anext(pieces)
                yield first
            async for piece in pieces:
                yield piece

    async def _check(
        self, builder: AnswerBuilder, checker: SentenceChecker, judge: ReplyJudge, written: WrittenSentence
    ) -> list[AnswerEvent]:
        """Find a written sentence's evidence; return the events that show it to the reader, none if it must not be."""
        checked = await asyncio.to_thread(checker.check, written)
        if checked.standing == "declines":
            judge.has_declined = True
            return []
        if checked.standing == "empty" or builder.has_told(checked.text):
            return []
        is_told = judge.judge(checked) == "told"
        return [*builder.tell(checked.text, checked.places)] if is_told else []

    async def _quote_grounds(self, builder: AnswerBuilder, judge: ReplyJudge) -> list[AnswerEvent]:
        """Quote what the LLM's sentences come nearest to, where that says more than was told."""
        places, finder = places_of(judge.grounds), self.finder
        offered = await asyncio.to_thread(choose_units, places, finder.unit_of, finder.quote, most=len(places))
        told = [sentence.text for sentence in builder.sentences]
        events: list[AnswerEvent] = []
        for one in leave_out_repeated(offered, told, self._tools.stem)[: self._options.max_quotes]:
            events += builder.quote(one.text, one.places)
        return events

    def _tell_doubted(self, builder: AnswerBuilder, judge: ReplyJudge) -> list[AnswerEvent]:
        """Show behind an answer what the check only doubts, marked as not confirmed, where that is wanted."""
        doubted = [one for one in judge.untold if one.standing == "doubted"]
        events: list[AnswerEvent] = []
        for one in () if self._options.is_strict else doubted:
            events += builder.tell(one.text, ())
        return events

    async def _complete(
        self, builder: AnswerBuilder, findings: FoundEvidence, *, model: str | None
    ) -> list[AnswerEvent]:
        """End an answer that was told; where the question asks several things, quote or name what is left of it."""
        events: list[AnswerEvent] = []
        unanswered = []
        left = await asyncio.to_thread(self._completer.parts_left, findings, builder.book.citations())
        for part in left:
            if part.best and part.confidence >= self._options.min_quote:
                place = (part.best.hit, self.finder.unit_of(part.best.hit, part.best.sentence))
                events += builder.quote(self.finder.quote(*place), [place])
            else:
                unanswered.append(part.text)
        if unanswered:
            language = self._tools.detect_language(builder.started.question)
            events.append(builder.add_note(say_unanswered(unanswered, language)))
        is_whole = not unanswered and all(sentence.supported for sentence in builder.sentences)
        outcome: Outcome = "answered" if is_whole else "partly"
        finished = builder.finish(outcome, answered_by="llm" if model else "extractive", model=model)
        return [*events, finished]

    async def _quote(
        self, builder: AnswerBuilder, findings: FoundEvidence, degraded: str | None = None
    ) -> list[AnswerEvent]:
        """Answer with the best sentences themselves; where they are too unsure for that, show them as possible."""
        if findings.confidence < self._options.min_quote or not findings.evidence:
            return await self._offer(builder, findings, "weak_hits", degraded=degraded)
        finder, most = self.finder, self._options.max_quotes
        likely = [evidence for evidence in findings.evidence if evidence.odds >= self._options.min_quote_odds]
        events: list[AnswerEvent] = []
        for offered in await asyncio.to_thread(
            choose_units, places_of((), likely), finder.unit_of, finder.quote, most=most
        ):
            events += builder.quote(offered.text, offered.places)
        if degraded:
            return [*events, builder.finish("answered", answered_by="extractive", degraded=degraded)]
        return [*events, *await self._complete(builder, findings, model=None)]

    async def _offer(
        self,
        builder: AnswerBuilder,
        findings: FoundEvidence,
        abstention: Abstention,
        withheld: Sequence[CheckedSentence] = (),
        degraded: str | None = None,
    ) -> list[AnswerEvent]:
        """Show the sentences that may answer, best first, and say that none of them is confirmed."""
        finder, most = self.finder, self._options.max_quotes
        doubted = [one for one in withheld if one.standing == "doubted" and not self._options.is_strict][:1]
        places = places_of(withheld, findings.evidence)
        units = await asyncio.to_thread(choose_units, places, finder.passage_around, finder.quote, most=most)
        offered = [*(Offered(one.text, ()) for one in doubted), *units][:most]
        # Passages of headings alone come near all the same.
        offered = offered or offer_first(findings.hits, finder.quote)
        if not offered:
            return [self._decline(builder, findings, degraded)]
        language = self._tools.detect_language(builder.started.question)
        events: list[AnswerEvent] = [*builder.offer(say_possible(language), offered)]
        return [
            *events,
            builder.finish("possible", answered_by="extractive", abstention=abstention, degraded=degraded),
        ]

    async def _draft(self, builder: AnswerBuilder, findings: FoundEvidence) -> AnswerDrafted:
        """Return what would be quoted; what is being written begins after it as if unsaid."""
        timings = builder.timings
        *_, finished = await self._quote(builder, findings)
        builder.restart()
        builder.timings = timings
        assert isinstance(finished, AnswerFinished), "quoting ends with AnswerFinished"
        return AnswerDrafted(finished.answer)

    def _decline(self, builder: AnswerBuilder, findings: FoundEvidence, degraded: str | None = None) -> AnswerFinished:
        """Say what was looked for, and that nothing comes near."""
        language = self._tools.detect_language(builder.started.question)
        builder.restart()
        builder.add_note(say_nothing_found(findings.asked, language))
        reason: Abstention = "weak_hits" if findings.hits else "no_hits"
        return builder.finish("declined", answered_by="none", abstention=reason, degraded=degraded)

    def _read(self, hits: Sequence[Hit]) -> ReadContext:
        return read_context(hits, self.retriever.titles(hits), self._tools.stem)
