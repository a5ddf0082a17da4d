"""Find the sentences of the context that support a written sentence, or find that none does.

The system attaches the citations, not the model: a small model asked for numbered sources got 1 of 20 answers right,
asked for a plain sentence 12 of 12. The numbers that a model gives are hints, which the check confirms or moves.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.checking.claim_match import ContextMatch, SentenceMatch, analyse_claim, estimate_support
from rag.checking.context_sentences import AnalysedContext, Sentence
from rag.checking.overstatement import drops_condition
from rag.probability import log_odds, logistic
from rag.text.tools import Entail
from rag.text.words import Stem

MAX_CITATIONS = 3
# Below this a claim is not supported: 97 of 100 true ones are above it, and 1 of 250 swapped (docs/experiments.md).
MIN_SUPPORT = 0.45
# Below this it is not even doubted: nothing said comes near it. Of the local LLM's sentences on the everyday sets that
# are calibrated on, 2 of 11 right ones that the check doubts are below it, and 7 of 14 wrong ones.
LEAST_SUPPORT = 0.15
_MAX_CHOICES = 4
# A second sentence is cited only for words that the first does not hold.
_MIN_WORDS_ADDED = 2
# "No, he did", "Yes he did"; not "No refunds", "No. 5", "No-fault", "Ja Morant".
_POLAR_OPENING = re.compile(
    r"^(?:(?:yes|no|ja|nein)(?:\s*[,:;!]+|\s+[–—-]+(?=\s)|\s*\.(?!\s*\d)|\s*$)|yes\s+(?-i:(?=[a-z])))\s*", re.IGNORECASE
)
_SEVERAL_CLAUSES = re.compile(r"[,;]|\b(?:and|but|while|und|aber)\b")


@dataclass(frozen=True, slots=True)
class Support:
    """What a claim rests on.

    Attributes:
        sentences: In reading order, at most three; none when nothing supports the claim.
        is_quote: The claim must not be told, but the one sentence found answers instead of it: it says the contrary, or
            it names a condition that the claim leaves out.
        score: 0 to 1, how likely the best sentences that there are support the claim.
        nearest: The sentence that comes nearest to the claim, supporting it or not; None where the context has none.
        is_opposed: Numbers, names or a negation speak against the claim, or next to nothing speaks for it; what is
            neither supported nor opposed is doubted.
    """

    sentences: tuple[Sentence, ...] = ()
    is_quote: bool = False
    score: float = 0.0
    nearest: Sentence | None = None
    is_opposed: bool = False


def without_polar_opening(sentence: str) -> str:
    """Return a sentence without the "Yes," or "No," before it; empty when it says nothing else.

    A yes cannot be checked, the statement behind it can; small models say yes to nearly everything.
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
        claim: One sentence of the model's answer, without markers.
        cosines: For each hit of the context, that of each of its sentences to the claim.
        hints: Context numbers that the model itself gave for this sentence.
        entail: Says how likely a text entails a statement, 0 to 1; counts as much as the score by words and meaning.
    """
    read = analyse_claim(claim, question, stem)
    if not read.content or not context.sentences:
        return Support()
    match = ContextMatch(read, context, cosines, hints)
    score, chosen = _best(match, entail)
    best = chosen[0]
    nearest = best.read.sentence
    if score < MIN_SUPPORT:
        is_opposed = score < LEAST_SUPPORT or match.compare(chosen).speaks_against
        if _says_contrary(match, best):
            return Support((nearest,), is_quote=True, score=score, nearest=nearest, is_opposed=is_opposed)
        return Support(score=score, nearest=nearest, is_opposed=is_opposed)
    if drops_condition(claim, best.read.text):
        return Support((nearest,), is_quote=True, score=score, nearest=nearest)
    cited = sorted(_cited(match, chosen), key=lambda one: (one.hit.passage.document_id, one.span))
    return Support(tuple(cited), score=score, nearest=nearest)


def _best(match: ContextMatch, entail: Entail | None) -> tuple[float, list[SentenceMatch]]:
    """Return the likeliest of the choices, the first of equals; what cannot be likelier is not looked at closely."""
    best, best_score = match.candidates[:1], -1.0
    for chosen in _choices(match):
        if entail is None and estimate_support(match.compare_parts(chosen)) <= best_score:
            continue
        if (score := _score(match, chosen, entail)) > best_score:
            best, best_score = chosen, score
    return best_score, best


def _score(match: ContextMatch, chosen: Sequence[SentenceMatch], entail: Entail | None) -> float:
    score = estimate_support(match.compare(chosen))
    if entail is None:
        return score
    text = " ".join(" ".join(candidate.read.text.split()) for candidate in chosen)
    mean = (log_odds(score) + log_odds(entail(text, match.claim.text))) / 2
    return logistic(mean)


def _says_contrary(match: ContextMatch, best: SentenceMatch) -> bool:
    """Tell whether a reader who asked whether is answered by what the documents say instead."""
    if not match.claim.is_polar or not best.contradicts:
        return False
    return all(match.is_found(word, best.read.told) for word in match.claim.content)


def _choices(match: ContextMatch) -> Iterator[list[SentenceMatch]]:
    """Yield sets of sentences that may support the claim, the fewest first.

    One statement joined from two sentences is a statement of its own ("Witkoff met", "Zelensky said"), so that a claim
    of one clause must rest on one sentence.
    """
    for candidate in match.candidates[:_MAX_CHOICES]:
        yield [candidate]
    if _SEVERAL_CLAUSES.search(match.claim.text):
        yield _choose(match)


def _choose(match: ContextMatch) -> list[SentenceMatch]:
    """Take the best sentence, then others that hold words which it lacks."""
    first, *others = match.candidates
    chosen = [first]
    missing = [word for word in match.claim.content if not match.is_found(word, first.read.told)]
    while len(chosen) < MAX_CITATIONS and missing and others:
        n_added, best = max(
            ((sum(match.is_found(word, other.read.stems) for word in missing), other) for other in others),
            key=lambda one: one[0],
        )
        if n_added < _MIN_WORDS_ADDED:
            break
        chosen.append(best)
        missing = [word for word in missing if not match.is_found(word, best.read.stems)]
    return chosen


def _cited(match: ContextMatch, chosen: Sequence[SentenceMatch]) -> list[Sentence]:
    """Return the chosen sentences and, where there is room, those that they refer back to for a word of the claim."""
    cited = dict.fromkeys(candidate.read.sentence for candidate in chosen)
    for candidate in chosen:
        read = candidate.read
        borrowed = [word for word in match.claim.content if not match.is_found(word, read.stems)]
        if read.antecedent and any(match.is_found(word, read.told) for word in borrowed):
            cited.setdefault(read.antecedent)
    return list(cited)[:MAX_CITATIONS]
