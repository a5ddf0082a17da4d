"""Find the sentences of the context that say what a written sentence says, or find that none does.

The system attaches the citations, not the model: a small model asked for numbered sources got 1 of 20 answers right,
asked for a plain sentence 12 of 12. Names and numbers of the claim, and what it takes from the question, must be found
where it is cited; the embeddings break ties between sentences that hold the same words. A sentence that turns the
claim's words to say something else is no support (rag/agreement.py).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.agreement import contradicts, drops_condition, find_actor_and_deed, has_other_partner
from rag.evidence import names_another_holder, read_question, refers_back
from rag.types import Context, Hit, Span
from rag.words import MEASURES, Stem, Word, answer_kind, coverage, is_found, split_words, stems_of

MAX_CITATIONS = 3
# Tuned on the SQuAD 2.0 articles named in docs/experiments.md.
MIN_NEW_WORDS_COVERED = 0.8
MIN_WORDS_COVERED = 0.5
MIN_ASKED_WORDS_COVERED = 0.67
MIN_KNOWN_WORDS_COVERED = 1.0
_MAX_CHOICES = 3
# A claim that answers yes or no, or says nothing beyond the question: nearly all of it must be found.
MIN_WORDS_COVERED_OF_A_YES = 0.85
# A second sentence is cited only for words that the first does not hold.
_MIN_WORDS_ADDED = 2
_HINT_BONUS = 0.15
_POLAR_OPENING = re.compile(r"^(?:yes|no|ja|nein)\b[\s,.:;!–—-]*", re.IGNORECASE)
_POLAR_QUESTION = re.compile(
    r"^\W*(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|must|will|would|shall|should)\b",
    re.IGNORECASE,
)
_SEVERAL_CLAUSES = re.compile(r"[,;]|\b(?:and|but|while|und|aber)\b")
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
class Support:
    """What a claim rests on.

    Attributes:
        sentences: In reading order, at most three; none when nothing supports the claim.
        is_quote: The claim must not be told, but the one sentence found answers instead of it: it says the contrary, or
            it names a condition that the claim leaves out.
    """

    sentences: tuple[SupportingSentence, ...] = ()
    is_quote: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """A written sentence taken apart.

    Attributes:
        content: Stems of its content words, each once.
        new: Those that the question does not hold; `taken_over` are the others.
        is_polar: It can only say yes or no to the question.
    """

    text: str
    words: tuple[Word, ...]
    content: tuple[str, ...]
    new: tuple[str, ...]
    taken_over: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    is_polar: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of the context.

    Attributes:
        stems: Its own.
        told: Also those of what it stands under and refers back to: headings, the sentence before a "she" or "it", the
            other half of a name that the passage gives in full.
        antecedent: The sentence that it refers back to.
    """

    support: SupportingSentence
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    told: frozenset[str]
    antecedent: SupportingSentence | None
    score: float


def is_decline(sentence: str) -> bool:
    """Tell whether the model says that the given text does not hold the answer."""
    return bool(_DECLINES.search(sentence) and _SOURCE_WORDS.search(sentence))


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
    claim_scores: Sequence[Sequence[float]],
    stem: Stem,
    *,
    titles: Sequence[str],
    hints: Collection[int] = (),
) -> Support:
    """Return the sentences that support a claim.

    Args:
        claim: One sentence of the model's answer, without markers.
        claim_scores: For each hit of the context, the cosine of each of its sentences to the claim.
        titles: The title of each hit's document; names found there need not be repeated in the sentence.
        hints: Context numbers that the model itself gave for this sentence.
    """
    read = _read_claim(claim, question, stem)
    if not read.content:
        return Support()
    candidates = _candidates(read, context, claim_scores, titles, stem=stem, hints=hints)
    asked = split_words(question, stem)
    chosen = next((c for c in _choices(read, candidates) if _holds(read, candidates, c)), None)
    if chosen is None or _is_about_another(read, asked, chosen, stem):
        return Support()
    best = chosen[0]
    if contradicts(read.words, best.words):
        # Asked whether, a reader is answered by what the documents say instead.
        return Support((best.support,), is_quote=True) if read.is_polar else Support()
    if drops_condition(claim, best.text):
        return Support((best.support,), is_quote=True)
    cited = sorted(_cited(read, chosen), key=lambda s: (s.hit.passage.document_id, s.sentence))
    return Support(tuple(cited[:MAX_CITATIONS]))


def _read_claim(claim: str, question: str, stem: Stem) -> _Claim:
    words = tuple(split_words(claim, stem))
    implied = MEASURES if answer_kind(question) == "number" else frozenset()
    content = tuple(dict.fromkeys(word.stem for word in words if word.is_content and word.stem not in implied))
    asked = {word.stem for word in split_words(question, stem)}
    new = tuple(word for word in content if not is_found(word, asked))
    return _Claim(
        text=claim,
        words=words,
        content=content,
        new=new,
        taken_over=tuple(word for word in content if word not in new),
        names=tuple(word.stem for word in words if word.is_name),
        numbers=tuple(word.stem for word in words if word.text[0].isdigit()),
        is_polar=not new or bool(_POLAR_QUESTION.match(question)),
    )


