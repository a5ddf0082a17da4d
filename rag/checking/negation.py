"""Tell whether one of claim and sentence denies what the other affirms."""

from collections.abc import Collection, Sequence
from itertools import takewhile

from rag.checking.substitution import BOUNDING, says_opposite
from rag.text.words import CONJUNCTIONS, Word, content_stems, is_found

_ENDS_OF_SCOPE = CONJUNCTIONS | {"sondern"}
# A negation this many words before the first shared word belongs to it: "may not be used".
_NEGATION_REACH = 3


def denies(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one text negates the other, or has the opposite of one of its words."""
    return (
        _differs_in_negation(claim, sentence) != _takes_if_for_unless(claim, sentence)
        or _negates_another(claim, sentence)
        or says_opposite(claim, sentence)
    )


def _differs_in_negation(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one text negates what the other affirms; equal counts other than one agree."""
    in_claim, in_sentence = _negations(claim), _negations(sentence)
    is_same = sum(in_claim) == sum(in_sentence) != 1
    return not is_same and _is_negated(claim, in_claim, sentence) != _is_negated(sentence, in_sentence, claim)


def _negations(words: Sequence[Word]) -> list[bool]:
    """Return for each word whether it is a negation; the "no" of "no more than" is none."""
    following = [*(word.lowered for word in words), ""][1:]
    return [word.is_negation and after not in BOUNDING for word, after in zip(words, following, strict=True)]


def _is_negated(words: Sequence[Word], negates: Sequence[bool], other: Sequence[Word]) -> bool:
    """Tell whether an odd number of shared words is negated: "not sold" if both have "sold"."""
    if not any(negates):
        return False
    stems = content_stems(other)
    shared = {word.stem for word in words if word.is_content and is_found(word.stem, stems)}
    window = _smallest_window(words, shared)
    if window is None:
        return False
    start, end = window
    n_negations = 0
    for i in range(max(start - _NEGATION_REACH, 0), end + 1):
        # "Could not actually hold" negates "hold".
        after = [word.stem for word in words[i + 1 : end + 1] if word.is_content and not word.text.endswith("ly")]
        is_shared = bool(after) and after[0] in shared
        n_negations += negates[i] and is_shared and not _is_until(words[i + 1 : end + 1])
    return n_negations % 2 == 1


def _negates_another(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether each denies what the other says: "the sauna but not the boats", vice versa."""
    denied, denied_there = _negated_words(claim), _negated_words(sentence)
    claimed, stated = ({word.stem for word in words} for words in (claim, sentence))
    return bool(denied and denied_there) and not denied & denied_there and denied <= stated and denied_there <= claimed


def _takes_if_for_unless(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one text says "not unless" and the other "if"."""
    claimed, stated = ({word.lowered for word in words} & {"if", "unless"} for words in (claim, sentence))
    return {"if", "unless"} == claimed ^ stated


def _negated_words(words: Sequence[Word]) -> set[str]:
    """Return the content words after each negation, up to the next "and" or "but"."""
    negated: set[str] = set()
    for i, word in enumerate(words):
        if word.is_negation:
            negated |= content_stems(list(takewhile(lambda one: one.lowered not in _ENDS_OF_SCOPE, words[i + 1 :])))
    return negated


def _is_until(words: Sequence[Word]) -> bool:
    """Tell whether what is negated happened in the end: "did not develop until"."""
    return any(word.lowered in {"until", "till"} for word in words)


def _smallest_window(words: Sequence[Word], wanted: Collection[str]) -> tuple[int, int] | None:
    """Return the first and last index of the first shortest run that holds all wanted stems."""
    best: tuple[int, int] | None = None
    last_seen: dict[str, int] = {}
    for end, word in enumerate(words):
        if word.stem not in wanted:
            continue
        last_seen[word.stem] = end
        if len(last_seen) == len(wanted):
            start = min(last_seen.values())
            if best is None or end - start < best[1] - best[0]:
                best = (start, end)
    return best
