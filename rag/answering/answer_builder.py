"""The answer in the making: checked sentences, their citations, and what is known of cost and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rag.answering.citations import CitationBook, answer_parts, render_sentence, separator
from rag.events import AnswerFinished, AnswerStarted, CitationIssued, TextDelta
from rag.types import Abstention, Answer, AnsweredBy, AnswerSentence, Citation, Hit, Outcome, Span, Timings, Usage

Cite = Callable[[Hit, Span, int], Citation]


@dataclass(frozen=True, slots=True)
class Offered:
    """A sentence that may answer: what a reader is shown of it, and where it stands; nowhere where an LLM wrote it."""

    text: str
    places: tuple[tuple[Hit, Span], ...]


class AnswerBuilder:
    """What has been written and told so far of one answer."""

    def __init__(
        self,
        started: AnswerStarted,
        index_version: str,
        cite: Cite,
        *,
        clock: Callable[[], float],
        began: float,
    ) -> None:
        """Begin.

        Args:
            cite: Makes the citation of a span of a hit's document, with the number given.
            clock: Seconds; only differences count. `began` is when the question came.
        """
        self.started = started
        self.index_version = index_version
        self._cite = cite
        self._clock = clock
        self._began = began
        self.timings = Timings(rewrite=self.elapsed_ms())
        self.usage = Usage()
        self.confidence = 0.0
        self.restart()

    def restart(self) -> None:
        """Forget what was written."""
        self.sentences: list[AnswerSentence] = []
        self._note = ""
        self.book = CitationBook()

    def spend(self, usage: Usage) -> None:
        """Add what another request to the LLM cost."""
        self.usage = Usage(
            self.usage.prompt_tokens + usage.prompt_tokens, self.usage.completion_tokens + usage.completion_tokens
        )

    def has_told(self, text: str) -> bool:
        return any(sentence.text == text for sentence in self.sentences)

    def tell(self, text: str, places: Sequence[tuple[Hit, Span]]) -> list[CitationIssued | TextDelta]:
        """Add a sentence that an LLM wrote and return the events that say so.

        Args:
            places: What it rests on; nothing where it is unsupported.
        """
        return self._append(text, places)

    def quote(self, text: str, places: Sequence[tuple[Hit, Span]]) -> list[CitationIssued | TextDelta]:
        """Add words of the documents, on a line of their own, and return the events that say so."""
        return self._append(text, places, quoted=True)

    def add_note(self, note: str) -> TextDelta:
        """Say something of the answer behind its sentences."""
        self._note = note
        return TextDelta(separator(self._last) + note, is_note=True)

    def offer(self, note: str, sentences: Sequence[Offered]) -> list[CitationIssued | TextDelta]:
        """Show sentences that may answer, below a note that says so, each on a line of its own."""
        self._note = note
        events: list[CitationIssued | TextDelta] = [TextDelta(note, is_note=True)]
        for offered in sentences:
            events += self._append(offered.text, offered.places, quoted=bool(offered.places), is_offered=True)
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
        """Return the answer as it was told.

        Args:
            abstention: Why nothing is confirmed; None where something is.
            model: Of the LLM that wrote it; None where none did.
            degraded: Why the LLM did not write it although it should have.
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
            )
        )

    def _append(
        self, text: str, places: Sequence[tuple[Hit, Span]], *, quoted: bool = False, is_offered: bool = False
    ) -> list[CitationIssued | TextDelta]:
        events: list[CitationIssued | TextDelta] = []
        numbers: list[int] = []
        for hit, span in places:
            citation, is_new = self.book.number(partial(self._cite, hit, span), hit.passage.document_id, span)
            numbers.append(citation.number)
            if is_new:
                events.append(CitationIssued(citation, len(self.sentences)))
        sentence = AnswerSentence(text, tuple(sorted(set(numbers))), supported=bool(places), quoted=quoted)
        before = "\n" if is_offered else separator(self._last, begins_line=quoted)
        self.sentences.append(sentence)
        self._mark_first_text()
        return [*events, TextDelta(before + render_sentence(sentence), quoted=quoted)]

    @property
    def _last(self) -> AnswerSentence | None:
        return self.sentences[-1] if self.sentences else None

    def _mark_first_text(self) -> None:
        if not self.timings.first_token:
            self.timings = replace(self.timings, first_token=self.elapsed_ms())
