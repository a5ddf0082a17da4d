"""Tell whether a claim says more than a sentence: without its condition, limit, part or bound. Pure.

English, as far as words are listed, and a few German words.
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
    """Tell whether the sentence limits what it says, "except", "unless", "if", and the claim does not."""
    limits = _CONDITIONS.search(_WHETHER.sub("", sentence))
    return bool(limits) and not _CONDITIONS.search(claim) and not _HELD.search(claim)


def says_more(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim says of all, of each, or beyond a bound what the sentence says of less."""
    return (
        _drops_limit(claim, sentence)
        or _takes_part_for_whole(claim, sentence)
        or _drops_narrowing(claim, sentence)
        or _turns_bound(claim, sentence)
        or _gives_other_ordinal(claim, sentence)
    )


def _drops_limit(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim says "every Thursday" of "every second Thursday", or "director" of "deputy director"."""
    told = {word.stem for word in claim}
    for first, second in pairwise(claim):
        rest = [sentence[i + 1 : i + 3] for i, word in enumerate(sentence) if word.stem == first.stem]
        if first.text.lower() in _DISTRIBUTIVES and rest and all(_is_limited(two, second, told) for two in rest):
            return True
    for word in claim:
        leads = [lead for lead, one in pairwise(sentence) if one.stem == word.stem]
        if word.is_content and leads and all(lead.text.lower() in _DIMINISHERS for lead in leads):
            return not told & {lead.stem for lead in leads}
    return False


def _is_limited(two: Sequence[Word], meant: Word, told: Collection[str]) -> bool:
    """Tell whether the first of two words, which is not told, limits the second, which is what is meant."""
    return len(two) == 2 and two[1].stem == meant.stem and two[0].stem not in told


def _takes_part_for_whole(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim says "all six piers" of "two of its six piers", or "all members" of "most members"."""
    said, told = ({word.text.lower() for word in words} for words in (claim, sentence))
    if not said & _WHOLE or told & _WHOLE:
        return False
    is_part_of = any(word.number and one.text.lower() == "of" for word, one in pairwise(sentence))
    return bool(told & _PARTS) or is_part_of


def _drops_narrowing(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim says "every expense" of "every expense above 25 dollars"."""
    said = {word.text.lower() for word in claim}
    for quantifier, thing in pairwise(claim):
        if quantifier.text.lower() in _WHOLE:
            behind = [word.text.lower() for one, word in pairwise(sentence) if one.stem == thing.stem]
            if behind and all(word in _NARROWING and word not in said for word in behind):
                return True
    return False


def _turns_bound(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim says "at least 90" of "up to 90"."""
    there = list(_bounds(sentence))
    return any((number, -bound) in there and (number, bound) not in there for number, bound in _bounds(claim))


def _bounds(words: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """Yield each number that is bounded, with 1 for at least and -1 for at most."""
    for place, word in enumerate(words):
        if number := word.number:
            before = " ".join(one.text.lower() for one in words[max(place - _BOUND_WORDS, 0) : place])
            if _AT_LEAST.search(before):
                yield number, 1
            elif _AT_MOST.search(before):
                yield number, -1


def _gives_other_ordinal(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has "the fifth" where the sentence has only "the second"."""
    said, told = ({word.text.lower() for word in words} & _ORDINALS for words in (claim, sentence))
    return bool(said and told) and not said & told
