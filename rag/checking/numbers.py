"""Tell whether a number of a claim belongs to something else in a sentence. Pure.

"It was opened in 1958" against "It was opened in 1932 and rebuilt in 1958". Years are one kind of number, all else
another. English, as far as words are listed.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile

from rag.text.words import Word

_YEAR = re.compile(r"1\d{3}|20\d{2}")
_JOINING = frozenset(("and", "but", "or", "while", "und", "oder", "aber"))
_RELATIVE = frozenset(("which", "who", "that"))
_FOR_WHOM = frozenset("for per of on among für pro".split())  # noqa: SIM905
# "20 mg for adults": the words that say for whom a number is end so far behind it.
_SCOPE = 4


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a text: its value in digits, its place among the words, and what stands around it.

    Attributes:
        lead: The nearest content word before it that is no number.
        before, behind: Stems of the content words between the number before it and itself, and to the one behind it or
            an "and".
        scope: Stems of the content words that a "for" or "of" joins to it.
        preposition: The function word right before it, or none.
    """

    value: str
    word: Word
    place: int
    lead: Word | None
    before: frozenset[str]
    behind: frozenset[str]
    scope: frozenset[str]
    preposition: str

    @property
    def is_year(self) -> bool:
        """Tell 1958 from 2,400 and 12."""
        return bool(_YEAR.fullmatch(self.word.text))


def misplaces_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether a number of the claim belongs to another word, deed or group in the sentence."""
    told, there = _numbers(claim), _numbers(sentence)
    if any(_trade_places(one, other, there) for one, other in combinations(told, 2)):
        return True
    stems = {word.stem for word in claim}
    return any(
        _is_nearer_to_another(number, claim, sentence, told, there)
        or _is_for_others(number, there)
        or _is_of_deed_before(number, sentence, there, stems)
        for number in told
    )


def replaces_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether a number of the claim stands where the sentence has another one.

    "Up to 45 pounds" against "up to 20 pounds": the word behind is the same; "May 2019" against "May 2018": the one
    before is.
    """
    there = {(side, beside): value for value, side, beside in _beside_numbers(sentence)}
    values = {word.number for word in sentence if word.number}
    return any(
        value not in values and there.get((side, beside), value) != value
        for value, side, beside in _beside_numbers(claim)
    )


