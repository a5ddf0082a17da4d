"""The events of one answer, in the order in which they happen."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from rag.types import Answer, Citation, Source


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """The query is known, and retrieval begins."""

    id: str
    conversation_id: str
    question: str
    query: str


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """Retrieval ended; the sources have the context's numbers, not those of citations."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class AnswerQueued:
    """The LLM is busy with other questions; `n_before` more of them wait before this one.

    It may come at any time before the first sentence, again whenever the number changes.
    """

    n_before: int


@dataclass(frozen=True, slots=True)
class AnswerDrafted:
    """Quotes that stand while the LLM generates; the finished answer replaces them."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class CitationIssued:
    """A citation that the next TextDelta uses; `sentence` is the sentence's index in the answer."""

    citation: Citation
    sentence: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer: a sentence or quote with its markers, or the note.

    The pieces joined are `Answer.answer`.

    Attributes:
        markers: The end of the text that numbers its citations.
    """

    text: str
    is_note: bool = False
    quoted: bool = False
    markers: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The last event of every question; its answer replaces the deltas if it differs from them.

    Attributes:
        had_fault: A fault may have changed the answer, so nobody else is given it.
    """

    answer: Answer
    had_fault: bool = False


AnswerEvent = AnswerStarted | SourcesFound | AnswerQueued | AnswerDrafted | CitationIssued | TextDelta | AnswerFinished


async def answer_of(events: AsyncGenerator[AnswerEvent, None]) -> Answer:
    """Return the answer that events end with; the events are closed."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
    raise AssertionError("an answer ends with AnswerFinished")
