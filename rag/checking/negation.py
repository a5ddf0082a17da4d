"""Tell whether a claim denies what a sentence affirms, or the other way round."""

from collections.abc import Collection, Sequence
from itertools import takewhile

from rag.checking.substitution import BOUNDING, says_opposite
from rag.text.words import Word, is_found

_NEGATIONS = frozenset("not no never nobody none nothing neither nor without cannot cant nicht kein keine nie".split())  # noqa: SIM905
_CONTRACTED_NEGATIONS = ("n't", "n’t")
_JOINING = frozenset(("and", "but", "und", "aber", "sondern"))
# A negation this many words before the first shared word still belongs to it: "may not be used".
_NEGATION_REACH = 3


def denies(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one of the two negates what the other says, or says the contrary of one of its words."""
    return (
        _differs_in_negation(claim, sentence) != _takes_if_for_unless(claim, sentence)
        or _negates_another(claim, sentence)
        or says_opposite(claim, sentence)
    )


def _differs_in_negation(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one of the two negates what the other says; what both say twice not, or never, is the same."""
    here, there = _negations(claim), _negations(sentence)
    is_same = sum(here) == sum(there) != 1
    return not is_same and _is_negated(claim, here, sentence) != _is_negated(sentence, there, claim)


def _negations(words: Sequence[Word]) -> list[bool]:
    """Return for each word whether it negates; the "no" of "no more than" does not."""
    behind = [*(word.text.lower() for word in words), ""][1:]
    return [_is_negation(word) and next_word not in BOUNDING for word, next_word in zip(words, behind, strict=True)]


def _is_negated(words: Sequence[Word], negates: Sequence[bool], other: Sequence[Word]) -> bool:
    """Tell whether an odd number of the shared words is negated: "not sold" where both texts speak of selling."""
    if not any(negates):
        return False
    stems = {word.stem for word in other if word.is_content}
    shared = {word.stem for word in words if word.is_content and is_found(word.stem, stems)}
    window = _smallest_window(words, shared)
    if window is None:
        return False
    start, end = window
    n_negations = 0
    for i in range(max(start - _NEGATION_REACH, 0), end + 1):
        # "Could not actually hold" negates holding.
        after = [word.stem for word in words[i + 1 : end + 1] if word.is_content and not word.text.endswith("ly")]
        is_shared = bool(after) and after[0] in shared
        n_negations += negates[i] and is_shared and not _is_until(words[i + 1 : end + 1])
    return n_negations % 2 == 1


def _negates_another(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether each denies what the other says: "the sauna but not the boats" and the other way round."""
    here, there = _negated_words(claim), _negated_words(sentence)
    said, told = ({word.stem for word in words} for words in (claim, sentence))
    return bool(here and there) and not here & there and here <= told and there <= said


def _takes_if_for_unless(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether one says "not unless" where the other says "if"."""
    said, told = ({word.text.lower() for word in words} & {"if", "unless"} for words in (claim, sentence))
    return {"if", "unless"} == said ^ told


def _negated_words(words: Sequence[Word]) -> set[str]:
    """Return the content words behind each negation, to the next "and" or "but"."""
    found: set[str] = set()
    for i, word in enumerate(words):
        if _is_negation(word):
            scope = takewhile(lambda one: one.text.lower() not in _JOINING, words[i + 1 :])
            found |= {one.stem for one in scope if one.is_content}
    return found


def _is_until(words: Sequence[Word]) -> bool:
    """Tell whether what is negated came about in the end: "did not develop until"."""
    return any(word.text.lower() in {"until", "till"} for word in words)


def _smallest_window(words: Sequence[Word], wanted: Collection[str]) -> tuple[int, int] | None:
    """Return the first and last index of the shortest run of words that holds all wanted stems; the first of equals."""
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


def _is_negation(word: Word) -> bool:
    lowered = word.text.lower()
    return lowered in _NEGATIONS or lowered.endswith(_CONTRACTED_NEGATIONS)