def puts_other_number(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether a sentence has, right behind what leads to a number of the claim, another one of its kind only."""
    there = _numbers(sentence)
    stems = {word.stem for word in sentence}
    for number in _numbers(claim):
        rivals = [one for one in there if number.lead and one.lead and one.lead.stem == number.lead.stem]
        of_kind = [one for one in rivals if (one.is_year, one.preposition) == (number.is_year, number.preposition)]
        shares_more = len(number.before & stems) > 1
        if of_kind and shares_more and all(one.value != number.value for one in there):
            return True
    return False


def _beside_numbers(words: Sequence[Word]) -> Iterator[tuple[str, str, str]]:
    """Yield each number with its content word before and behind: its digits, the side, the stem."""
    for i, word in enumerate(words):
        if not word.number:
            continue
        for side, place in (("before", i - 1), ("behind", i + 1)):
            if 0 <= place < len(words) and words[place].is_content:
                yield word.number, side, words[place].meaning


def _numbers(words: Sequence[Word]) -> list[_Number]:
    found: list[_Number] = []
    lead: Word | None = None
    since: set[str] = set()
    for place, word in enumerate(words):
        if value := word.number:
            preposition = words[place - 1].text.lower() if place and not words[place - 1].is_content else ""
            scope = frozenset(_scope(words, place))
            behind = takewhile(lambda one: not one.number and one.text.lower() not in _JOINING, words[place + 1 :])
            stems = frozenset(one.stem for one in behind if one.is_content)
            found.append(_Number(value, word, place, lead, frozenset(since), stems, scope, preposition))
            since = set()
        elif word.is_content:
            lead = word
            since.add(word.stem)
    return found


def _scope(words: Sequence[Word], place: int) -> Iterator[str]:
    is_joined = False
    for word in words[place + 1 : place + 1 + _SCOPE]:
        if word.text.lower() in _JOINING | _RELATIVE or word.number:
            return
        if is_joined and word.is_content and not word.text.endswith("ly"):
            yield word.stem
            return
        is_joined = is_joined or word.text.lower() in _FOR_WHOM


def _trade_places(one: _Number, other: _Number, there: Sequence[_Number]) -> bool:
    """Tell whether two numbers of the claim have each the other's words before them in the sentence."""
    ones, others = ([place for place in there if place.value == number.value] for number in (one, other))
    if not ones or not others:
        return False
    mine, its = one.before - other.before, other.before - one.before
    are_traded = _stand_before(mine, others, ones) and _stand_before(its, ones, others)
    return are_traded and not _stand_before(mine, ones, others) and not _stand_before(its, others, ones)


def _stand_before(stems: frozenset[str], numbers: Sequence[_Number], not_before: Sequence[_Number]) -> bool:
    """Tell whether one of the stems stands before some of these numbers and before none of those."""
    others = frozenset[str]().union(*(number.before for number in not_before))
    return any((number.before & stems) - others for number in numbers)


def _is_nearer_to_another(
    number: _Number,
    claim: Sequence[Word],
    sentence: Sequence[Word],
    told: Sequence[_Number],
    there: Sequence[_Number],
) -> bool:
    """Tell whether a word beside the number has in the sentence one of its kind nearer by, which is not told.

    "From 80" is no rival of "to 95". Of "headache was seen in 12 percent and nausea in 3" the claim's subject decides
    which number it is, not the verb, which stands before one of them only.
    """
    of_kind = [one for one in there if one.is_year == number.is_year]
    own = [one for one in of_kind if one.value == number.value]
    values = {one.value for one in told}
    rivals = [one for one in of_kind if one.value not in values and _may_stand_for(one, own)]
    if not own or not rivals:
        return False
    lead = frozenset({number.lead.stem} if number.lead else ())
    said = {word.stem for word in claim} - lead
    subject = number.before - lead
    # A subject before the first of two numbers may be that of both; one between them is the second one's.
    later = [rival for rival in rivals if rival.place > max(one.place for one in own)]
    if not _stand_before(subject, own, rivals) and _stand_before(subject, later, own):
        return True
    # A verb before the first of two numbers may be that of both as well, where something else tells the second one.
    is_of_both = not later and any(said & (one.before | one.behind) - _around(rivals) for one in own)
    if number.lead and not is_of_both and (by_lead := _nearer_to(number.lead, sentence, own, rivals)) is not None:
        return by_lead is rivals
    behind = [
        word
        for word in claim[number.place + 1 : number.place + 2]
        if word.is_content and not word.number and word.start - number.word.end == 1
    ]
    return any(_nearer_to(word, sentence, own, rivals) is rivals for word in behind)


def _nearer_to(word: Word, sentence: Sequence[Word], own: list[_Number], rivals: list[_Number]) -> list[_Number] | None:
    """Return which numbers a word of the sentence stands nearer to; None where it does not stand there, or between."""
    places = [i for i, one in enumerate(sentence) if one.stem == word.stem]
    if not places:
        return None
    to_own, to_rivals = _distance(places, own), _distance(places, rivals)
    return None if to_own == to_rivals else min((to_own, own), (to_rivals, rivals), key=lambda one: one[0])[1]


def _around(numbers: Sequence[_Number]) -> frozenset[str]:
    return frozenset[str]().union(*(number.before | number.behind for number in numbers))


def _may_stand_for(rival: _Number, own: Sequence[_Number]) -> bool:
    return not rival.preposition or any(one.preposition in {"", rival.preposition} for one in own)


def _distance(places: Sequence[int], numbers: Sequence[_Number]) -> int:
    return min(abs(number.place - place) for number in numbers for place in places)


def _is_for_others(number: _Number, there: Sequence[_Number]) -> bool:
    """Tell whether those that the number is for have another one: "20 mg for adults and 5 mg for children"."""
    own = [one for one in there if one.value == number.value and one.scope]
    others = [one for one in there if one.value != number.value and one.scope & number.scope]
    return bool(number.scope and own and others) and not any(one.scope & number.scope for one in own)


def _is_of_deed_before(
    number: _Number, sentence: Sequence[Word], there: Sequence[_Number], stems: Collection[str]
) -> bool:
    """Tell whether the number ends another deed than the claim's: "burned down in 1811 and was rebuilt"."""
    own = [one for one in there if one.value == number.value]
    places = [i for i, word in enumerate(sentence) if number.lead and word.stem == number.lead.stem]
    if not own or not places:
        return False
    return all(
        one.lead is not None
        and one.lead.stem not in stems
        and min(places) > one.place
        and sentence[one.place + 1].text.lower() in _JOINING
        for one in own
    )
