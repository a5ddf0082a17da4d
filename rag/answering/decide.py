"""Decide how a question is answered, how each generated sentence is shown, and the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.answering.reply.sentence_check import CheckedSentence
from rag.probability import log_odds, logistic
from rag.retrieval.evidence_finder import EvidenceOptions
from rag.types import Abstention, AnswerSentence, Outcome

Route = Literal["decline", "generate", "quote", "show_possible"]
"""How a question is answered.

- decline: nothing comes near, or nothing near is likely to answer.
- generate: the LLM is called.
- quote: the documents' own sentences are the answer.
- show_possible: they may answer, and are shown as not confirmed.
"""
Display = Literal["shown", "quoted", "withheld"]
"""How users see a generated sentence.

- shown: in the LLM's words.
- quoted: only the nearest place, in the document's words.
- withheld: neither.
"""

_QUOTE_BIAS, _WEIGHT_OF_JUDGE, _WEIGHT_OF_RETRIEVAL = 4.93, 0.39, 2.29
# Retrieval tells what the documents are about from what they are not. From these log-odds on
# (a probability of .15), only the judge tells right quotes from wrong ones.
MOST_OF_RETRIEVAL = -1.75
# A place with less support has little to do with the sentence.
_MIN_SUPPORT_OF_PLACE = 0.02


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are built.

    Attributes:
        finding: Limits of each retrieval.
        min_near: The system declines below this `FoundEvidence.nearness`.
        min_quote: Without an LLM, quotes are an answer from this likelihood on.
        min_possible: Below this likelihood they are not even shown as possible.
        min_answered: A generated reply counts as an answer from this probability on.
        max_quotes: The most sentences that are quoted or shown as possible.
        min_quote_odds: The least odds of a further quote against the first.
        is_strict: Leave out doubted sentences; otherwise they are shown and marked.
        is_instant: Show quotes as a draft while the LLM generates.
    """

    finding: EvidenceOptions = field(default_factory=EvidenceOptions)
    max_answer_tokens: int = 400
    min_near: float = 0.28
    min_quote: float = 0.57
    min_possible: float = 0.1
    min_answered: float = 0.0
    max_quotes: int = 3
    min_quote_odds: float = 0.05
    is_strict: bool = True
    is_instant: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about a question after retrieval.

    Attributes:
        nearness: As `FoundEvidence.nearness`, -1 to 1.
        likelihood: The probability that the best quote answers, 0 to 1; unused if an LLM generates.
        has_evidence: At least one sentence can be quoted.
        has_llm: An LLM can be called.
        lost_rewriting: The LLM failed to rewrite a follow-up; its query might have come nearer.
    """

    has_hits: bool
    nearness: float
    likelihood: float
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
    if situation.has_evidence and situation.likelihood >= options.min_quote:
        return "quote"
    is_unlikely = situation.has_evidence and situation.likelihood < options.min_possible
    return "decline" if is_unlikely and not situation.lost_rewriting else "show_possible"


def estimate_quote(judged: float, confidence: float) -> float:
    """Return the probability, 0 to 1, that quotes hold the answer.

    The line is from `benchmarks.calibrate_quotes` on the six collections of evals/everyday that are
    for building, the manuals and the sample of SQuAD 2.0, each also asked questions of the others.

    Args:
        judged: The judge's probability that the first quote answers.
        confidence: As `FoundEvidence.confidence`.
    """
    retrieval = min(log_odds(confidence), MOST_OF_RETRIEVAL)
    return logistic(_QUOTE_BIAS + _WEIGHT_OF_JUDGE * log_odds(judged) + _WEIGHT_OF_RETRIEVAL * retrieval)


def decide_sentence(
    checked: CheckedSentence,
    likelihood: float | None,
    min_answered: float,
    *,
    has_declined: bool,
    adds_information: bool,
) -> Display:
    """Return how a generated sentence is shown.

    A small LLM finds the right place more often than the right words. So the place is quoted even
    if the sentence is not supported.

    Args:
        likelihood: The probability that the reply answers, 0 to 1. If it is None, the LLM gives no
            probabilities, and the check alone decides.
        has_declined: The reply also says that the text does not hold the answer.
        adds_information: The sentence says something that the question does not.
    """
    is_supported = checked.result == "supported"
    if likelihood is None:
        return "shown" if is_supported else "withheld"
    has_place = checked.nearest is not None and checked.support >= _MIN_SUPPORT_OF_PLACE
    if likelihood < min_answered or not has_place or (has_declined and not is_supported):
        return "withheld"
    return "shown" if is_supported and adds_information else "quoted"


def decide_outcome(sentences: Sequence[AnswerSentence], unanswered: Sequence[str]) -> Outcome:
    """Return the outcome of an answer with sentences and these unanswered parts of the question."""
    is_whole = not unanswered and all(sentence.supported for sentence in sentences)
    return "answered" if is_whole else "partly"


def reason_to_abstain(*, has_declined: bool) -> Abstention:
    """Return why a reply without a sentence to show is no answer."""
    return "llm_declined" if has_declined else "unsupported"
