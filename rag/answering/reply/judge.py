"""Judge the sentences of a reply as they come: shown, only quoted, or withheld. Pure."""

import math
from dataclasses import dataclass, field
from statistics import fmean

from rag.answering.decide import Display, decide_sentence
from rag.answering.reply.gate import Signals, estimate_answered
from rag.answering.reply.sentence_check import CheckedSentence
from rag.text.words import Stem, is_negation, split_words, stems_of


@dataclass(slots=True)
class ReplyJudge:
    """Judges one reply.

    Attributes:
        query: What the evidence answers.
        min_answered: The reply counts as an answer from this probability on.
        declining: The probability, 0 to 1, that the LLM would rather decline; None if unknown.
        log_probabilities: Of the tokens generated so far.
        quotable: The sentences whose nearest places are quoted, in order.
        not_shown: The sentences that are quoted or withheld, in order.
        has_declined: The LLM said that the text does not hold the answer.
    """

    query: str
    stem: Stem
    min_answered: float
    declining: float | None = None
    log_probabilities: list[float] = field(default_factory=list)
    quotable: list[CheckedSentence] = field(default_factory=list)
    not_shown: list[CheckedSentence] = field(default_factory=list)
    has_declined: bool = False

    @property
    def likelihood(self) -> float | None:
        """The probability that the reply so far answers; None if the LLM gives no probabilities."""
        if not self.log_probabilities or self.declining is None:
            return None
        return estimate_answered(Signals(math.exp(fmean(self.log_probabilities)), self.declining))

    def judge(self, checked: CheckedSentence) -> Display:
        """Return how the newest sentence is shown, and keep it for the quotes after the reply."""
        likelihood = self.likelihood
        display = decide_sentence(
            checked,
            likelihood,
            self.min_answered,
            has_declined=self.has_declined,
            adds_information=adds_information(checked.text, self.query, self.stem),
        )
        if likelihood is not None and display != "withheld":
            self.quotable.append(checked)
        if display != "shown":
            self.not_shown.append(checked)
        return display


def adds_information(claim: str, question: str, stem: Stem) -> bool:
    """Return whether a sentence says anything that the question does not.

    "You can have your money back." says only yes to "Can we have our money back?". Comparing words
    cannot check that.
    """
    known_stems = stems_of(split_words(question, stem))
    content = (word for word in split_words(claim, stem) if word.is_content and not is_negation(word.text))
    return any(word.stem not in known_stems for word in content)
