"""Judge the sentences of an LLM's reply as they come: which are shown, which only quoted, which withheld."""

import math
from dataclasses import dataclass, field

from rag.answering.decide import Display, decide_sentence
from rag.answering.reply.gate import Signals, estimate_answered
from rag.answering.reply.sentence_check import CheckedSentence
from rag.text.words import Stem, is_negation, split_words, stems_of


@dataclass(slots=True)
class ReplyJudge:
    """Judges one reply.

    Attributes:
        question: The question that the evidence answers.
        min_answered: The reply counts as an answer from this probability on.
        declining: The probability, 0 to 1, that the LLM would rather decline; None where it is not known.
        log_probabilities: Of the tokens generated so far.
        quotable: The sentences whose places are quoted, in their order.
        not_shown: The sentences that are not shown in the LLM's words, in their order.
        has_declined: The LLM said that the text does not hold the answer.
    """

    question: str
    stem: Stem
    min_answered: float
    declining: float | None = None
    log_probabilities: list[float] = field(default_factory=list)
    quotable: list[CheckedSentence] = field(default_factory=list)
    not_shown: list[CheckedSentence] = field(default_factory=list)
    has_declined: bool = False

    @property
    def likelihood(self) -> float | None:
        """The probability that the reply so far answers; None where the LLM gives no probabilities."""
        found = self.log_probabilities
        if not found or self.declining is None:
            return None
        return estimate_answered(Signals(math.exp(sum(found) / len(found)), self.declining))

    def judge(self, checked: CheckedSentence) -> Display:
        """Return the fate of the newest sentence, and keep it for the quotes that follow the reply."""
        likelihood = self.likelihood
        fate = decide_sentence(
            checked,
            likelihood,
            self.min_answered,
            has_declined=self.has_declined,
            adds_information=adds_information(checked.text, self.question, self.stem),
        )
        if likelihood is not None and fate != "withheld":
            self.quotable.append(checked)
        if fate != "shown":
            self.not_shown.append(checked)
        return fate


def adds_information(claim: str, question: str, stem: Stem) -> bool:
    """Return whether a sentence says anything that the question does not.

    "You can have your money back." says only yes to "Can we have our money back?". No comparison of words tells
    whether that is true.
    """
    asked = stems_of(split_words(question, stem))
    said = (word for word in split_words(claim, stem) if word.is_content and not is_negation(word.text))
    return any(word.stem not in asked for word in said)
