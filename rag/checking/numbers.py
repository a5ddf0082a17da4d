"""Tell whether a number of a claim belongs to something else in a sentence.

"It was opened in 1958" against "It was opened in 1932 and rebuilt in 1958". There are two kinds of
numbers, years and others. The listed words are English.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile

from rag.text.words import CONJUNCTIONS, Word, content_stems

_YEAR = re.compile(r"1\d{3}|20\d{2}")
_JOINING = CONJUNCTIONS | {"or", "while", "oder"}
_RELATIVE = frozenset(("which", "who", "that"))
_FOR_WHOM = frozenset("for per of on among für pro".split())  # noqa: SIM905
# How many words after a number its scope may reach: "20 mg for adults".
_SCOPE_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a text with the words around it.

    Attributes:
        value: In digits.
        index: Its index among the words.
        lead: The nearest content word before it that is no number.
        before: Content stems between the previous number and this one.
        after: Content stems up to the next number or "and".
        scope: Content stems that a "for" or "of" joins to it.
        preposition: The function word right before it, or empty.
    """

    value: str
    word: Word
    index: int
    lead: Word | None
    before: frozenset[str]
    after: frozenset[str]
    scope: frozenset[str]
    preposition: str

    @property
    def is_year(self) -> bool:
        """Tell 1958 from 2,400 and 12."""
        return bool(_YEAR.fullmatch(self.word.text))


def misplaces_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether a number of the claim belongs to another word, verb or group in the sentence."""
    claimed, stated = _numbers(claim), _numbers(sentence)
    if any(_trade_places(one, other, stated) for one, other in combinations(claimed, 2)):
        return True
    stems = {word.stem for word in claim}
    return any(
        _is_nearer_to_another(number, claim, sentence, claimed, stated)
        or _is_for_others(number, stated)
        or _is_of_verb_before(number, sentence, stated, stems)
        for number in claimed
    )


def replaces_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether claim and sentence have different numbers beside the same word.

    "Up to 45 pounds" against "up to 20 pounds" share the word after the number; "May 2019" against
    "May 2018" the one before it.
    """
    stated = {(side, beside): value for value, side, beside in _beside_numbers(sentence)}
    values = {word.number for word in sentence if word.number}
    return any(
        value not in values and stated.get((side, beside), value) != value
        for value, side, beside in _beside_numbers(claim)
    )


def puts_other_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the sentence has only another number of the same kind after the same word."""
    stated = _numbers(sentence)
    stems = {word.stem for word in sentence}
    for number in _numbers(claim):
        rivals = [one for one in stated if number.lead and one.lead and one.lead.stem == number.lead.stem]
        of_kind = [one for one in rivals if (one.is_year, one.preposition) == (number.is_year, number.preposition)]
        shares_more = len(number.before & stems) > 1
        if of_kind and shares_more and all(one.value != number.value for one in stated):
            return True
    return False


def _beside_numbers(words: Sequence[Word]) -> Iterator[tuple[str, str, str]]:
    """Yield each number with the content word before and after it: digits, side, meaning."""
    for i, word in enumerate(words):
        if not word.number:
            continue
        for side, j in (("before", i - 1), ("after", i + 1)):
            if 0 <= j < len(words) and words[j].is_content:
                yield word.number, side, words[j].meaning


def _numbers(words: Sequence[Word]) -> list[_Number]:
    numbers: list[_Number] = []
    lead: Word | None = None
    before: set[str] = set()
    for i, word in enumerate(words):
        if value := word.number:
            preposition = words[i - 1].lowered if i and not words[i - 1].is_content else ""
            scope = frozenset(_scope(words, i))
            following = takewhile(lambda one: not one.number and one.lowered not in _JOINING, words[i + 1 :])
            after = frozenset(content_stems(list(following)))
            numbers.append(_Number(value, word, i, lead, frozenset(before), after, scope, preposition))
            before = set()
        elif word.is_content:
            lead = word
            before.add(word.stem)
    return numbers


def _scope(words: Sequence[Word], index: int) -> Iterator[str]:
    is_joined = False
    for word in words[index + 1 : index + 1 + _SCOPE_WORDS]:
        if word.lowered in _JOINING | _RELATIVE or word.number:
            return
        if is_joined and word.is_content and not word.text.endswith("ly"):
            yield word.stem
            return
        is_joined = is_joined or word.lowered in _FOR_WHOM


def _trade_places(one: _Number, other: _Number, stated: Sequence[_Number]) -> bool:
    """Tell whether each of two claimed numbers stands after the other's words in the sentence."""
    ones, others = ([it for it in stated if it.value == number.value] for number in (one, other))
    if not ones or not others:
        return False
    mine, its = one.before - other.before, other.before - one.before
    are_traded = _stand_before(mine, others, ones) and _stand_before(its, ones, others)
    return are_traded and not _stand_before(mine, ones, others) and not _stand_before(its, others, ones)


