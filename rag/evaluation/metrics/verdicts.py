"""What a question should get, what it got, and the verdict on that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.evaluation.metrics.correctness import holds_answer, says_all, token_f1
from rag.types import Answer, AnswerSentence, Citation, Span, Turn

QuestionKind = Literal["answerable", "look-alike", "absent"]
Verdict = Literal["right", "partly", "wrong", "possible", "declined"]
VERDICTS: tuple[Verdict, ...] = ("right", "partly", "wrong", "possible", "declined")
KINDS: tuple[QuestionKind, ...] = ("answerable", "look-alike", "absent")


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what is right.

    Attributes:
        document: The uri of the document that was asked about; None where it asks about nothing that is in them.
        answers: Texts of which a right answer holds at least one, case ignored; empty where the documents do not say.
            The first of them are what stands at `spans`, one a span.
        spans: Where the answers stand; a citation or hit is right when it covers one of them.
        words: What is known to stand in `document` and holds an answer, where nobody says at which offsets;
            `question_sets.place_words` makes spans of it.
        must_say: Groups of texts; a right answer holds one of each. Where there are any, these decide instead of
            `answers`, which then only say what stands at `spans`.
        passage: The paragraph that was asked about; None where the set does not say.
        history: The turns before it, oldest first.
    """

    id: str
    question: str
    document: str | None
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    passage: Span | None = None
    history: tuple[Turn, ...] = ()
    must_say: tuple[tuple[str, ...], ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers or self.must_say)

    def is_answered_by(self, text: str) -> bool:
        """Tell whether a text holds a right answer."""
        return says_all(text, self.must_say) if self.must_say else holds_answer(text, self.answers)

    @property
    def kind(self) -> QuestionKind:
        """What it is: without an answer, look-alike is about a document of the set and absent about none."""
        if self.is_answerable:
            return "answerable"
        return "absent" if self.document is None else "look-alike"


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What one question got.

    Attributes:
        are_quotes_exact: Whether every citation's quote is the document's text at its offsets.
        sources_ms: When the sources were told, since the question.
        first_text_ms: When the first text was told; None when none was.
        total_ms: When the answer was finished.
    """

    gold: GoldQuestion
    answer: Answer
    are_quotes_exact: bool
    sources_ms: float
    first_text_ms: float | None
    total_ms: float

    @property
    def verdict(self) -> Verdict:
        """Whether what was told as an answer is right, part of one, or wrong; else how it abstained.

        Abstaining is never wrong and never right, whatever the kind of question; telling something where the documents
        do not say is wrong.
        """
        outcome = self.answer.outcome
        if outcome == "possible" or outcome == "declined":  # noqa: PLR1714 -- mypy narrows this and not a membership
            return outcome
        if self.shows_answer:
            return "right"
        return "partly" if outcome == "partly" and self.gold.is_answerable else "wrong"

    @property
    def shows_answer(self) -> bool:
        """Whether the sentences told or quoted hold a right answer."""
        return self.gold.is_answered_by(told_text(self.answer))

    @property
    def is_useful(self) -> bool:
        """Whether a reader has a right answer before them: told as one, or among the sentences that may answer."""
        return self.verdict == "right" or (self.verdict == "possible" and self.shows_answer)

    @property
    def token_f1(self) -> float:
        """How many words the answer shares with a gold answer, 0 to 1; 0 where it was declined."""
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
    """Return the answer without its markers: the 1 of a "[1]" is no answer."""
    return " ".join(sentence.text for sentence in answer.sentences)


def holds_gold(gold: GoldQuestion, sentence: AnswerSentence) -> bool:
    """Tell whether a sentence of an answer holds a gold answer."""
    return gold.is_answered_by(sentence.text)


def is_right_citation(gold: GoldQuestion, citation: Citation) -> bool:
    """Tell whether a citation covers a gold span."""
    return citation.uri == gold.document and covers(Span(citation.start, citation.end), gold.spans)


def covers(span: Span, golds: Sequence[Span]) -> bool:
    """Tell whether one of the gold spans lies wholly inside a span."""
    return any(span.start <= gold.start and gold.end <= span.end for gold in golds)
