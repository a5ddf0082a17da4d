"""Find the sentences of the context that support a generated sentence.

The system attaches the citations, not the LLM. A small LLM asked for numbered sources got 1 of 20
answers right, asked for a plain sentence 12 of 12. The numbers that an LLM gives are only hints.

The judge reads the likeliest sentence, and the likeliest few together. Plain facts in which it is
weak count beside it: numbers, names and words of the claim that the sentences lack.
`benchmarks/calibrate_support.py` fits the weights.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.checking.claims import ClaimMatch, analyse_claim
from rag.checking.context_sentences import AnalysedContext, AnalysedSentence, Sentence
from rag.probability import log_odds, logistic, weigh
from rag.text.tools import Judge, Judgement
from rag.text.words import Stem

Verdict = Literal["supported", "doubtful", "contradicted"]

MAX_CITATIONS = 3
# The judge reads at most this many sentences together, and those that they refer back to.
_N_TOGETHER = 4
# In the order of SupportFeatures.
WEIGHTS = (0.14, 0.64, -1.95, -0.1, -1.73)
BIAS = 0.96
# Of the log-odds of the above, and of what an LLM says when it is asked whether the text says it.
VERIFIED_WEIGHTS = (0.6, 1.0)
VERIFIED_BIAS = -0.7
# A claim is supported from this probability on; a false sentence costs more than a missing one.
MIN_SUPPORT = 0.6
# A claim below this is contradicted rather than doubtful.
LEAST_SUPPORT = 0.15
# "No, he did", "Yes he did"; not "No refunds", "No. 5", "No-fault", "Ja Morant".
_POLAR_OPENING = re.compile(
    r"^(?:(?:yes|no|ja|nein|oui|non|sí|sì|sim|não|nee|да|нет)"
    r"(?:\s*[,:;!]+|\s+[–—-]+(?=\s)|\s*\.(?!\s*\d)|\s*$)|yes\s+(?-i:(?=[a-z])))\s*",
    re.IGNORECASE,
)


class SupportFeatures(NamedTuple):
    """What speaks for and against a claim.

    Attributes:
        by_best: The judge's log-odds that the likeliest sentence says it.
        by_all: The judge's log-odds that the likeliest sentences together say it.
        missing: The share of its content words that these lack, 0 to 1.
        numbers_missing: How many of its numbers they lack, 0 to 2.
        names_missing: How many of its names they lack, 0 to 2.
    """

    by_best: float
    by_all: float
    missing: float
    numbers_missing: float
    names_missing: float


@dataclass(frozen=True, slots=True)
class Support:
    """What supports or opposes a claim.

    Attributes:
        sentences: Those to cite, in reading order, at most three; none of a contradicted claim.
        is_quote: The one sentence must be quoted instead of the claim, because it denies what the
            question asks.
        score: The probability, 0 to 1, that the likeliest sentences say the claim.
        nearest: The sentence nearest to the claim; None if the context has no sentence.
    """

    verdict: Verdict
    sentences: tuple[Sentence, ...] = ()
    is_quote: bool = False
    score: float = 0.0
    nearest: Sentence | None = None


def without_polar_opening(sentence: str) -> str:
    """Return a sentence without its opening "Yes," or "No,"; empty if it says nothing else.

    A bare yes cannot be checked, and small LLMs say yes to nearly everything.
    """
    rest = _POLAR_OPENING.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:]


def find_support(
    claim: str,
    question: str,
    context: AnalysedContext,
    cosines: Sequence[Sequence[float]],
    *,
    stem: Stem,
    judge: Judge,
    hints: Collection[int] = (),
) -> Support:
    """Return the fewest sentences that support a claim.

    Args:
        claim: One sentence of the LLM's reply, without markers.
        cosines: For each hit of the context, the cosine of each of its sentences to the claim.
        hints: The context numbers, from 1, that the LLM gave for this sentence.
    """
    match = ClaimMatch(analyse_claim(claim, question, stem), context, cosines, hints)
    if not match.claim.content or not match.sentences:
        return Support("doubtful")
    evidence = judge_claim(match, context, judge)
    score = estimate_support(evidence.features)
    nearest = match.sentences[0].sentence.sentence
    if score >= MIN_SUPPORT:
        return Support("supported", evidence.cited(match), score=score, nearest=nearest)
    is_denied = evidence.by_best.contradicted > max(evidence.by_best.supported, evidence.by_best.not_said)
    if is_denied and match.claim.is_polar and not match.claim.new:
        return Support("supported", (nearest,), is_quote=True, score=score, nearest=nearest)
    if score < LEAST_SUPPORT:
        return Support("contradicted", score=score, nearest=nearest)
    return Support("doubtful", evidence.cited(match), score=score, nearest=nearest)


def estimate_support(features: SupportFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentences say the claim."""
    return logistic(BIAS + weigh(WEIGHTS, features))


