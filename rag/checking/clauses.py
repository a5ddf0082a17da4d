"""Tell whether a claim joins what a sentence keeps apart, or turns round what it joins. Pure.

"The fees and the fines are paid back" against "the fees are paid back, whereas the fines are not"; "he left after she
came" against "she came after he had left". English and German, as far as words are listed.
"""

from collections.abc import Sequence
from itertools import pairwise

from rag.checking.substitution import AUXILIARIES, BE
from rag.text.words import Word

_CONTRASTS = frozenset("whereas while but although though während aber".split())  # noqa: SIM905
_MODALS = frozenset("can could may might must shall should would do not never cannot".split())  # noqa: SIM905
_PRONOUNS = frozenset("it he she they them him her its their his this that es er sie".split())  # noqa: SIM905
_RELATORS = frozenset(("after", "before", "than", "nachdem", "bevor"))
# A part behind "but" of fewer words, "but not the boats", lives on the verb before it.
_LEAST_WORDS = 4
# So many words of one part and one of the other are a mixture of both.
_LEAST_OWN = 2


def mixes_parts(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim takes words from both sides of a "whereas" or "while" for one statement."""
    for place, word in enumerate(sentence):
        behind = sentence[place + 1 :]
        if place == 0 or word.text.lower() not in _CONTRASTS or not _stands_alone(behind):
            continue
        first, second = _stems(sentence[:place]), _stems(behind)
        for part in _parts(claim):
            if len(part & (first - second)) >= _LEAST_OWN and part & (second - first):
                return True
    return False


def _parts(words: Sequence[Word]) -> list[set[str]]:
    """Return the stems of what stands between the contrasting words of a text."""
    places = [-1, *(i for i, word in enumerate(words) if word.text.lower() in _CONTRASTS), len(words)]
    return [_stems(words[start + 1 : end]) for start, end in pairwise(places)]


def turns_order(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether what stands before an "after" or "before" in the claim stands behind it in the sentence."""
    for relator in _RELATORS:
        said, told = _sides(claim, relator), _sides(sentence, relator)
        if said is None or told is None:
            continue
        (left, right), (first, second) = said, told
        straight = len(left & first) + len(right & second)
        turned = len(left & (second - first)) + len(right & (first - second))
        if left & (second - first) and right & (first - second) and turned > straight:
            return True
    return False


def _stands_alone(words: Sequence[Word]) -> bool:
    """Tell whether a part of a sentence needs nothing of the other: it does not begin with "did", nor say "it"."""
    said = {word.text.lower() for word in words}
    is_whole = len(words) >= _LEAST_WORDS and words[0].text.lower() not in BE | AUXILIARIES | _MODALS
    return is_whole and not said & _PRONOUNS


def _sides(words: Sequence[Word], relator: str) -> tuple[set[str], set[str]] | None:
    """Return the content words before and behind a word that stands once in a text, not at its front."""
    places = [i for i, word in enumerate(words) if word.text.lower() == relator]
    if len(places) != 1 or places[0] == 0:
        return None
    return _stems(words[: places[0]]), _stems(words[places[0] + 1 :])


def _stems(words: Sequence[Word]) -> set[str]:
    return {word.stem for word in words if word.is_content}
