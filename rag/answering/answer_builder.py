"""Build an answer: its sentences, their citations, its tokens and its times."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial

from rag.answering.citations import CitationBook, answer_parts, render_markers, render_sentence, separator
from rag.answering.llm_turn import sum_usage
from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, CitationIssued, TextDelta
from rag.types import Abstention, Answer, AnsweredBy, AnswerSentence, Citation, Hit, Outcome, Span, Timings, Usage

HitSpan = tuple[Hit, Span]
"""A span of a hit's document."""
Cite = Callable[[Hit, Span, int], Citation]
"""Makes the citation of a place, with the number given."""
TraceStep = Callable[[str], AbstractContextManager[None]]
"""Returns what surrounds a step of an answer, of a name: rewrite, search, llm or check."""


def untraced(_: str) -> AbstractContextManager[None]:
    """Surround a step with nothing."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence, row or list as users see it, or a line about it, with its places.

    Generated words have no places.
    """

    text: str
    places: tuple[HitSpan, ...]


class AnswerBuilder:
    """Builds one answer. Citing reads the index, so add sentences and quotes in a thread.

    The methods that add return the events that show what was added.
    """

    def __init__(
        self,
        started: AnswerStarted,
        index_version: str,
        cite: Cite,
        *,
        clock: Callable[[], float],
        began: float,
        trace_step: TraceStep = untraced,
    ) -> None:
        """Start an empty answer.

        Args:
            clock: Returns seconds; only differences count.
            began: The clock's value when the question came.
            trace_step: Called where the LLM begins, and each check.
        """
        self.started = started
        self.index_version = index_version
        self._cite = cite
        self._clock = clock
        self._began = began
        self._trace_step = trace_step
        self.timings = Timings(rewrite=self.elapsed_ms())
        self.usage = Usage()
        self.confidence = 0.0
        self.kind = ""
        self.had_fault = False
        self.restart()

    def restart(self) -> None:
        """Drop all sentences and the note."""
        self.sentences: list[AnswerSentence] = []
        self._note = ""
        self.book = CitationBook()

    def spend(self, usage: Usage) -> None:
        """Add the tokens of one request to the LLM."""
        self.usage = sum_usage(self.usage, usage)

    def mark_retrieved(self) -> None:
        """Record that retrieval ends now."""
        self.timings = replace(self.timings, retrieve=round(self.elapsed_ms() - self.timings.rewrite, 1))

    @contextmanager
    def generating(self) -> Iterator[None]:
        """Count the time as the LLM's, but for checks within it."""
        began, checked = self.elapsed_ms(), self.timings.check
        try:
            with self._trace_step("llm"):
                yield
        finally:
            took = self.elapsed_ms() - began - (self.timings.check - checked)
            self.timings = replace(self.timings, llm=round(self.timings.llm + took, 1))

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Count the time as that of a check."""
        began = self.elapsed_ms()
        try:
            with self._trace_step("check"):
                yield
        finally:
            took = self.elapsed_ms() - began
            self.timings = replace(self.timings, check=round(self.timings.check + took, 1))

    def has_sentence(self, text: str) -> bool:
        return any(sentence.text == text for sentence in self.sentences)

    def add_sentence(self, text: str, places: Sequence[HitSpan]) -> list[AnswerEvent]:
        """Add a generated sentence with its places; a sentence without places is unsupported."""
        return self._append(text, places, separator(self._last), quoted=False)

    def add_quote(self, quote: Quote) -> list[AnswerEvent]:
        """Add words of a document, or a line about it, on a line of their own."""
        return self._append(quote.text, quote.places, separator(self._last, begins_line=True), quoted=True)

    def add_note(self, note: str) -> TextDelta:
        """Add a note after the sentences."""
        self._note = note
        return TextDelta(separator(self._last) + note, is_note=True)

    def add_possible(self, note: str, quotes: Sequence[Quote]) -> list[AnswerEvent]:
        """Add a note, and below it sentences that may answer, each on a line of its own."""
        self._note = note
        events: list[AnswerEvent] = [TextDelta(note, is_note=True)]
        for quote in quotes:
            events += self._append(quote.text, quote.places, "\n", quoted=bool(quote.places))
        return events

    def elapsed_ms(self) -> float:
        return round((self._clock() - self._began) * 1000, 1)

    def finish(
        self,
        outcome: Outcome,
        *,
        answered_by: AnsweredBy,
        abstention: Abstention | None = None,
        model: str | None = None,
        degraded: str | None = None,
    ) -> AnswerFinished:
        """Return the finished answer.

        Args:
            abstention: Why the system abstains; None if it does not.
            model: The LLM that generated the answer; None if none did.
            degraded: Why the LLM did not generate the answer although it should have.
        """
        started, sentences = self.started, tuple(self.sentences)
        return AnswerFinished(
            Answer(
                id=started.id,
                conversation_id=started.conversation_id,
                question=started.question,
                query=started.query,
                outcome=outcome,
                answer="".join(answer_parts(outcome, self._note, sentences)),
                note=self._note,
                sentences=sentences,
                citations=self.book.citations(),
                abstention=abstention,
                answered_by=answered_by,
                model=model,
                index_version=self.index_version,
                usage=self.usage,
                timings_ms=replace(self.timings, total=self.elapsed_ms()),
                degraded=degraded,
                confidence=round(self.confidence, 4),
                kind=self.kind,
            ),
            had_fault=self.had_fault or degraded is not None,
        )

    def _append(self, text: str, places: Sequence[HitSpan], before: str, *, quoted: bool) -> list[AnswerEvent]:
        events: list[AnswerEvent] = []
        numbers = set()
        for hit, span in places:
            citation, is_new = self.book.number(partial(self._cite, hit, span), hit.passage.document_id, span)
            numbers.add(citation.number)
            if is_new:
                events.append(CitationIssued(citation, len(self.sentences)))
        sentence = AnswerSentence(text, tuple(sorted(numbers)), supported=bool(places), quoted=quoted)
        self.sentences.append(sentence)
        if not self.timings.first_token:
            self.timings = replace(self.timings, first_token=self.elapsed_ms())
        shown = before + render_sentence(sentence)
        return [*events, TextDelta(shown, quoted=quoted, markers=render_markers(sentence))]

    @property
    def _last(self) -> AnswerSentence | None:
        return self.sentences[-1] if self.sentences else None
