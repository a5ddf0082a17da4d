"""Answer with the documents' own words, and end the answers that an LLM generated.

Goes in: an answer being built and the evidence found. Comes out: the events that show it. Run it in
a thread: it reads the index.
"""

from collections.abc import Sequence

from rag.answering.answer_builder import AnswerBuilder, Quote
from rag.answering.decide import AnswerOptions, Route, decide_outcome, estimate_quote
from rag.answering.notes import say_nothing_found, say_possible, say_unanswered, say_unchecked
from rag.answering.question.unanswered import UnansweredParts
from rag.answering.quotes import choose_quotes, first_line, leave_out_repeated, places_of
from rag.answering.reply.sentence_check import CheckedSentence
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.text.tools import Judge, LanguageTools
from rag.types import Abstention


class ExtractiveAnswerer:
    """Quotes the documents of one index."""

    def __init__(
        self,
        finder: EvidenceFinder,
        unanswered: UnansweredParts,
        tools: LanguageTools,
        judge: Judge,
        options: AnswerOptions,
    ) -> None:
        self._finder = finder
        self._unanswered = unanswered
        self._tools = tools
        self._judge = judge
        self._options = options

    def answer(
        self,
        route: Route,
        builder: AnswerBuilder,
        found: FoundEvidence,
        degraded: str | None = None,
        *,
        is_unchecked: bool = False,
    ) -> list[AnswerEvent]:
        """Answer by a route other than "generate"; the last event is AnswerFinished.

        Args:
            degraded: Why no LLM generates the answer although one should.
            is_unchecked: None does because its sentences could not be checked.
        """
        if route == "decline":
            return [self.decline(builder, found, degraded=degraded)]
        if route == "quote":
            return self._quote(builder, found, degraded, is_unchecked=is_unchecked)
        return self.show_possible(builder, found, "weak_hits", degraded=degraded)

    def likelihood(self, found: FoundEvidence) -> float:
        """Return the probability, 0 to 1, that the first quote answers the question."""
        quotes = self._choose(found, most=1)
        if not quotes:
            return 0.0
        (hit, _), *_ = quotes[0].places
        label = self._finder.label(hit)
        judged = self._judge.judge_answer(f"{label}: {quotes[0].text}", found.query)
        return estimate_quote(judged, found.confidence)

    def draft(self, route: Route, builder: AnswerBuilder, found: FoundEvidence) -> AnswerDrafted:
        """Return the answer without an LLM; the builder is empty again afterwards."""
        timings = builder.timings
        finished = self.answer(route, builder, found)[-1]
        builder.restart()
        builder.timings = timings
        assert isinstance(finished, AnswerFinished), "an answer ends with AnswerFinished"
        return AnswerDrafted(finished.answer)

    def show_possible(
        self,
        builder: AnswerBuilder,
        found: FoundEvidence,
        abstention: Abstention,
        not_shown: Sequence[CheckedSentence] = (),
        degraded: str | None = None,
    ) -> list[AnswerEvent]:
        """Show the sentences that may answer, best first, below a note that none is confirmed.

        Args:
            not_shown: Sentences that an LLM generated; the places nearest to them come first.
        """
        most = self._options.max_quotes
        doubted = [] if self._options.is_strict else [one for one in not_shown if one.result == "doubtful"][:1]
        places = places_of(not_shown, found.evidence)
        chosen = choose_quotes(places, self._finder.section_around, self._finder.quote, most=most)
        quotes = [*(Quote(one.text, ()) for one in doubted), *chosen][:most]
        # The hits may be passages that hold headings alone.
        quotes = quotes or first_line(found.hits, self._finder.quote)
        if not quotes:
            return [self.decline(builder, found, degraded=degraded)]
        events = builder.add_possible(say_possible(self._language(builder)), quotes)
        finished = builder.finish("possible", answered_by="extractive", abstention=abstention, degraded=degraded)
        return [*events, finished]

    def decline(
        self,
        builder: AnswerBuilder,
        found: FoundEvidence,
        abstention: Abstention | None = None,
        degraded: str | None = None,
    ) -> AnswerFinished:
        """Say what was searched for, and that nothing comes near."""
        builder.restart()
        builder.add_note(say_nothing_found(found.query, self._language(builder)))
        reason = abstention or ("weak_hits" if found.hits else "no_hits")
        return builder.finish("declined", answered_by="none", abstention=reason, degraded=degraded)

    def quote_nearest(self, builder: AnswerBuilder, quotable: Sequence[CheckedSentence]) -> list[AnswerEvent]:
        """Quote the places nearest to generated sentences if they add to the sentences shown."""
        places = places_of(quotable)
        quotes = choose_quotes(places, self._finder.unit_of, self._finder.quote, most=len(places))
        shown = [sentence.text for sentence in builder.sentences]
        added = leave_out_repeated(quotes, shown, self._tools.stem)[: self._options.max_quotes]
        return [event for quote in added for event in builder.add_quote(quote)]

    def complete(
        self, builder: AnswerBuilder, found: FoundEvidence, model: str | None = None, *, is_unchecked: bool = False
    ) -> list[AnswerEvent]:
        """End an answer that has sentences; quote or name the parts of the question left open."""
        events: list[AnswerEvent] = []
        unanswered = []
        for part in self._unanswered.find(found, builder.book.citations()):
            if part.best and self.likelihood(part.found) >= self._options.min_quote:
                hit, unit = part.best.hit, self._finder.section_around(part.best.hit, part.best.sentence)
                events += builder.add_quote(Quote(self._finder.quote(hit, unit), ((hit, unit),)))
            else:
                unanswered.append(part.text)
        language = self._language(builder)
        notes = [found.remark] if found.remark else []
        notes += [say_unanswered(unanswered, language)] if unanswered else []
        notes += [say_unchecked(language)] if is_unchecked else []
        if notes:
            events.append(builder.add_note("\n".join(notes)))
        outcome = decide_outcome(builder.sentences, unanswered)
        return [*events, builder.finish(outcome, answered_by="llm" if model else "extractive", model=model)]

    def _quote(
        self, builder: AnswerBuilder, found: FoundEvidence, degraded: str | None, *, is_unchecked: bool
    ) -> list[AnswerEvent]:
        events = [event for quote in self._choose(found) for event in builder.add_quote(quote)]
        if degraded:
            return [*events, builder.finish("answered", answered_by="extractive", degraded=degraded)]
        return [*events, *self.complete(builder, found, is_unchecked=is_unchecked)]

    def _choose(self, found: FoundEvidence, most: int | None = None) -> list[Quote]:
        likely = [one for one in found.evidence if one.odds >= self._options.min_quote_odds]
        finder, most = self._finder, most or self._options.max_quotes
        return choose_quotes(places_of((), likely), finder.section_around, finder.quote, most=most)

    def _language(self, builder: AnswerBuilder) -> str:
        return self._tools.detect_language(builder.started.question)
