"""Decide of what an LLM writes what is told in its words, what in the documents', and what not at all.

Goes in: checked sentences, and how sure the LLM was. Comes out: a fate for each. A small LLM finds the right place more
often than the right words, so its sentences are told where the places say them, and the places are quoted in any case.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.composing import Offered
from rag.finding import Findings
from rag.gating import Signals, estimate_answered
from rag.telling import CheckedSentence, SentenceChecker
from rag.words import Stem, coverage, negates, split_words, stems_of

Fate = Literal["told", "quoted", "withheld"]
"""told: in the LLM's words. quoted: only the place that it rests on or comes nearest to, in the document's words.
withheld: neither."""

# Of the content words of a quote, what makes it a repetition.
_SHARE_REPEATED = 0.8


@dataclass(slots=True)
class Attempt:
    """One LLM at one question.

    Attributes:
        min_answered: What it wrote counts as an answer from this probability on.
        refusal: The probability, 0 to 1, that it would rather say that the text does not hold the answer; None where
            that is not known, and the check alone decides.
        log_probabilities: Of the tokens that it wrote so far.
        grounds: Sentences whose places are quoted, in their order.
        untold: Sentences that were not told in its words, in their order.
        has_declined: It wrote that the text does not hold the answer.
    """

    checker: SentenceChecker
    min_answered: float
    refusal: float | None = None
    log_probabilities: list[float] = field(default_factory=list)
    grounds: list[CheckedSentence] = field(default_factory=list)
    untold: list[CheckedSentence] = field(default_factory=list)
    has_declined: bool = False

    @property
    def findings(self) -> Findings:
        return self.checker.findings

    @property
    def likelihood(self) -> float | None:
        """The probability that what was written so far answers; None where the LLM tells nothing of it."""
        written = self.log_probabilities
        if not written or self.refusal is None:
            return None
        return estimate_answered(Signals(math.exp(sum(written) / len(written)), self.refusal))

    def judge(self, checked: CheckedSentence) -> Fate:
        """Decide what becomes of the sentence that was written last, and keep it for what is quoted later."""
        fate = self._fate(checked)
        if fate != "withheld" and self.likelihood is not None:
            self.grounds.append(checked)
        if fate != "told":
            self.untold.append(checked)
        return fate

    def _fate(self, checked: CheckedSentence) -> Fate:
        likelihood, is_supported = self.likelihood, checked.standing == "supported"
        if likelihood is None:
            return "told" if is_supported else "withheld"
        if not checked.places or likelihood < self.min_answered:
            return "withheld"
        return "told" if is_supported and says_more(checked.text, self.findings.asked, self.checker.stem) else "quoted"


def says_more(claim: str, question: str, stem: Stem) -> bool:
    """Tell whether a sentence says anything that the question does not.

    "You can have your money back." says only yes to "Can we have our money back?", and no comparison of words tells
    whether that is true.
    """
    asked = stems_of(split_words(question, stem))
    said = (word for word in split_words(claim, stem) if word.is_content and not negates(word.text))
    return any(word.stem not in asked for word in said)


def leave_out_repeated(offered: Sequence[Offered], told: Sequence[str], stem: Stem) -> list[Offered]:
    """Return the quotes that say more than what was told already, be it by sentences or by the quotes before them."""
    said = stems_of(split_words("\n".join(told), stem))
    kept = []
    for one in offered:
        content = [word.stem for word in split_words(one.text, stem) if word.is_content]
        if not content or coverage(content, said) < _SHARE_REPEATED:
            kept.append(one)
            said |= set(content)
    return kept
