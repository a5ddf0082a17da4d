"""Check each sentence that an LLM generates: supported, doubted, contradicted, or no answer at all.

Goes in: a sentence and the context that the LLM read. Comes out: a CheckedSentence with its places.
Whether the sentence answers the question is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.answering.prompts import Prompts
from rag.answering.reply.declines import is_decline, is_fixed_decline
from rag.answering.reply.leaks import adds_foreign_parts, repeats
from rag.answering.reply.sentence_reader import GeneratedSentence
from rag.checking.context_sentences import AnalysedContext, Sentence
from rag.checking.support import MIN_SUPPORT, find_support, verify_support, without_polar_opening
from rag.retrieval.evidence_finder import FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.reference_marks import without_references
from rag.text.tools import Judge
from rag.text.words import Stem
from rag.types import Hit, Span

CheckResult = Literal["supported", "doubtful", "contradicted", "unsafe", "declines", "empty"]
"""What the check found about a sentence.

- supported: the places say it.
- doubtful: they may say it in other words.
- contradicted: they say otherwise, or hardly anything speaks for it.
- unsafe: it holds a contact or markup that the nearest place and the question lack, or words of
  the prompt.
- declines: the LLM says that it cannot answer.
- empty: it says nothing.
"""


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A generated sentence after the check.

    Attributes:
        text: The words to show; those of the document if it says the contrary.
        places: The sentences that support it, or may support it.
        support: The probability that the places, or else the nearest sentence, support it, 0 to 1.
        nearest: The sentence of the context that comes nearest to it; None if there is none.
    """

    text: str
    result: CheckResult
    places: tuple[tuple[Hit, Span], ...] = ()
    support: float = 0.0
    nearest: tuple[Hit, Span] | None = None


@dataclass(frozen=True, slots=True)
class SentenceChecker:
    """Checks the sentences of one answer.

    Attributes:
        context: The sentences of the context, analysed.
        boundary: Ends the passages in the prompt. No sentence may show it: a document with it could
            pretend to be the prompt.
    """

    retriever: Retriever
    stem: Stem
    judge: Judge
    found: FoundEvidence
    prompts: Prompts
    context: AnalysedContext
    boundary: str

    def check(self, sentence: GeneratedSentence) -> CheckedSentence:
        """Compare a sentence with the context."""
        claim = without_polar_opening(sentence.text)
        if is_fixed_decline(sentence.text):
            return CheckedSentence(sentence.text, "declines")
        if not any(character.isalnum() for character in claim):
            return CheckedSentence(claim, "empty")
        if self.boundary in claim:
            return CheckedSentence(claim, "unsafe")
        return self._check_claim(claim, hints=sentence.passage_numbers)

    def verify(self, checked: CheckedSentence, probability: float) -> CheckedSentence:
        """Return a doubtful sentence after an LLM was asked whether the context says it.

        Args:
            probability: That the LLM says yes, 0 to 1.
        """
        support = verify_support(checked.support, probability)
        return replace(checked, result="supported" if support >= MIN_SUPPORT else "doubtful", support=support)

    def _check_claim(self, claim: str, hints: frozenset[int]) -> CheckedSentence:
        found = self.found
        cosines = self.retriever.score_sentences(claim, found.context.hits)
        support = find_support(claim, found.query, self.context, cosines, stem=self.stem, judge=self.judge, hints=hints)
        cited = [one.hit.passage.text_of(one.span) for one in support.sentences]
        # A document may itself say that something is not disclosed.
        if is_decline(claim) and not any(is_decline(text) for text in cited):
            return CheckedSentence(claim, "declines")
        if support.sentences and support.is_quote:
            (place,) = _places(support.sentences)
            hit, span = place
            text = without_references(hit.passage.text_of(span), hit.passage.text)
            return CheckedSentence(text, "supported", (place,), support.score, place)
        nearest = (support.nearest.hit, support.nearest.span) if support.nearest else None
        # Not in any cited sentence: a further one may only be cited for the contact that it holds.
        if self._is_unsafe(claim, nearest[0].passage.text_of(nearest[1]) if nearest else ""):
            return CheckedSentence(claim, "unsafe")
        return CheckedSentence(claim, support.verdict, _places(support.sentences), support.score, nearest)

    def _is_unsafe(self, claim: str, place: str) -> bool:
        """Return whether a sentence repeats the prompt or adds a contact or markup."""
        query, context = self.found.query, self.found.context
        nearby = [*context.labels, *(hit.passage.text for hit in context.hits)]
        is_prompt = repeats(claim, f"{self.prompts.system} {self.prompts.answer}")
        return is_prompt or adds_foreign_parts(claim, [place, query], nearby)


def _places(sentences: Sequence[Sentence]) -> tuple[tuple[Hit, Span], ...]:
    return tuple((one.hit, one.span) for one in sentences)
