"""Find the sentences of the context that support a generated sentence.

The system attaches the citations, not the LLM. A small LLM asked for numbered sources got 1 of 20
answers right, asked for a plain sentence 12 of 12. The numbers that an LLM gives are only hints.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.checking.claim_match import ContextMatch, SentenceMatch, analyse_claim, estimate_support
from rag.checking.context_sentences import AnalysedContext, Sentence
from rag.checking.overstatement import drops_condition
from rag.probability import log_odds, logistic, weigh
from rag.text.tools import Entail
from rag.text.words import Stem

MAX_CITATIONS = 3
# A claim below this is not supported. 97 of 100 true claims are above it, and 1 of 250 swapped ones
# (docs/experiments.md).
MIN_SUPPORT = 0.45
# A claim below this is opposed rather than doubted. Of the local LLM's doubted sentences on the
# everyday sets used for calibration, 2 of 11 right ones are below it, and 7 of 14 wrong ones.
LEAST_SUPPORT = 0.15
# An LLM is asked about a claim that is not supported from this probability on.
LEAST_VERIFIED = 0.05
# Of the log-odds of the score, and of those that an LLM says yes when it is asked
# (docs/experiments.md).
_VERIFIED_WEIGHTS = (0.6, 1.0)
_VERIFIED_BIAS = -0.7
_MAX_CHOICES = 4
# A further sentence is cited only if it adds this many of the claim's words.
_MIN_WORDS_ADDED = 2
# "No, he did", "Yes he did"; not "No refunds", "No. 5", "No-fault", "Ja Morant".
_POLAR_OPENING = re.compile(
    r"^(?:(?:yes|no|ja|nein)(?:\s*[,:;!]+|\s+[–—-]+(?=\s)|\s*\.(?!\s*\d)|\s*$)|yes\s+(?-i:(?=[a-z])))\s*", re.IGNORECASE
)
_SEVERAL_CLAUSES = re.compile(r"[,;]|\b(?:and|but|while|und|aber)\b")


@dataclass(frozen=True, slots=True)
class Support:
    """What supports or opposes a claim.

    Attributes:
        sentences: In reading order, at most three; empty if none supports the claim.
        is_quote: The one sentence must be quoted instead of the claim, because it says the opposite
            or has a condition that the claim leaves out.
        score: The probability, 0 to 1, that the best sentences support the claim.
        nearest: The sentence nearest to the claim; None if the context has no sentence.
        unconfirmed: The sentences to cite if an LLM confirms a claim that is not supported.
        is_opposed: A number, a name or a contradiction speaks against the claim, or the score is
            very low. A claim that is neither supported nor opposed is doubted.
    """

    sentences: tuple[Sentence, ...] = ()
    is_quote: bool = False
    score: float = 0.0
    nearest: Sentence | None = None
    is_opposed: bool = False
    unconfirmed: tuple[Sentence, ...] = ()


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
    stem: Stem,
    *,
    hints: Collection[int] = (),
    entail: Entail | None = None,
) -> Support:
    """Return the fewest sentences that support a claim.

    Args:
        claim: One sentence of the LLM's reply, without markers.
        cosines: For each hit of the context, the cosine of each of its sentences to the claim.
        hints: The context numbers, from 1, that the LLM gave for this sentence.
        entail: Returns the probability, 0 to 1, that a text entails a statement. It counts as much
            as the score of the other features.
    """
    analysed = analyse_claim(claim, question, stem)
    if not analysed.content or not context.sentences:
        return Support()
    match = ContextMatch(analysed, context, cosines, hints)
    score, chosen = _best(match, entail)
    best = chosen[0]
    nearest = best.sentence.sentence
    if score < MIN_SUPPORT:
        is_opposed = score < LEAST_SUPPORT or match.compare(chosen).speaks_against
        if _says_contrary(match, best):
            return Support((nearest,), is_quote=True, score=score, nearest=nearest, is_opposed=is_opposed)
        unconfirmed = () if drops_condition(claim, best.sentence.text) else _in_order(_cited(match, chosen))
        return Support(score=score, nearest=nearest, is_opposed=is_opposed, unconfirmed=unconfirmed)
    if drops_condition(claim, best.sentence.text):
        return Support((nearest,), is_quote=True, score=score, nearest=nearest)
    return Support(_in_order(_cited(match, chosen)), score=score, nearest=nearest)


def verify_support(score: float, verified: float) -> float:
    """Return the probability, 0 to 1, that a claim is supported, now that an LLM was asked.

    Args:
        score: That of the claim before.
        verified: The probability, 0 to 1, that the LLM says yes.
    """
    return logistic(_VERIFIED_BIAS + weigh(_VERIFIED_WEIGHTS, (log_odds(score), log_odds(verified))))


def _in_order(cited: Sequence[Sentence]) -> tuple[Sentence, ...]:
    return tuple(sorted(cited, key=lambda one: (one.hit.passage.document_id, one.span)))


def _best(match: ContextMatch, entail: Entail | None) -> tuple[float, list[SentenceMatch]]:
    """Return the choice of sentences with the best score, the first of equals, and the score."""
    best, best_score = match.sentences[:1], -1.0
    for chosen in _choices(match):
        # The slow features only lower a score.
        if entail is None and estimate_support(match.compare_words(chosen)) <= best_score:
            continue
        if (score := _score(match, chosen, entail)) > best_score:
            best, best_score = chosen, score
    return best_score, best


def _score(match: ContextMatch, chosen: Sequence[SentenceMatch], entail: Entail | None) -> float:
    score = estimate_support(match.compare(chosen))
    if entail is None:
        return score
    text = " ".join(" ".join(one.sentence.text.split()) for one in chosen)
    mean = (log_odds(score) + log_odds(entail(text, match.claim.text))) / 2
    return logistic(mean)


def _says_contrary(match: ContextMatch, best: SentenceMatch) -> bool:
    """Tell whether the sentence contradicts a polar claim, and so answers the question."""
    if not match.claim.is_polar or not best.contradicts:
        return False
    return all(match.is_found(word, best.sentence.implied_stems) for word in match.claim.content)


def _choices(match: ContextMatch) -> Iterator[list[SentenceMatch]]:
    """Yield sets of sentences that may support the claim, the smallest first.

    A claim of one clause must rest on one sentence: parts of two make a new statement.
    """
    for one in match.sentences[:_MAX_CHOICES]:
        yield [one]
    if _SEVERAL_CLAUSES.search(match.claim.text):
        yield _choose(match)


def _choose(match: ContextMatch) -> list[SentenceMatch]:
    """Return the best sentence and those that add words which it lacks."""
    first, *others = match.sentences
    chosen = [first]
    missing = [word for word in match.claim.content if not match.is_found(word, first.sentence.implied_stems)]
    while len(chosen) < MAX_CITATIONS and missing and others:
        n_added, best = max(
            ((sum(match.is_found(word, other.sentence.stems) for word in missing), other) for other in others),
            key=lambda one: one[0],
        )
        if n_added < _MIN_WORDS_ADDED:
            break
        chosen.append(best)
        missing = [word for word in missing if not match.is_found(word, best.sentence.stems)]
    return chosen


def _cited(match: ContextMatch, chosen: Sequence[SentenceMatch]) -> list[Sentence]:
    """Return the chosen sentences and, if there is room, antecedents with words of the claim."""
    cited = dict.fromkeys(one.sentence.sentence for one in chosen)
    for sentence in (one.sentence for one in chosen):
        borrowed = [word for word in match.claim.content if not match.is_found(word, sentence.stems)]
        if sentence.antecedent and any(match.is_found(word, sentence.implied_stems) for word in borrowed):
            cited.setdefault(sentence.antecedent)
    return list(cited)[:MAX_CITATIONS]
