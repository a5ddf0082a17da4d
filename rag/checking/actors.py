"""Tell whether a claim gives a deed to another actor than the sentence does."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise, takewhile

from rag.checking.substitution import AUXILIARIES, BE, is_named
from rag.text.words import Word, is_found

_PRONOUNS = frozenset(("he", "she", "they", "it"))
_POSSESSIVES = ("'s", "’s")
# A passive names who did it so many words after the deed: "approved in writing by the treasurer, Jonas Pfeiffer".
_AGENT_REACH = 8
# "Was built for the town by": so many words before "by" the deed may stand.
_DEED_REACH = 4
_NEXT_DEED = BE | AUXILIARIES | {"who", "which", "by"}
_IS = frozenset(("is", "was", "ist", "war"))
_PREPOSITIONS = frozenset("to from with of for by at in on about against between".split())  # noqa: SIM905


def swaps_actor(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
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


def swaps_agent(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
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


def gives_other_holder(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
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