def _stand_before(stems: frozenset[str], numbers: Sequence[_Number], not_before: Sequence[_Number]) -> bool:
    """Tell whether a stem stands before one of the numbers and before none of the others."""
    others = frozenset[str]().union(*(number.before for number in not_before))
    return any((number.before & stems) - others for number in numbers)


def _is_nearer_to_another(
    number: _Number,
    claim: Sequence[Word],
    sentence: Sequence[Word],
    claimed: Sequence[_Number],
    stated: Sequence[_Number],
) -> bool:
    """Tell whether a word beside the number is nearer to another number in the sentence.

    "From 80" is no rival of "to 95". In "headache was seen in 12 percent and nausea in 3" the
    claim's subject decides, because the verb stands before one of the numbers only.
    """
    of_kind = [one for one in stated if one.is_year == number.is_year]
    own = [one for one in of_kind if one.value == number.value]
    values = {one.value for one in claimed}
    rivals = [one for one in of_kind if one.value not in values and _may_stand_for(one, own)]
    if not own or not rivals:
        return False
    lead = frozenset({number.lead.stem} if number.lead else ())
    others = {word.stem for word in claim} - lead
    subject = number.before - lead
    # A subject before two numbers may be that of both; a subject between them is the second one's.
    later = [rival for rival in rivals if rival.index > max(one.index for one in own)]
    if not _stand_before(subject, own, rivals) and _stand_before(subject, later, own):
        return True
    # A verb before two numbers may also be that of both if another word singles out the second one.
    is_of_both = not later and any(others & (one.before | one.after) - _around(rivals) for one in own)
    if number.lead and not is_of_both and (by_lead := _nearer_to(number.lead, sentence, own, rivals)) is not None:
        return by_lead is rivals
    return any(
        _nearer_to(word, sentence, own, rivals) is rivals
        for word in claim[number.index + 1 : number.index + 2]
        if word.is_content and not word.number and word.start - number.word.end == 1
    )


def _nearer_to(word: Word, sentence: Sequence[Word], own: list[_Number], rivals: list[_Number]) -> list[_Number] | None:
    """Return the numbers that a word is nearer to; None if it is missing or halfway between."""
    indexes = [i for i, one in enumerate(sentence) if one.stem == word.stem]
    if not indexes:
        return None
    to_own, to_rivals = _distance(indexes, own), _distance(indexes, rivals)
    return None if to_own == to_rivals else min((to_own, own), (to_rivals, rivals), key=lambda one: one[0])[1]


def _around(numbers: Sequence[_Number]) -> frozenset[str]:
    return frozenset[str]().union(*(number.before | number.after for number in numbers))


def _may_stand_for(rival: _Number, own: Sequence[_Number]) -> bool:
    return not rival.preposition or any(one.preposition in {"", rival.preposition} for one in own)


def _distance(indexes: Sequence[int], numbers: Sequence[_Number]) -> int:
    return min(abs(number.index - index) for number in numbers for index in indexes)


def _is_for_others(number: _Number, stated: Sequence[_Number]) -> bool:
    """Tell whether another number has its scope: "20 mg for adults and 5 mg for children"."""
    own = [one for one in stated if one.value == number.value and one.scope]
    others = [one for one in stated if one.value != number.value and one.scope & number.scope]
    return bool(number.scope and own and others) and not any(one.scope & number.scope for one in own)


def _is_of_verb_before(
    number: _Number, sentence: Sequence[Word], stated: Sequence[_Number], stems: Collection[str]
) -> bool:
    """Tell whether the number belongs to an earlier verb: "burned down in 1811 and was rebuilt"."""
    own = [one for one in stated if one.value == number.value]
    indexes = [i for i, word in enumerate(sentence) if number.lead and word.stem == number.lead.stem]
    if not own or not indexes:
        return False
    return all(
        one.lead is not None
        and one.lead.stem not in stems
        and min(indexes) > one.index
        and sentence[one.index + 1].lowered in _JOINING
        for one in own
    )
