"""What happens while a question is answered, in this order: it is told on every surface as it comes."""

from dataclasses import dataclass

from rag.types import Answer, Citation, Source


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """The question is understood; search begins."""

    id: str
    conversation_id: str
    question: str
    query: str


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """Retrieval ended; the numbers are the context's own and differ from the answer's citation numbers."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class AnswerDrafted:
    """What the documents themselves say, told while the LLM writes; the finished answer takes its place."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class CitationIssued:
    """A citation that the next TextDelta uses; `sentence` is the index of that sentence in the answer."""

    citation: Citation
    sentence: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A further piece of the answer: a sentence with its markers, a quote with them, or the note.

    Joined they are `Answer.answer`.
    """

    text: str
    is_note: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """The last event of every question; where it differs from the deltas, it is right and they are void."""

    answer: Answer


AnswerEvent = AnswerStarted | SourcesFound | AnswerDrafted | CitationIssued | TextDelta | AnswerFinished