def _candidates(
    claim: _Claim,
    context: Context,
    claim_scores: Sequence[Sequence[float]],
    titles: Sequence[str],
    *,
    stem: Stem,
    hints: Collection[int],
) -> list[_Candidate]:
    """Return all sentences of the context, the best match first; ties keep the context's order."""
    candidates = []
    for number, (hit, cosines, title) in enumerate(zip(context.hits, claim_scores, titles, strict=True), start=1):
        above = stems_of(split_words(" \n ".join((title, *hit.passage.headings)), stem))
        partners = _name_partners(split_words(hit.passage.text, stem))
        previous: _Candidate | None = None
        for sentence, cosine in zip(hit.passage.sentences, cosines, strict=True):
            text = hit.passage.text_of(sentence)
            words = tuple(split_words(text, stem))
            stems = frozenset(stems_of(words))
            antecedent = previous if previous and refers_back(words) else None
            named = stems | {partners[name] for name in stems & partners.keys()}
            score = cosine + coverage(claim.new, named) + coverage(claim.content, named)
            previous = _Candidate(
                support=SupportingSentence(hit, sentence),
                text=text,
                words=words,
                stems=stems,
                told=named | above | (antecedent.told if antecedent else frozenset()),
                antecedent=antecedent.support if antecedent else None,
                score=score + _HINT_BONUS * (number in hints),
            )
            candidates.append(previous)
    return sorted(candidates, key=lambda candidate: candidate.score, reverse=True)


def _name_partners(words: Sequence[Word]) -> dict[str, str]:
    """Return for each part of a two-word name the other part, where the passage knows only one: Oskar, Lindqvist."""
    others: dict[str, set[str]] = {}
    for first, second in pairwise(words):
        is_pair = first.text[0].isupper() and second.text[0].isupper() and second.start - first.end == 1
        if is_pair and first.is_content and second.is_content:
            others.setdefault(first.stem, set()).add(second.stem)
            others.setdefault(second.stem, set()).add(first.stem)
    return {stem: next(iter(partners)) for stem, partners in others.items() if len(partners) == 1}


def _choices(claim: _Claim, candidates: Sequence[_Candidate]) -> Iterator[list[_Candidate]]:
    """Yield sets of sentences that may support the claim, the likeliest first.

    One statement joined from two sentences is a statement of its own ("Witkoff met", "Zelensky said"), so that a claim
    of one clause must rest on one sentence.
    """
    if _SEVERAL_CLAUSES.search(claim.text):
        yield _choose(candidates, claim.content)
    for candidate in candidates[:_MAX_CHOICES]:
        yield [candidate]


def _choose(candidates: Sequence[_Candidate], content: Sequence[str]) -> list[_Candidate]:
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


def _holds(claim: _Claim, candidates: Sequence[_Candidate], chosen: Sequence[_Candidate]) -> bool:
    """Tell whether the chosen sentences hold enough of the claim's words."""
    told = frozenset[str]().union(*(candidate.told for candidate in chosen))
    cited = frozenset[str]().union(*(candidate.stems for candidate in chosen))
    if coverage(claim.numbers, cited) < 1.0 or coverage(claim.names, told) < 1.0:
        return False
    # "The parental leave policy is …" takes "parental" from the question; a word that the documents use elsewhere and
    # not here shows that here is about something else, one that they use nowhere may be another word for the same.
    everywhere = frozenset[str]().union(*(candidate.stems for candidate in candidates))
    used_elsewhere = [word for word in claim.taken_over if is_found(word, everywhere)]
    if coverage(used_elsewhere, told) < MIN_KNOWN_WORDS_COVERED:
        return False
    if coverage(claim.taken_over, told) < MIN_ASKED_WORDS_COVERED:
        return False
    found = find_actor_and_deed(claim.words) if claim.is_polar else None
    # Not any word of the root: a foundry was not founded.
    if found and found[1] not in told:
        return False
    enough = MIN_WORDS_COVERED_OF_A_YES if claim.is_polar else MIN_WORDS_COVERED
    return coverage(claim.new, told) >= MIN_NEW_WORDS_COVERED and coverage(claim.content, told) >= enough


def _is_about_another(claim: _Claim, asked: Sequence[Word], chosen: Sequence[_Candidate], stem: Stem) -> bool:
    """Tell whether the sentences speak of another thing, or of somebody else's role, than was asked for."""
    if any(has_other_partner(words, chosen[0].words) for words in (asked, claim.words)):
        return True
    # A claim names its role as a question would; "Who" makes it one that asks for the holder.
    roles = read_question(f"Who: {claim.text}", stem)
    return any(names_another_holder(roles, candidate.text, candidate.words) for candidate in chosen)


def _cited(claim: _Claim, chosen: Sequence[_Candidate]) -> set[SupportingSentence]:
    """Return the chosen sentences and those that they refer back to for a word of the claim."""
    cited = {candidate.support for candidate in chosen}
    for candidate in chosen:
        borrowed = [word for word in claim.content if not is_found(word, candidate.stems)]
        if candidate.antecedent and any(is_found(word, candidate.told) for word in borrowed):
            cited.add(candidate.antecedent)
    return cited
