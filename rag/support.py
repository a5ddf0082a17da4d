"""Find the sentences of the context that support a written sentence, or find that none does.

The system attaches the citations, not the model: a small model asked for numbered sources got 1 of 20 answers right,
asked for a plain sentence 12 of 12. The numbers that a model gives are hints, which the check confirms or moves.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.agreement import contradicts
from rag.evidence import log_odds
from rag.limiting import drops_condition
from rag.matching import Candidate, Claim, Sentence, compare, estimate_support, read_candidates, read_claim
from rag.smuggling import gives_orders
from rag.types import Context
from rag.words import Stem, is_found

Entail = Callable[[str, str], float]

MAX_CITATIONS = 3
# Below this a claim is not supported: 97 of 100 true ones are above it, and 1 of 250 swapped (docs/experiments.md).
MIN_SUPPORT = 0.45
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
    """

    sentences: tuple[Sentence, ...] = ()
    is_quote: bool = False
    score: float = 0.0


def without_polar_opening(sentence: str) -> str:
    """Return a sentence without the "Yes," or "No," before it; empty when it says nothing else.

    A yes cannot be checked, the statement behind it can; small models say yes to nearly everything.
    """
    rest = _POLAR_OPENING.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:]


def find_support(
    claim: str,
    question: str,
    context: Context,
    cosines: Sequence[Sequence[float]],
    stem: Stem,
    *,
    titles: Sequence[str],
    hints: Collection[int] = (),
    entail: Entail | None = None,
) -> Support:
    """Return the fewest sentences that support a claim.

    Args:
        claim: One sentence of the model's answer, without markers.
        cosines: For each hit of the context, that of each of its sentences to the claim.
        titles: The title of each hit's document; names found there need not be repeated in the sentence.
        hints: Context numbers that the model itself gave for this sentence.
        entail: Says how likely a text entails a statement, 0 to 1; counts as much as the score by words and meaning.
    """
    read = read_claim(claim, question, stem)
    found = read_candidates(read, context, cosines, titles, stem=stem, hints=hints)
    candidates = [candidate for candidate in found if not gives_orders(candidate.text)]
    if not read.content or not candidates:
        return Support()
    scored = [(_score(read, chosen, candidates, entail), chosen) for chosen in _choices(read, candidates)]
    score, chosen = max(scored, key=lambda one: one[0])
    best = chosen[0]
    if score < MIN_SUPPORT:
        return (
            Support((best.sentence,), is_quote=True, score=score)
            if _says_contrary(read, best)
            else Support(score=score)
        )
    if drops_condition(claim, best.text):
        return Support((best.sentence,), is_quote=True, score=score)
    cited = sorted(_cited(read, chosen), key=lambda one: (one.hit.passage.document_id, one.span))
    return Support(tuple(cited), score=score)


def _score(claim: Claim, chosen: Sequence[Candidate], candidates: Sequence[Candidate], entail: Entail | None) -> float:
    score = estimate_support(compare(claim, chosen, candidates))
    if entail is None:
        return score
    text = " ".join(" ".join(candidate.text.split()) for candidate in chosen)
    mean = (log_odds(score) + log_odds(entail(text, claim.text))) / 2
    return 1.0 / (1.0 + math.exp(-mean))


def _says_contrary(claim: Claim, best: Candidate) -> bool:
    """Tell whether a reader who asked whether is answered by what the documents say instead."""
    if not claim.is_polar or not contradicts(claim.words, best.words):
        return False
    return all(is_found(word, best.told) for word in claim.content)


def _choices(claim: Claim, candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Yield sets of sentences that may support the claim, the fewest first.

    One statement joined from two sentences is a statement of its own ("Witkoff met", "Zelensky said"), so that a claim
    of one clause must rest on one sentence.
    """
    for candidate in candidates[:_MAX_CHOICES]:
        yield [candidate]
    if _SEVERAL_CLAUSES.search(claim.text):
        yield _choose(candidates, claim.content)


def _choose(candidates: Sequence[Candidate], content: Sequence[str]) -> list[Candidate]:
    """Take the best sentence, then others that hold words which it lacks."""
    chosen = [candidates[0]]
    missing = [word for word in content if not is_found(word, candidates[0].told)]
    while len(chosen) < MAX_CITATIONS and missing:
        best = max(candidates[1:], key=lambda c: sum(is_found(word, c.stems) for word in missing), default=None)
        if best is None or sum(is_found(word, best.stems) for word in missing) < _MIN_WORDS_ADDED:
            break
        chosen.append(best)
        missing = [word for word in missing if not is_found(word, best.stems)]
    return chosen


def _cited(claim: Claim, chosen: Sequence[Candidate]) -> list[Sentence]:
    """Return the chosen sentences and, where there is room, those that they refer back to for a word of the claim."""
    cited = dict.fromkeys(candidate.sentence for candidate in chosen)
    for candidate in chosen:
        borrowed = [word for word in claim.content if not is_found(word, candidate.stems)]
        if candidate.antecedent and any(is_found(word, candidate.told) for word in borrowed):
            cited.setdefault(candidate.antecedent)
    return list(cited)[:MAX_CITATIONS]
