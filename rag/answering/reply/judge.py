"""Decide of what an LLM writes what is told in its words, what in the documents', and what not at all.

Goes in: checked sentences, and how sure the LLM was. Comes out: a fate for each. A small LLM finds the right place more
often than the right words, so its sentences are told where the places say them, and the places are quoted in any case.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.answering.answer_builder import Offered
from rag.answering.reply.gate import Signals, estimate_answered
from rag.answering.reply.sentence_check import CheckedSentence
from rag.text.words import Stem, coverage, is_negation, negates, split_words, stems_of

Fate = Literal["told", "quoted", "withheld"]
"""told: in the LLM's words. quoted: only the place that comes nearest to it, in the document's words. withheld:
neither."""

# A place that says next to nothing of what was written is not where the LLM found it.
_LEAST_SUPPORT = 0.02
# Of the content words of a quote, what makes it a repetition.
_SHARE_REPEATED = 0.8


@dataclass(slots=True)
class ReplyJudge:
    """Judges the sentences of one reply as they come.

    Attributes:
        question: What was asked.
        min_answered: The reply counts as an answer from this probability on.
        declining: The probability, 0 to 1, that the LLM would rather say that the text does not hold the answer; None
            where that is not known, and the check alone decides.
        log_probabilities: Of the tokens written so far.
        grounds: Sentences whose places are quoted, in their order.
        untold: Sentences that were not told in the LLM's words, in their order.
        has_declined: The LLM wrote that the text does not hold the answer.
    """

    question: str
    stem: Stem
    min_answered: float
    declining: float | None = None
    log_probabilities: list[float] = field(default_factory=list)
    grounds: list[CheckedSentence] = field(default_factory=list)
    untold: list[CheckedSentence] = field(default_factory=list)
    has_declined: bool = False

    @property
    def likelihood(self) -> float | None:
        """The probability that what was written so far answers; None where the LLM tells nothing of it."""
        written = self.log_probabilities
        if not written or self.declining is None:
            return None
        return estimate_answered(Signals(math.exp(sum(written) / len(written)), self.declining))

    def judge(self, checked: CheckedSentence) -> Fate:
        """Decide what becomes of the sentence that was written last, and keep it for what is quoted later."""
        likelihood = self.likelihood
        if likelihood is None:
            fate: Fate = "told" if checked.standing == "supported" else "withheld"
        else:
            fate = self._weigh(checked, likelihood)
            if fate != "withheld":
                self.grounds.append(checked)
        if fate != "told":
            self.untold.append(checked)
        return fate

    def _weigh(self, checked: CheckedSentence, likelihood: float) -> Fate:
        is_supported = checked.standing == "supported"
        is_found = checked.nearest is not None and checked.support >= _LEAST_SUPPORT
        if likelihood < self.min_answered or not is_found or (self.has_declined and not is_supported):
            return "withheld"
        return "told" if is_supported and says_more(checked.text, self.question, self.stem) else "quoted"


def says_more(claim: str, question: str, stem: Stem) -> bool:
    """Tell whether a sentence says anything that the question does not.

    "You can have your money back." says only yes to "Can we have our money back?", and no comparison of words tells
    whether that is true.
    """
    asked = stems_of(split_words(question, stem))
    said = (word for word in split_words(claim, stem) if word.is_content and not is_negation(word.text))
    return any(word.stem not in asked for word in said)


def leave_out_repeated(offered: Sequence[Offered], told: Sequence[str], stem: Stem) -> list[Offered]:
    """Return the quotes that say more than what was told already, be it by sentences or by the quotes before them."""
    said = list(told)
    kept = []
    for one in offered:
        content = [word.stem for word in split_words(one.text, stem) if word.is_content]
        # "Dogs are not allowed" repeats no "Dogs are allowed".
        alike = [text for text in said if negates(text) == negates(one.text)]
        if not content or coverage(content, stems_of(split_words("\n".join(alike), stem))) < _SHARE_REPEATED:
            kept.append(one)
            said.append(one.text)
    return kept
