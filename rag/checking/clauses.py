"""Tell whether a claim mixes the parts of a sentence or swaps their order.

"The fees and the fines are paid back" against "the fees are paid back, whereas the fines are not".
"He left after she came" against "she came after he had left". The words are English and German.
"""

from collections.abc import Sequence
from itertools import pairwise

from rag.text.words import (
    AUXILIARIES,
    BE,
    GERMAN_PRONOUNS,
    OBJECT_PRONOUNS,
    POSSESSIVE_PRONOUNS,
    SUBJECT_PRONOUNS,
    Word,
    content_stems,
)

_CONTRASTS = frozenset("whereas while but although though während aber".split())  # noqa: SIM905
_MODALS = frozenset("can could may might must shall should would do not never cannot".split())  # noqa: SIM905
_PRONOUNS = SUBJECT_PRONOUNS | OBJECT_PRONOUNS | POSSESSIVE_PRONOUNS | GERMAN_PRONOUNS | {"this", "that"}
_RELATORS = frozenset(("after", "before", "than", "nachdem", "bevor"))
# A shorter part, such as "but not the boats", needs the verb before it.
_LEAST_WORDS = 4
# This many words of the first part and one of the second are a mixture.
_LEAST_MIXED = 2


def mixes_parts(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim makes one statement of both sides of a "whereas" or "while"."""
    for i, word in enumerate(sentence):
        after = sentence[i + 1 :]
        if i == 0 or word.lowered not in _CONTRASTS or not _stands_alone(after):
            continue
        first, second = content_stems(sentence[:i]), content_stems(after)
        for part in _parts(claim):
            if len(part & (first - second)) >= _LEAST_MIXED and part & (second - first):
                return True
    return False


def _parts(words: Sequence[Word]) -> list[set[str]]:
    """Return the content stems of each part between contrasting words."""
    bounds = [-1, *(i for i, word in enumerate(words) if word.lowered in _CONTRASTS), len(words)]
    return [content_stems(words[start + 1 : end]) for start, end in pairwise(bounds)]


def turns_order(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim swaps the two sides of an "after" or "before" of the sentence."""
    for relator in _RELATORS:
        claimed, stated = _sides(claim, relator), _sides(sentence, relator)
        if claimed is None or stated is None:
            continue
        (left, right), (first, second) = claimed, stated
        straight = len(left & first) + len(right & second)
        turned = len(left & (second - first)) + len(right & (first - second))
        if left & (second - first) and right & (first - second) and turned > straight:
            return True
    return False


def _stands_alone(words: Sequence[Word]) -> bool:
    """Tell whether a part of a sentence is complete: no opening "did", no "it"."""
    is_whole = len(words) >= _LEAST_WORDS and words[0].lowered not in BE | AUXILIARIES | _MODALS
    return is_whole and all(word.lowered not in _PRONOUNS for word in words)


def _sides(words: Sequence[Word], relator: str) -> tuple[set[str], set[str]] | None:
    """Return the content stems before and after a relator; None unless it occurs once, inside."""
    indexes = [i for i, word in enumerate(words) if word.lowered == relator]
    if len(indexes) != 1 or indexes[0] == 0:
        return None
    return content_stems(words[: indexes[0]]), content_stems(words[indexes[0] + 1 :])
