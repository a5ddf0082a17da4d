"""Decide what becomes of a question, of each sentence that an LLM generates, and of the answer. Pure.

Every threshold between an answer and an abstention is applied here, and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.answering.reply.sentence_check import CheckedSentence
from rag.retrieval.evidence_finder import EvidenceOptions
from rag.types import Abstention, AnswerSentence, Outcome

Route = Literal["decline", "generate", "quote", "show_possible"]
"""decline: nothing comes near. generate: the LLM is called. quote: the documents' own sentences are the answer.
show_possible: they may answer, and are shown as not confirmed."""
Display = Literal["shown", "quoted", "withheld"]
"""shown: in the LLM's words. quoted: only the place nearest to it, in the document's words. withheld: neither."""

# A place with less support than this says next to nothing of the sentence, so the LLM did not find it there.
_LEAST_SUPPORT = 0.02


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are built.

    Attributes:
        finding: How much is searched and read.
        min_near: The least `FoundEvidence.nearness`; below it the system declines and the LLM is not called.
        min_quote: The least confidence of retrieval at which quotes are an answer where no LLM generates one.
        min_answered: The least probability at which an LLM's reply counts as an answer.
        max_quotes: The most sentences that are quoted or shown as possible.
        min_quote_odds: The least odds of a further quote against the first.
        is_strict: Leave out sentences that are only doubted; otherwise they are shown and marked.
        is_instant: Show quotes as a draft while the LLM generates.
    """

    finding: EvidenceOptions = field(default_factory=EvidenceOptions)
    max_answer_tokens: int = 400
    min_near: float = 0.28
    min_quote: float = 0.25
    min_answered: float = 0.0
    max_quotes: int = 3
    min_quote_odds: float = 0.2
    is_strict: bool = True
    is_instant: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a question once the documents have been searched.

    Attributes:
        nearness: Of the nearest hit, -1 to 1; see `FoundEvidence.nearness`.
        confidence: That the best hit answers, 0 to 1.
        has_evidence: Some sentence may be quoted.
        has_llm: An LLM can be called.
        lost_rewriting: The LLM failed to rewrite a follow-up, so the right query might come nearer.
    """

    has_hits: bool
    nearness: float
    confidence: float
    has_evidence: bool
    has_llm: bool
    lost_rewriting: bool = False


def decide(situation: Situation, options: AnswerOptions) -> Route:
    """Return how the question is answered."""
    is_far = situation.nearness < options.min_near
    if not situation.has_hits or (is_far and not situation.lost_rewriting):
        return "decline"
    if situation.has_llm:
        return "generate"
    is_sure = situation.has_evidence and situation.confidence >= options.min_quote
    return "quote" if is_sure else "show_possible"


def decide_sentence(
    checked: CheckedSentence,
    likelihood: float | None,
    min_answered: float,
    *,
    has_declined: bool,
    adds_information: bool,
) -> Display:
    """Return what a reader sees of a sentence that an LLM generated.

    A small LLM finds the right place more often than the right words. Its sentence is shown only where the check
    supports it; the place is quoted in any case.

    Args:
        likelihood: That the reply answers, 0 to 1; None where the LLM says nothing of it and the check alone decides.
        has_declined: The reply also says that the text does not hold the answer.
        adds_information: The sentence says something that the question does not.
    """
    is_supported = checked.result == "supported"
    if likelihood is None:
        return "shown" if is_supported else "withheld"
    is_found = checked.nearest is not None and checked.support >= _LEAST_SUPPORT
    if likelihood < min_answered or not is_found or (has_declined and not is_supported):
        return "withheld"
    return "shown" if is_supported and adds_information else "quoted"


def decide_outcome(sentences: Sequence[AnswerSentence], unanswered: Sequence[str]) -> Outcome:
    """Return how sure an answer with sentences is; `unanswered` are the parts of the question without one."""
    is_whole = not unanswered and all(sentence.supported for sentence in sentences)
    return "answered" if is_whole else "partly"


def reason_to_abstain(*, has_declined: bool) -> Abstention:
    """Return why a reply of which no sentence may be shown is no answer."""
    return "model_declined" if has_declined else "unsupported"
