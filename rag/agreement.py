"""Tell whether a sentence says something else than a claim that shares its words with it.

Small models take a sentence's words and turn them: they answer for the jack plane what is said of the block plane, drop
a "not", make "from" a "to" or "tried to buy" a "bought". Each check here names one such turn; together they say why a
sentence is no evidence for a claim although nearly every word is there. English, as far as words are listed.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise, takewhile

from rag.joining import mixes_parts, turns_order
from rag.limiting import says_more
from rag.substituting import ARTICLES, AUXILIARIES, BE, BOUNDING, is_named, says_opposite
from rag.text.words import Word, is_found

_NEGATIONS = frozenset("not no never nobody none nothing neither nor without cannot cant nicht kein keine nie".split())  # noqa: SIM905
_CONTRACTED_NEGATIONS = ("n't", "n’t")
_OPPOSITES = {
    "to": "from", "into": "from", "from": "to", "before": "after", "after": "before", "with": "without",
    "without": "with", "over": "under", "under": "over", "above": "below", "below": "above",
}  # fmt: skip
# Stems. What follows one of these and "to" was not done: "had tried to buy", "promised to stay".
_NOT_YET_DONE = frozenset(
    """tri promis plan want hope intend fail refus declin threaten offer vow pledg seek aim attempt ask urg demand
    expect prepar propos agre wish""".split()  # noqa: SIM905
)
_PRONOUNS = frozenset(("he", "she", "they", "it"))
_SAYING = frozenset("say said says told tells stated".split())  # noqa: SIM905
# Stems: how a text tells that somebody said something.
_REPORTING = frozenset(
    """say tell state declar announc claim insist emphas stress add explain report describ argu warn accus express
    ask suggest confirm deni admit promis accord write comment repli answer quot mention respond predict urg remark
    opinion statement vow pledg recal conced acknowledg critic prais""".split()  # noqa: SIM905
)
_POSSESSIVES = ("'s", "’s")
# A passive names who did it so many words after the deed: "approved in writing by the treasurer, Jonas Pfeiffer".
_AGENT_REACH = 8
# "Was built for the town by": so many words before "by" the deed may stand.
_DEED_REACH = 4
_NEXT_DEED = BE | AUXILIARIES | {"who", "which", "by"}
_JOINING = frozenset(("and", "but", "und", "aber", "sondern"))
_IS = frozenset(("is", "was", "ist", "war"))
_PREPOSITIONS = frozenset("to from with of for by at in on about against between".split())  # noqa: SIM905
# A negation this many words before the first shared word still belongs to it: "may not be used".
_NEGATION_REACH = 3


def contradicts(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the sentence says the contrary with the claim's words.

    Args:
        claim: The words of one sentence to be checked.
        sentence: The words of the sentence that is to be its evidence.
    """
    return (
        denies(claim, sentence)
        or _turns_direction(claim, sentence)
        or _takes_intention_for_deed(claim, sentence)
        or _swaps_actor(claim, sentence)
        or _swaps_agent(claim, sentence)
        or says_more(claim, sentence)
        or mixes_parts(claim, sentence)
        or turns_order(claim, sentence)
        or _gives_other_holder(claim, sentence)
        or _puts_into_a_mouth(claim, sentence)
    )


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


