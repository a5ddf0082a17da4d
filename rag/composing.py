"""The answer in the making: checked sentences, their citations, and what is known of cost and time."""

from collections.abc import Callable
from dataclasses import replace

from rag.citing import CitationBook, render_answer
from rag.types import (
    Abstention,
    Answer,
    AnsweredBy,
    AnswerFinished,
    AnswerSentence,
    AnswerStarted,
    Timings,
    Usage,
)

REFUSALS: dict[Abstention, str] = {
    "no_hits": "I found nothing about this in the documents.",
    "weak_hits": "I found nothing in the documents that answers this.",
    "model_declined": "The documents do not say.",
    "unsupported": "I could not confirm an answer in the documents, so I give none.",
}


class Draught:
    """What has been written and told so far of one answer."""

    def __init__(self, started: AnswerStarted, index_version: str, *, clock: Callable[[], float], began: float) -> None:
        self.started = started
        self.index_version = index_version
        self._clock = clock
        self._began = began
        self.timings = Timings(rewrite=self.elapsed_ms())
        self.usage = Usage()
        self.restart()

    def restart(self) -> None:
        """Forget what was written."""
        self.sentences: list[AnswerSentence] = []
        self.book = CitationBook()

    def has_told(self, text: str) -> bool:
        return any(sentence.text == text for sentence in self.sentences)

    def elapsed_ms(self) -> float:
        return round((self._clock() - self._began) * 1000, 1)

    def mark_first_text(self) -> None:
        if not self.timings.first_token:
            self.timings = replace(self.timings, first_token=self.elapsed_ms())

    def finish(
        self, *, model: str | None = None, abstention: Abstention | None = None, degraded: str | None = None
    ) -> AnswerFinished:
        sentences = () if abstention else tuple(self.sentences)
        answered_by: AnsweredBy = "none" if abstention else "llm" if model else "extractive"
        return AnswerFinished(
            Answer(
                id=self.started.id,
                conversation_id=self.started.conversation_id,
                question=self.started.question,
                query=self.started.query,
                answer=REFUSALS[abstention] if abstention else render_answer(sentences),
                sentences=sentences,
                citations=() if abstention else self.book.citations(),
                abstention=abstention,
                answered_by=answered_by,
                model=model,
                index_version=self.index_version,
                usage=self.usage,
                timings_ms=replace(self.timings, total=self.elapsed_ms()),
                degraded=degraded,
            )
        )