def verify_support(score: float, verified: float) -> float:
    """Return the probability, 0 to 1, that the sentences say the claim, now that an LLM was asked.

    Args:
        score: As `estimate_support` found it.
        verified: The probability that the LLM says yes, 0 to 1.
    """
    return logistic(VERIFIED_BIAS + weigh(VERIFIED_WEIGHTS, (log_odds(score), log_odds(verified))))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the judge says of a claim and the likeliest sentences.

    Attributes:
        best: The likeliest sentence, and the one that it refers back to, in reading order.
        together: The likeliest sentences in reading order.
    """

    best: tuple[AnalysedSentence, ...]
    together: tuple[AnalysedSentence, ...]
    by_best: Judgement
    by_all: Judgement
    features: SupportFeatures

    def cited(self, match: ClaimMatch) -> tuple[Sentence, ...]:
        """Return the sentences to cite: the best alone if it says the claim."""
        chosen: Sequence[AnalysedSentence] = self.best
        if self.by_best.supported < 0.5 <= self.by_all.supported:
            chosen = _needed(match, self.together)
        return tuple(one.sentence for one in _in_order(chosen))[:MAX_CITATIONS]


def judge_claim(match: ClaimMatch, context: AnalysedContext, judge: Judge) -> Evidence:
    """Let the judge compare a claim with the likeliest sentence, and with the likeliest few."""
    likeliest = [one.sentence for one in match.sentences[:_N_TOGETHER]]
    best, together = (_with_antecedents(chosen, context) for chosen in (likeliest[:1], likeliest))
    by_best = judge.judge_statement(_text(best), match.claim.text)
    by_all = by_best if together == best else judge.judge_statement(_text(together), match.claim.text)
    facts = match.missing_facts(together)
    features = SupportFeatures(log_odds(by_best.supported), log_odds(by_all.supported), *facts)
    return Evidence(best, together, by_best, by_all, features)


def _needed(match: ClaimMatch, together: Sequence[AnalysedSentence]) -> list[AnalysedSentence]:
    """Return the likeliest sentence and those that add words of the claim, the most first."""
    likeliest = match.sentences[0].sentence
    chosen, others = [likeliest], [one for one in together if one is not likeliest]
    missing = [word for word in match.claim.content if not match.is_found(word, likeliest.stems)]
    while missing and others and len(chosen) < MAX_CITATIONS:
        added = [sum(match.is_found(word, one.stems) for word in missing) for one in others]
        if not max(added):
            break
        chosen.append(others.pop(added.index(max(added))))
        missing = [word for word in missing if not match.is_found(word, chosen[-1].stems)]
    return chosen


def _with_antecedents(chosen: Sequence[AnalysedSentence], context: AnalysedContext) -> tuple[AnalysedSentence, ...]:
    """Return sentences and those that a "she" or "it" in them refers back to, in reading order."""
    wanted = {one.antecedent for one in chosen if one.antecedent}
    before = [one for one in context.sentences if one.sentence in wanted] if wanted else []
    return _in_order([*chosen, *before])


def _in_order(sentences: Sequence[AnalysedSentence]) -> tuple[AnalysedSentence, ...]:
    unique = {(one.hit_index, one.index): one for one in sentences}
    return tuple(unique[place] for place in sorted(unique))


def _text(sentences: Sequence[AnalysedSentence]) -> str:
    """Return what the judge reads: the sentences, each new lead before those below it."""
    parts: list[str] = []
    lead = ""
    for one in sentences:
        parts += [one.lead] if one.lead not in {lead, one.text} else []
        parts.append(one.text)
        lead = one.lead
    return " ".join(" ".join(parts).split())
