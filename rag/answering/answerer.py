"""Answer a question: rewrite it, retrieve evidence, then generate, quote or decline.

Goes in: a question and the turns before it. Comes out: AnswerEvents, the last of which holds the
Answer. `decide` has the thresholds, `extractive` the quotes, `generative` the LLM's reply.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from rag.answering.answer_builder import AnswerBuilder, TraceStep, untraced
from rag.answering.decide import AnswerOptions, Route, Situation, decide, reason_to_abstain
from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.gathering.coverage import cover_question
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.gatherer import Gatherer
from rag.answering.gathering.newest_first import NewestFirst
from rag.answering.generative import GeneratedReply
from rag.answering.llm_turn import LlmTurn, turn_with
from rag.answering.notes import say_hello, say_unclear, say_welcome
from rag.answering.prompts import MakeBoundary, PromptedLlm, draw_boundary
from rag.answering.question.greetings import Greeting, read_greeting
from rag.answering.question.rewriting import Rewriter, Rewritten
from rag.answering.question.unanswered import UnansweredParts
from rag.answering.question.unclear import is_unclear
from rag.answering.reply.judge import ReplyJudge
from rag.answering.reply.sentence_check import SentenceChecker
from rag.answering.reply.sentence_reader import SentenceReader
from rag.checking.context_sentences import analyse_context
from rag.errors import GenerationFailed
from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, SourcesFound
from rag.filters import Filters
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.questions import QuestionKind
from rag.text.reference_marks import find_indexed
from rag.text.tools import Judge, LanguageTools
from rag.types import Turn, Usage

# Questions whose answers stand in several places.
_SPREAD: frozenset[QuestionKind] = frozenset({"comparison", "several"})


class Answerer:
    """Answers questions from one index, with an LLM or without."""

    def __init__(
        self,
        retriever: Retriever,
        llm: PromptedLlm | None,
        tools: LanguageTools,
        options: AnswerOptions,
        *,
        clock: Callable[[], float],
        make_id: Callable[[], str],
        make_boundary: MakeBoundary,
        judge: Judge,
        degraded: str | None = None,
        lists_documents: bool = True,
    ) -> None:
        """Take the collaborators.

        Args:
            llm: None quotes the documents' own sentences.
            clock: Returns seconds; only differences count.
            make_boundary: See `prompts.draw_boundary`.
            judge: Compares generated sentences with the context.
            degraded: Why no LLM can be called although one should be; each answer says so.
            lists_documents: Answer which documents there are.
        """
        self.retriever = retriever
        self.llm = llm
        self._tools = tools
        self._options = options
        self.finder = EvidenceFinder(retriever, tools, options.finding)
        self.rewriter = Rewriter(self.finder, tools, make_boundary)
        unanswered = UnansweredParts(self.finder, self.rewriter, tools.stem, options.min_quote_odds)
        self._extractive = ExtractiveAnswerer(self.finder, unanswered, tools, judge, options)
        self._newest_first = NewestFirst(retriever, self.finder, tools.stem)
        self.lists_documents = lists_documents
        self._gatherer = Gatherer(retriever, self.finder, tools, lists_documents=lists_documents)
        self._clock = clock
        self._make_id = make_id
        self._make_boundary = make_boundary
        self._judge = judge
        self._degraded = degraded

    def warm_up(self) -> None:
        """Retrieve once, so that the first question does not wait for anything to load."""
        found = self.finder.find("What is known about this?")
        self._tools.detect_language("What is known about this?")
        self.retriever.correct("Whta is knnown?")
        if found.context.hits:
            self.retriever.score_sentences("This is known.", found.context.hits)
            self._tools.split_sentences("This is known. So is that.", "en")
        self._judge.judge_answer("This is known.", "What is known?")

    async def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        conversation_id: str | None = None,
        top_k: int | None = None,
        filters: Filters | None = None,
        on_unreported: Callable[[Usage], None] | None = None,
        trace_step: TraceStep = untraced,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of one answer; the last one is AnswerFinished.

        Args:
            history: Earlier turns of the conversation, oldest first. They help to understand the
                question and are never evidence.
            top_k: How many passages to retrieve; by default as the options say.
            filters: Which documents the answer may rest on; by default all.
            on_unreported: Called at the end if the LLM took more tokens than a finished answer
                says: its server counts none, its reply broke off, or the answer was stopped.
            trace_step: Called where each step begins.
        """
        reported = Usage()
        with turn_with(self.llm) as llm:
            answering = self._answer(
                question,
                history,
                llm,
                conversation_id=conversation_id,
                top_k=top_k,
                filters=filters,
                trace_step=trace_step,
            )
            try:
                async with aclosing(answering) as events:
                    async for event in events:
                        if isinstance(event, AnswerFinished):
                            reported = event.answer.usage
                        yield event
            finally:
                unreported = llm.usage_beyond(reported) if llm else Usage()
                if on_unreported and unreported != Usage():
                    on_unreported(unreported)

    async def _answer(
        self,
        question: str,
        history: Sequence[Turn],
        llm: LlmTurn | None,
        *,
        conversation_id: str | None,
        top_k: int | None,
        filters: Filters | None,
        trace_step: TraceStep,
    ) -> AsyncGenerator[AnswerEvent, None]:
        began = self._clock()
        greeting = read_greeting(question)
        # A later question cannot refer to a greeting.
        turns = [] if greeting else [turn for turn in history if not read_greeting(turn.question)]
        with trace_step("rewrite"):
            async with aclosing(self.rewriter.rewrite(question, turns, llm)) as steps:
                async for step in steps:
                    if isinstance(step, Rewritten):
                        rewritten = step
                    else:
                        yield step
        started = AnswerStarted(self._make_id(), conversation_id or self._make_id(), question, rewritten.query)
        builder = AnswerBuilder(
            started, self.retriever.version, self.finder.cite, clock=self._clock, began=began, trace_step=trace_step
        )
        builder.spend(rewritten.usage)
        yield started
        if greeting:
            for event in _reply(builder, _greet(greeting)):
                yield event
            return
        with trace_step("search"):
            builder.kind = kind = await asyncio.to_thread(self.retriever.classify, rewritten.query)
            found = await asyncio.to_thread(self._find, rewritten.query, question, kind, top_k, filters)
        if note := self._say_instead(question, kind, found, is_first=not turns):
            for event in _reply(builder, note):
                yield event
            return
        builder.confidence = found.confidence
        builder.mark_retrieved()
        yield SourcesFound(await asyncio.to_thread(self.finder.sources, found.context.hits))
        # An LLM that failed to rewrite the question leaves it unclear what to gather.
        gathered = [] if rewritten.failure else await asyncio.to_thread(self._gather, builder, found, kind)
        if gathered:
            for event in gathered:
                yield event
            return
        async with aclosing(self._respond(builder, found, llm, rewritten.failure)) as events:
            async for event in events:
                yield event

    async def _respond(
        self, builder: AnswerBuilder, found: FoundEvidence, llm: LlmTurn | None, failure: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Generate, quote or decline; after a `failure` to rewrite, the LLM is not called again."""
        llm = None if failure else llm
        degraded = None if llm else failure or self._degraded
        route = await asyncio.to_thread(self._decide, builder, found, llm, lost_rewriting=failure is not None)
        if llm is None or route != "generate":
            for event in await asyncio.to_thread(self._extractive.answer, route, builder, found, degraded):
                yield event
            return
        without_llm = await asyncio.to_thread(self._decide, builder, found, None)
        if not await asyncio.to_thread(self._can_check, found):
            for event in await asyncio.to_thread(
                self._extractive.answer, without_llm, builder, found, is_unchecked=True
            ):
                yield event
            return
        if self._options.is_instant and without_llm != "decline":
            yield await asyncio.to_thread(self._extractive.draft, without_llm, builder, found)
        try:
            async with aclosing(llm.come()) as positions:
                async for position in positions:
                    yield position
            async with aclosing(self._generate(builder, found, llm, without_llm)) as events:
                async for event in events:
                    yield event
        except GenerationFailed as error:
            has_shown = bool(builder.sentences)
            builder.restart()
            quoting = await asyncio.to_thread(self._extractive.answer, without_llm, builder, found, str(error))
            # Deltas cannot take back the sentences shown; only the finished answer replaces them.
            for event in quoting[-1:] if has_shown else quoting:
                yield event

    async def _generate(
        self, builder: AnswerBuilder, found: FoundEvidence, llm: LlmTurn, without_llm: Route
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Have the LLM generate; end with the supported sentences and quotes, or abstain.

        Args:
            without_llm: What is done if the LLM declines: "decline", or the quotes are possible.
        """
        reply = await asyncio.to_thread(self._prepare_reply, builder, found, llm)
        with builder.generating():
            async with aclosing(reply.events()) as events:
                async for event in events:
                    yield event
        judge = reply.judge
        for event in await asyncio.to_thread(self._extractive.quote_nearest, builder, judge.quotable):
            yield event
        if builder.sentences:
            for event in [] if self._options.is_strict else _add_doubted(builder, judge):
                yield event
            is_generated = not all(sentence.quoted for sentence in builder.sentences)
            model = await llm.model.model_name() if is_generated else None
            builder.confidence = judge.likelihood or found.confidence
            ending = await asyncio.to_thread(self._extractive.complete, builder, found, model)
        elif judge.has_declined and without_llm == "decline":
            ending = [await asyncio.to_thread(self._extractive.decline, builder, found, "llm_declined")]
        else:
            reason = reason_to_abstain(has_declined=judge.has_declined)
            ending = await asyncio.to_thread(self._extractive.show_possible, builder, found, reason, judge.not_shown)
        for event in ending:
            yield event

    def _prepare_reply(self, builder: AnswerBuilder, found: FoundEvidence, llm: LlmTurn) -> GeneratedReply:
        """Analyse the context that the generated sentences are compared with."""
        hits, stem = found.context.hits, self._tools.stem
        texts = [hit.passage.text for hit in hits]
        boundary = draw_boundary(self._make_boundary, texts)
        context = analyse_context(hits, self.retriever.titles(hits), stem)
        language = self._language_of(found)
        return GeneratedReply(
            llm,
            builder,
            SentenceReader(lambda text: self._tools.split_sentences(text, language), find_indexed(texts)),
            SentenceChecker(self.retriever, stem, self._judge, found, llm.prompts, context, boundary),
            ReplyJudge(found.query, stem, self._options.min_answered),
            self._options.max_answer_tokens,
        )

    def _find(
        self, query: str, question: str, kind: QuestionKind, top_k: int | None, filters: Filters | None
    ) -> FoundEvidence:
        found = self.finder.find(query, question=question, top_k=top_k, filters=filters)
        if kind in _SPREAD:
            return self.finder.arrange(found, cover_question(found.query, found.evidence, self._tools.stem))
        return self._newest_first.order(found, self._tools.detect_language(question))

    def _say_instead(self, question: str, kind: QuestionKind, found: FoundEvidence, *, is_first: bool) -> str | None:
        """Return the reply to a message that asks the documents nothing."""
        if is_unclear(found.query, kind):
            return say_unclear(self._tools.detect_language(question))
        # The classifier cannot tell a name in the documents from any other ("Where is Bob?").
        if kind == "small-talk" and is_first and found.nearness < self._options.min_near:
            return say_hello(self._tools.detect_language(question))
        return None

    def _gather(self, builder: AnswerBuilder, found: FoundEvidence, kind: QuestionKind) -> list[AnswerEvent]:
        """Answer with what is gathered for the kind of question; no events if that is nothing."""
        # The words of a question about the collection may stand in no document.
        if kind != "collection" and found.nearness < self._options.min_near:
            return []
        language = self._tools.detect_language(builder.started.question)
        gathered = self._gatherer.gather(kind, found, language)
        return _add_gathered(builder, gathered) if gathered else []

    def _can_check(self, found: FoundEvidence) -> bool:
        return self._judge.reads(self._language_of(found))

    def _language_of(self, found: FoundEvidence) -> str:
        """Return the language of the best hit's document, an ISO 639-1 code."""
        return self.retriever.entry(found.context.hits[0].passage.document_id).language

    def _decide(
        self, builder: AnswerBuilder, found: FoundEvidence, llm: LlmTurn | None, *, lost_rewriting: bool = False
    ) -> Route:
        """Decide how the question is answered; without an LLM, the likelihood of quotes counts."""
        if llm is None:
            builder.confidence = self._extractive.likelihood(found)
        situation = Situation(
            has_hits=bool(found.hits),
            nearness=found.nearness,
            likelihood=builder.confidence,
            has_evidence=bool(found.evidence),
            has_llm=llm is not None,
            lost_rewriting=lost_rewriting,
        )
        return decide(situation, self._options)


def _greet(greeting: Greeting) -> str:
    return say_hello(greeting.language) if greeting.kind == "greets" else say_welcome(greeting.language)


def _reply(builder: AnswerBuilder, note: str) -> list[AnswerEvent]:
    """Answer what asks the documents nothing with one line."""
    return [SourcesFound(()), builder.add_note(note), builder.finish("answered", answered_by="none")]


def _add_gathered(builder: AnswerBuilder, gathered: Gathered) -> list[AnswerEvent]:
    """Answer with the lines gathered."""
    events = [event for line in gathered.lines for event in builder.add_quote(line)]
    if gathered.note:
        events.append(builder.add_note(gathered.note))
    return [*events, builder.finish("answered", answered_by="extractive")]


def _add_doubted(builder: AnswerBuilder, judge: ReplyJudge) -> list[AnswerEvent]:
    """Add the sentences that the check only doubts, marked as unsupported."""
    doubted = dict.fromkeys(checked.text for checked in judge.not_shown if checked.result == "doubtful")
    return [event for text in doubted for event in builder.add_sentence(text, ())]