def _turns_direction(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    for preposition, word in _directed(claim):
        others = [p for p, w in _directed(sentence) if w.stem == word.stem]
        if others and all(p == _OPPOSITES[preposition] for p in others):
            return True
    return False


def _directed(words: Sequence[Word]) -> list[tuple[str, Word]]:
    """Return the pairs of a preposition that has an opposite and the content word it leads to."""
    pairs = []
    preposition: str | None = None
    for word in words:
        lowered = word.text.lower()
        if lowered in _OPPOSITES:
            preposition = lowered
        elif lowered not in ARTICLES:
            if preposition and word.is_content:
                pairs.append((preposition, word))
            preposition = None
    return pairs


def _takes_intention_for_deed(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    told = {word.stem for word in claim}
    for intention, to, deed in zip(sentence, sentence[1:], sentence[2:], strict=False):
        is_intended = to.text.lower() == "to" and intention.stem in _NOT_YET_DONE
        if is_intended and deed.stem in told and intention.stem not in told:
            return True
    return False


def _swaps_actor(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether somebody else does in the sentence what the claim has its actor do."""
    found = find_actor_and_deed(claim)
    if found is None or any(word.text.lower() == "by" for word in claim):
        return False
    actors, deed = found
    # "Meals are" opens with a capital and names nobody.
    is_thing = actors == {claim[0].stem} and any(word.stem in actors and word.text.islower() for word in sentence)
    place = next((i for i, word in enumerate(sentence) if word.stem == deed), None)
    return not is_thing and place is not None and _is_done_by_another(actors, sentence, place)


def _is_done_by_another(actors: Collection[str], sentence: Sequence[Word], place: int) -> bool:
    """Tell whether somebody else does what stands at a place of a sentence."""
    known = {word.stem for word in sentence}
    is_named_here = any(is_found(actor, known) for actor in actors)
    if any(word.text.lower() == "by" for word in sentence[place : place + 4]):
        return bool(_names(sentence[place : place + _AGENT_REACH])) and not is_named_here
    names = _names(sentence[:place])
    if not names:
        return False
    if not is_named_here:
        # A "she" may stand for the actor; another name does not.
        return bool(names[-1]) and not names[-1] & _PRONOUNS
    if _leads_straight_to(sentence, place):
        doers = [names[-1]]
    else:
        doers = [names[0], names[-1], *_words_right_before(sentence, place)]
    is_another = any(doers) and not any(is_found(actor, stems) for actor in actors for stems in doers)
    return is_another or _is_half_another(actors, doers, _names(sentence))


def _is_half_another(actors: Collection[str], doers: Sequence[set[str]], names: Sequence[set[str]]) -> bool:
    """Tell whether "Samuel Marlowe" did what Marlowe did before "and her brother Samuel" is named."""
    rest = {actor for actor in actors if not any(actor in doer for doer in doers)}
    return bool(rest) and len(rest) < len(actors) and any(rest <= name for name in names if name not in doers)


def _swaps_agent(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether a deed was done "by" somebody else in the sentence."""
    done = list(_done_by(sentence))
    for deed, agents in _done_by(claim):
        others = [others for other, others in done if other == deed]
        if others and not any(is_found(agent, there) for there in others for agent in agents):
            return True
    return False


def _done_by(words: Sequence[Word]) -> Iterator[tuple[str, set[str]]]:
    """Yield each deed that a "by" follows with the stems of who did it."""
    for place, word in enumerate(words):
        if word.text.lower() == "by":
            behind = words[place + 1 : place + 1 + _AGENT_REACH]
            agents = _agents(list(takewhile(lambda one: one.text.lower() not in _NEXT_DEED, behind)))
            before = words[max(place - _DEED_REACH, 0) : place]
            deeds = [one.stem for one in before if one.is_content and not is_named(one)]
            yield from ((deed, agents) for deed in deeds if agents)


def _agents(words: Sequence[Word]) -> set[str]:
    """Return the stems of the names; of "Brandt's grandson" it is the grandson who acts."""
    owned = {one.stem for owner, one in pairwise(words) if owner.text.endswith(_POSSESSIVES)}
    return owned.union(*_names([word for word in words if not word.text.endswith(_POSSESSIVES)]))


def _gives_other_holder(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether "the first miller was Jakob" is said of somebody else only."""
    there = list(_holders(sentence))
    for role, holders in _holders(claim):
        others = [others for other, others in there if other == role]
        if others and not any(is_found(holder, one) for one in others for holder in holders):
            return True
    return False


def _holders(words: Sequence[Word]) -> Iterator[tuple[str, set[str]]]:
    """Yield what is somebody, "miller", with the stems of the name behind its "is" or "was"."""
    for place in range(1, len(words) - 1):
        role, be, name = words[place - 1 : place + 2]
        if be.text.lower() in _IS and role.is_content and not is_named(role) and is_named(name):
            yield role.stem, set().union(*_names(words[place + 1 : place + 5])[:1])


def _names(words: Sequence[Word]) -> list[set[str]]:
    """Return the names and pronouns that may act, each as its stems; what a preposition leads in is acted upon."""
    runs: list[list[Word]] = []
    is_acted_upon: list[bool] = []
    for i, word in enumerate(words):
        if not _may_act(word):
            continue
        if runs and i and runs[-1][-1] is words[i - 1] and word.start - words[i - 1].end == 1:
            runs[-1].append(word)
        else:
            runs.append([word])
            is_acted_upon.append(i > 0 and words[i - 1].text.lower() in _PREPOSITIONS)
    # "After the defeat of Napoleon, who caused": what he is led in by says nothing about what he does next.
    resumed = {id(before) for before, word in pairwise(words) if word.text.lower() in {"who", "which"}}
    return [
        set() if acted_upon and id(run[-1]) not in resumed else {word.stem for word in run}
        for run, acted_upon in zip(runs, is_acted_upon, strict=True)
    ]


def _leads_straight_to(sentence: Sequence[Word], place: int) -> bool:
    """Tell whether a name stands right before the deed: "Edith ran the shop; Clara kept the books"."""
    i = place - 1
    while i >= 0 and sentence[i].text.lower() in AUXILIARIES:
        i -= 1
    return i >= 0 and _may_act(sentence[i]) and sentence[i].text.lower() not in _PRONOUNS


def _words_right_before(sentence: Sequence[Word], place: int) -> list[set[str]]:
    """Return the nearest content word before the deed, adverbs left out."""
    before = (word for word in reversed(sentence[:place]) if word.is_content and not word.text.endswith("ly"))
    nearest = next(before, None)
    return [{nearest.stem}] if nearest and not _may_act(nearest) else []


def _puts_into_a_mouth(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has somebody say what the sentence only tells of them."""
    is_saying = any(word.text.lower() in _SAYING for word in claim)
    return is_saying and not any(word.stem in _REPORTING or word.text.lower() in _SAYING for word in sentence)


def find_actor_and_deed(claim: Sequence[Word]) -> tuple[set[str], str] | None:
    """Return the stems of the name that opens the claim and the verb right after it, if the claim is built that way."""
    actors: set[str] = set()
    for i, word in enumerate(claim):
        is_apposed = bool(actors) and word.start - claim[i - 1].end > 1
        if word.text.endswith(_POSSESSIVES) or is_apposed:
            return None
        if word.text[0].isupper() and word.is_content:
            actors.add(word.stem)
        elif actors and word.is_content:
            return actors, word.stem
        elif word.text.lower() in BE or (i and not actors):
            return None
    return None


def _may_act(word: Word) -> bool:
    return is_named(word) or word.text.lower() in _PRONOUNS


def _is_negation(word: Word) -> bool:
    lowered = word.text.lower()
    return lowered in _NEGATIONS or lowered.endswith(_CONTRACTED_NEGATIONS)
