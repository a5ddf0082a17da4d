"""Find the sentences of the context that say what a written sentence says, or find that none does.

The system attaches the citations, not the model: a small model asked for numbered sources got 1 of 20 answers right,
asked for a plain sentence 12 of 12. Names, numbers and the new words of the claim must be found; the embeddings break
ties between sentences that hold the same words.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.evidence import names_another_holder, read_question
from rag.types import Context, Hit, Span
from rag.words import Stem, Word, coverage, is_found, split_words, stems_of

MAX_CITATIONS = 3
# Tuned on the SQuAD 2.0 articles named in docs/experiments.md.
MIN_NEW_WORDS_COVERED = 0.5
MIN_WORDS_COVERED = 0.5
MIN_ASKED_WORDS_COVERED = 0.6
# A claim that says nothing beyond the question is a bare yes: nearly all of it must be found.
MIN_WORDS_COVERED_OF_A_YES = 0.85
# A second sentence is cited only for words that the first does not hold.
_MIN_WORDS_ADDED = 2
_HINT_BONUS = 0.15
_DECLINES = re.compile(
    r"\bNOT[_ ]IN[_ ]DOCUMENTS\b"
    r"|(?:\b(?:not|never|no longer)|n['’]t) (?:\w+ ){0,3}(?:mention|provid|specif|stat|contain|say|said|includ|giv"
    r"|answer|disclos|identif|known|available|clear)"
    r"|\bno (?:\w+ ){0,2}(?:information|mention|answer|details?|data)\b"
    r"|\b(?:cannot|can't|can not|unable to|impossible to) (?:be )?(?:\w+ )?(?:determine|answer|tell|say|find|provide)",
    re.IGNORECASE,
)
_SOURCE_WORDS = re.compile(
    r"\b(?:text|passages?|context|documents?|article|information|source)\b|NOT[_ ]IN", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SupportingSentence:
    """A sentence of the context that a claim rests on."""

    hit: Hit
    sentence: Span


@dataclass(frozen=True, slots=True)
class _Candidate:
    support: SupportingSentence
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    score: float


def is_decline(sentence: str) -> bool:
    """Tell whether the model says that the given text does not hold the answer."""
    return bool(_DECLINES.search(sentence) and _SOURCE_WORDS.search(sentence))


def find_support(
    claim: str,
    question: str,
    context: Context,
    claim_scores: Sequence[Sequence[float]],
    stem: Stem,
    *,
    titles: Sequence[str],
    hints: Collection[int] = (),
) -> list[SupportingSentence]:
    """Return the sentences that support a claim, in reading order; empty when it is not supported.

    Args:
        claim: One sentence of the model's answer, without markers.
        claim_scores: For each hit of the context, the cosine of each of its sentences to the claim.
        titles: The title of each hit's document; names found there need not be repeated in the sentence.
        hints: Context numbers that the model itself gave for this sentence.

    Returns:
        At most three sentences; the fewest that hold the claim's words.
    """
    words = split_words(claim, stem)
    content = list(dict.fromkeys(word.stem for word in words if word.is_content))
    asked = {word.stem for word in split_words(question, stem)}
    new = [word for word in content if not is_found(word, asked)]
    if not content:
        return []
    candidates = _candidates(context, claim_scores, content=content, new=new, stem=stem, hints=hints)
    if not candidates:
        return []
    chosen = _choose(candidates, content)
    if not _holds(claim, words, new, content, chosen, context=context, titles=titles, stem=stem):
        return []
    return sorted((c.support for c in chosen), key=lambda s: (s.hit.passage.document_id, s.sentence))


def _candidates(
    context: Context,
    claim_scores: Sequence[Sequence[float]],
    *,
    content: Sequence[str],
    new: Sequence[str],
    stem: Stem,
    hints: Collection[int],
) -> list[_Candidate]:
    """Return all sentences of the context, the best match first; ties keep the context's order."""
    candidates = []
    for number, (hit, cosines) in enumerate(zip(context.hits, claim_scores, strict=True), start=1):
        for sentence, cosine in zip(hit.passage.sentences, cosines, strict=True):
            text = hit.passage.text_of(sentence)
            words = tuple(split_words(text, stem))
            stems = frozenset(stems_of(words))
            score = cosine + coverage(new, stems) + coverage(content, stems) + _HINT_BONUS * (number in hints)
            candidates.append(_Candidate(SupportingSentence(hit, sentence), text, words, stems, score))
    return sorted(candidates, key=lambda candidate: candidate.score, reverse=True)


def _choose(candidates: Sequence[_Candidate], content: Sequence[str]) -> list[_Candidate]:
    """Take the best sentence, then others that hold words which it lacks."""
    chosen = [candidates[0]]
    missing = [word for word in content if not is_found(word, candidates[0].stems)]
    while len(chosen) < MAX_CITATIONS and missing:
        best = max(candidates[1:], key=lambda c: sum(is_found(word, c.stems) for word in missing), default=None)
        if best is None or sum(is_found(word, best.stems) for word in missing) < _MIN_WORDS_ADDED:
            break
        chosen.append(best)
        missing = [word for word in missing if not is_found(word, best.stems)]
    return chosen


def _holds(
    claim: str,
    words: Sequence[Word],
    new: Sequence[str],
    content: Sequence[str],
    chosen: Sequence[_Candidate],
    *,
    context: Context,
    titles: Sequence[str],
    stem: Stem,
) -> bool:
    cited = frozenset().union(*(candidate.stems for candidate in chosen))
    passages = _passage_stems(chosen, context, titles, stem)
    numbers = [word.stem for word in words if word.text[0].isdigit()]
    names = [word.stem for word in words if word.is_name]
    if coverage(numbers, cited) < 1.0 or coverage(names, passages) < 1.0:
        return False
    # "The parental leave policy is …" takes "parental" from the question; the documents must hold such words too.
    taken_over = [word for word in content if word not in new]
    if coverage(taken_over, passages) < MIN_ASKED_WORDS_COVERED:
        return False
    enough = MIN_WORDS_COVERED if new else MIN_WORDS_COVERED_OF_A_YES
    if coverage(new, cited) < MIN_NEW_WORDS_COVERED or coverage(content, cited) < enough:
        return False
    return not any(_names_another_holder(claim, candidate, stem) for candidate in chosen)


def _passage_stems(chosen: Sequence[_Candidate], context: Context, titles: Sequence[str], stem: Stem) -> frozenset[str]:
    title_by_passage = {hit.passage.id: title for hit, title in zip(context.hits, titles, strict=True)}
    texts = (f"{title_by_passage[c.support.hit.passage.id]}\n{c.support.hit.passage.text}" for c in chosen)
    return frozenset().union(*(stems_of(split_words(text, stem)) for text in texts))


def _names_another_holder(claim: str, candidate: _Candidate, stem: Stem) -> bool:
    # A claim names its role as a question would; "Who" makes it one that asks for the holder.
    asked = read_question(f"Who: {claim}", stem)
    return names_another_holder(asked, candidate.text, candidate.words)
