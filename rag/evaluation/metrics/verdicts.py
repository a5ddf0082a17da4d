"""What a question should get, what it got, and the verdict on that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.evaluation.metrics.correctness import holds_answer, says_enough, token_f1
from rag.types import Answer, AnswerSentence, Citation, Span, Turn

Answerability = Literal["answerable", "look-alike", "absent"]
Verdict = Literal["right", "partly", "wrong", "possible", "declined"]
VERDICTS: tuple[Verdict, ...] = ("right", "partly", "wrong", "possible", "declined")
ABSTAINED: tuple[Verdict, ...] = ("possible", "declined")
ANSWERABILITIES: tuple[Answerability, ...] = ("answerable", "look-alike", "absent")
SMALL_TALK = "small-talk"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what is right.

    Attributes:
        document: The uri of the document that was asked about; None if it is about none, as a
            question about the whole collection is.
        answers: Texts of which a right answer holds at least one, case ignored; empty if the
            documents do not answer. The first are the texts at `spans`, in their order.
        spans: Places of the answers in `document`; a citation or hit is right if it covers one.
        spans_elsewhere: The same in other documents, each with its document's uri.
        words: Uris and texts of documents. These texts hold an answer, and the set does not give
            their offsets; `question_sets.place_words` turns them into spans.
        must_say: Groups of texts; a right answer holds one of each. If there are groups, they
            decide instead of `answers`.
        enough: The number of these groups that a right answer holds at least; None for all.
        kind: How a person asks: fact, list, how-to, …; empty if the set does not say. A right
            reply to SMALL_TALK answers and cites nothing.
        passage: The paragraph that was asked about; None if the set does not name it.
        history: The turns before the question, oldest first.
        documents: The uris of documents that hold the answer. If the set gives them instead of what
            an answer must say, a right answer cites one of them.
        asked_before: Questions to ask before it, after these turns.
    """

    id: str
    question: str
    document: str | None
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    passage: Span | None = None
    history: tuple[Turn, ...] = ()
    must_say: tuple[tuple[str, ...], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    spans_elsewhere: tuple[tuple[str, Span], ...] = ()
    enough: int | None = None
    kind: str = ""
    documents: tuple[str, ...] = ()
    asked_before: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers or self.must_say or self.documents) or self.is_small_talk

    @property
    def is_small_talk(self) -> bool:
        return self.kind == SMALL_TALK

    @property
    def is_located(self) -> bool:
        """Whether a place of an answer is known."""
        return bool(self.spans or self.spans_elsewhere)

    def spans_in(self, uri: str) -> tuple[Span, ...]:
        """Return the places of the answers in a document."""
        elsewhere = (span for document, span in self.spans_elsewhere if document == uri)
        return (*(self.spans if uri == self.document else ()), *elsewhere)

    def is_answered_by(self, text: str) -> bool:
        """Return whether a text holds a right answer."""
        return says_enough(text, self.must_say, self.enough) if self.must_say else holds_answer(text, self.answers)

    @property
    def answerability(self) -> Answerability:
        """Without an answer, a question about a document is look-alike, one about none absent."""
        if self.is_answerable:
            return "answerable"
        return "absent" if self.document is None else "look-alike"


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer with what is right.

    Attributes:
        are_quotes_exact: Whether every citation's quote is the document's text at its offsets.
        sources_ms: Time from the question to the sources.
        first_text_ms: Time to the first text; None without text.
        total_ms: Time to the end of the answer.
    """

    gold: GoldQuestion
    answer: Answer
    are_quotes_exact: bool
    sources_ms: float
    first_text_ms: float | None
    total_ms: float

    @property
    def verdict(self) -> Verdict:
        """Whether the answer is right, partly right or wrong; else how the system abstained.

        Abstaining is neither right nor wrong. Any answer to an unanswerable question is wrong.
        """
        outcome = self.answer.outcome
        if outcome == "possible" or outcome == "declined":  # noqa: PLR1714 -- mypy narrows this and not a membership
            return outcome
        if self.shows_answer:
            return "right"
        return "partly" if outcome == "partly" and self.gold.is_answerable else "wrong"

    @property
    def shows_answer(self) -> bool:
        """Whether the sentences hold or cite a right answer, confirmed or not."""
        if self.gold.is_small_talk:
            return not self.answer.citations
        if self.gold.documents:
            return any(citation.uri in self.gold.documents for citation in self.answer.citations)
        return self.gold.is_answered_by(told_text(self.answer))

    @property
    def is_useful(self) -> bool:
        """Whether a right answer is shown, as the answer or among sentences that may answer."""
        return self.verdict == "right" or (self.verdict == "possible" and self.shows_answer)

    @property
    def token_f1(self) -> float:
        """F1 of the words shared with a gold answer, 0 to 1; 0 if the system abstained."""
        return 0.0 if self.answer.abstained else token_f1(told_text(self.answer), self.gold.answers)

    @property
    def right_citations(self) -> list[bool]:
        """Whether each citation of the answer covers a gold span."""
        return [is_right_citation(self.gold, citation) for citation in self.answer.citations]

    @property
    def is_right_cited(self) -> bool:
        """Whether a citation covers a gold span."""
        return any(self.right_citations)


def told_text(answer: Answer) -> str:
    """Return the answer without markers, since the 1 of a "[1]" is no answer."""
    return " ".join(sentence.text for sentence in answer.sentences)


def holds_gold(gold: GoldQuestion, sentence: AnswerSentence) -> bool:
    """Return whether a sentence of an answer holds a gold answer."""
    return gold.is_answered_by(sentence.text)


def is_right_citation(gold: GoldQuestion, citation: Citation) -> bool:
    """Return whether a citation covers a gold span."""
    return covers(Span(citation.start, citation.end), gold.spans_in(citation.uri))


def covers(span: Span, golds: Sequence[Span]) -> bool:
    """Return whether a span contains the whole of a gold span."""
    return any(span.start <= gold.start and gold.end <= span.end for gold in golds)
