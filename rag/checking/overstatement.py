"""Tell whether a claim says more than a sentence: it drops a condition, limit, part or bound.

The listed words are English, with a few German ones.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from rag.text.words import Word

_CONDITIONS = re.compile(
    r"\b(?:except(?:ing)?|unless|only if|provided that|as long as|apart from|with the exception of|if|falls|sofern)\b",
    re.IGNORECASE,
)
_HELD = re.compile(r"\b(?:when|once|whether|in case|where|who|without|wenn)\b", re.IGNORECASE)
_WHETHER = re.compile(
    r"\b(?:ask|wonder|see|know|doubt|unclear|test|check|decide|say|told?)\w*(?:\s+\w+)?\s+if\b|\bas if\b", re.IGNORECASE
)
_DISTRIBUTIVES = frozenset(("every", "each", "jeder", "jeden", "jede", "jedes"))
_DIMINISHERS = frozenset(("deputy", "vice", "former", "acting", "assistant", "alleged", "would-be", "honorary"))
_WHOLE = frozenset(("all", "every", "both", "entire", "whole", "each", "alle", "ganze"))
_PARTS = frozenset(("some", "most", "many", "half", "part", "several", "few", "einige", "viele"))
_NARROWING = frozenset("above below over under costing longer shorter worth exceeding".split())  # noqa: SIM905
_ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth last".split())  # noqa: SIM905
_AT_LEAST = re.compile(r"(?:at least|no (?:fewer|less) than|(?<!no )more than|over|above|exceeding|minimum of)$")
_AT_MOST = re.compile(
    r"(?:at most|no (?:more|longer|later) than|(?<!no )(?:less|fewer) than|up to|under|below|maximum of)$"
)
_BOUND_WORDS = 3


def drops_condition(claim: str, sentence: str) -> bool:
    """Tell whether the sentence has an "except", "unless" or "if" that the claim lacks."""
    limits = _CONDITIONS.search(_WHETHER.sub("", sentence))
    return bool(limits) and not _CONDITIONS.search(claim) and not _HELD.search(claim)


def says_more(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim drops a limit, a part or a bound of the sentence."""
    return (
        _drops_limit(claim, sentence)
        or _takes_part_for_whole(claim, sentence)
        or _drops_narrowing(claim, sentence)
        or _turns_bound(claim, sentence)
        or _gives_other_ordinal(claim, sentence)
    )


def _drops_limit(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether "every second day" becomes "every day", or "deputy director" "director"."""
    claimed = {word.stem for word in claim}
    for first, second in pairwise(claim):
        rest = [sentence[i + 1 : i + 3] for i, word in enumerate(sentence) if word.stem == first.stem]
        if first.lowered in _DISTRIBUTIVES and rest and all(_is_limited(two, second, claimed) for two in rest):
            return True
    for word in claim:
        leads = [lead for lead, one in pairwise(sentence) if one.stem == word.stem]
        if word.is_content and leads and all(lead.lowered in _DIMINISHERS for lead in leads):
            return not claimed & {lead.stem for lead in leads}
    return False


def _is_limited(two: Sequence[Word], noun: Word, claimed: Collection[str]) -> bool:
    """Tell whether the second of two words is the noun and the claim lacks the first."""
    return len(two) == 2 and two[1].stem == noun.stem and two[0].stem not in claimed


def _takes_part_for_whole(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether "two of its six piers" becomes "all six piers", or "most" becomes "all"."""
    claimed, stated = ({word.lowered for word in words} for words in (claim, sentence))
    if not claimed & _WHOLE or stated & _WHOLE:
        return False
    is_part_of = any(word.number and one.lowered == "of" for word, one in pairwise(sentence))
    return bool(stated & _PARTS) or is_part_of


def _drops_narrowing(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether "every expense above 25 dollars" becomes "every expense"."""
    claimed = {word.lowered for word in claim}
    for quantifier, thing in pairwise(claim):
        if quantifier.lowered in _WHOLE:
            following = [word.lowered for one, word in pairwise(sentence) if one.stem == thing.stem]
            if following and all(word in _NARROWING and word not in claimed for word in following):
                return True
    return False


def _turns_bound(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether "up to 90" becomes "at least 90"."""
    stated = list(_bounds(sentence))
    return any((number, -bound) in stated and (number, bound) not in stated for number, bound in _bounds(claim))


def _bounds(words: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """Yield each bounded number, with 1 for "at least" and -1 for "at most"."""
    for i, word in enumerate(words):
        if number := word.number:
            before = " ".join(one.lowered for one in words[max(i - _BOUND_WORDS, 0) : i])
            if _AT_LEAST.search(before):
                yield number, 1
            elif _AT_MOST.search(before):
                yield number, -1


def _gives_other_ordinal(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has "the fifth" and the sentence only "the second"."""
    claimed, stated = ({word.lowered for word in words} & _ORDINALS for words in (claim, sentence))
    return bool(claimed and stated) and not claimed & stated
