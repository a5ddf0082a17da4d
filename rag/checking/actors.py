"""Tell whether a claim and a sentence give the same action or role to different actors."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from rag.text.words import AUXILIARIES, BE, SUBJECT_PRONOUNS, Word, is_found

_POSSESSIVES = ("'s", "’s")
# How many words after the verb a passive may name its agent: "approved in writing by the treasurer,
# Jonas Pfeiffer".
_AGENT_REACH = 8
# How many words before "by" its verb may stand: "was built for the town by".
_VERB_REACH = 4
_ENDS_OF_AGENT = BE | AUXILIARIES | {"who", "which", "by"}
_IS = frozenset(("is", "was", "ist", "war"))
_PREPOSITIONS = frozenset("to from with of for by at in on about against between".split())  # noqa: SIM905


def swaps_actor(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the actor of the claim's verb differs from that of the sentence's."""
    found = _find_actor_and_verb(claim)
    if found is None or any(word.lowered == "by" for word in claim):
        return False
    actor, verb = found
    # "Meals are" opens with a capital but has no name.
    is_thing = actor == {claim[0].stem} and any(word.stem in actor and word.text.islower() for word in sentence)
    index = next((i for i, word in enumerate(sentence) if word.stem == verb), None)
    return not is_thing and index is not None and _has_other_actor(actor, sentence, index)


def _has_other_actor(actor: Collection[str], sentence: Sequence[Word], verb: int) -> bool:
    """Tell whether another name acts at the verb with this index."""
    stems = {word.stem for word in sentence}
    is_named_here = any(is_found(stem, stems) for stem in actor)
    if any(word.lowered == "by" for word in sentence[verb : verb + 4]):
        return bool(_names(sentence[verb : verb + _AGENT_REACH])) and not is_named_here
    names = _names(sentence[:verb])
    if not names:
        return False
    if not is_named_here:
        # A "she" may stand for the actor; another name does not.
        return bool(names[-1]) and not names[-1] & SUBJECT_PRONOUNS
    if _follows_name(sentence, verb):
        subjects = [names[-1]]
    else:
        subjects = [names[0], names[-1], *_word_right_before(sentence, verb)]
    is_other = any(subjects) and not any(is_found(stem, subject) for stem in actor for subject in subjects)
    return is_other or _mixes_names(actor, subjects, _names(sentence))


def _mixes_names(actor: Collection[str], subjects: Sequence[set[str]], names: Sequence[set[str]]) -> bool:
    """Tell whether "Marlowe and her brother Samuel" becomes "Samuel Marlowe"."""
    rest = {stem for stem in actor if not any(stem in subject for subject in subjects)}
    return bool(rest) and len(rest) < len(actor) and any(rest <= name for name in names if name not in subjects)


def swaps_agent(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether claim and sentence name different agents after the "by" of the same verb."""
    return _differ(_done_by(claim), list(_done_by(sentence)))


def _differ(claimed: Iterable[tuple[str, set[str]]], stated: Sequence[tuple[str, set[str]]]) -> bool:
    """Tell whether a verb or role of the claim is in the sentence, with other names only."""
    for key, names in claimed:
        others = [other for stem, other in stated if stem == key]
        if others and not any(is_found(name, other) for other in others for name in names):
            return True
    return False


def _done_by(words: Sequence[Word]) -> Iterator[tuple[str, set[str]]]:
    """Yield each possible verb before a "by" with the stems of the agent."""
    for i, word in enumerate(words):
        if word.lowered == "by":
            after = words[i + 1 : i + 1 + _AGENT_REACH]
            agent = _agent(list(takewhile(lambda one: one.lowered not in _ENDS_OF_AGENT, after)))
            before = words[max(i - _VERB_REACH, 0) : i]
            verbs = [one.stem for one in before if one.is_content and not one.is_capitalised]
            yield from ((verb, agent) for verb in verbs if agent)


def _agent(words: Sequence[Word]) -> set[str]:
    """Return the stems of the names; in "Brandt's grandson" the grandson acts."""
    owned = {one.stem for owner, one in pairwise(words) if owner.text.endswith(_POSSESSIVES)}
    return owned.union(*_names([word for word in words if not word.text.endswith(_POSSESSIVES)]))


def gives_other_holder(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether claim and sentence name different holders of a role: "the miller was Jakob"."""
    return _differ(_holders(claim), list(_holders(sentence)))


def _holders(words: Sequence[Word]) -> Iterator[tuple[str, set[str]]]:
    """Yield each role, such as "miller", with the stems of the name after its "is" or "was"."""
    for i in range(1, len(words) - 1):
        role, be, name = words[i - 1 : i + 2]
        if be.lowered in _IS and role.is_content and not role.is_capitalised and name.is_capitalised:
            yield role.stem, set().union(*_names(words[i + 1 : i + 5])[:1])


def _names(words: Sequence[Word]) -> list[set[str]]:
    """Return the stems of each name and pronoun; empty for one that follows a preposition."""
    runs: list[list[Word]] = []
    is_acted_upon: list[bool] = []
    for i, word in enumerate(words):
        if not _may_act(word):
            continue
        if runs and i and runs[-1][-1] is words[i - 1] and word.start - words[i - 1].end == 1:
            runs[-1].append(word)
        else:
            runs.append([word])
            is_acted_upon.append(i > 0 and words[i - 1].lowered in _PREPOSITIONS)
    # In "after the defeat of Napoleon, who caused", Napoleon acts despite the preposition.
    resumed = {id(before) for before, word in pairwise(words) if word.lowered in {"who", "which"}}
    return [
        set() if acted_upon and id(run[-1]) not in resumed else {word.stem for word in run}
        for run, acted_upon in zip(runs, is_acted_upon, strict=True)
    ]


def _follows_name(sentence: Sequence[Word], verb: int) -> bool:
    """Tell whether a name stands right before the verb: "Edith ran; Clara kept the books"."""
    i = verb - 1
    while i >= 0 and sentence[i].lowered in AUXILIARIES:
        i -= 1
    return i >= 0 and sentence[i].is_capitalised and sentence[i].lowered not in SUBJECT_PRONOUNS


def _word_right_before(sentence: Sequence[Word], verb: int) -> list[set[str]]:
    """Return the nearest content word before the verb, without adverbs; none if it is a name."""
    before = (word for word in reversed(sentence[:verb]) if word.is_content and not word.text.endswith("ly"))
    nearest = next(before, None)
    return [{nearest.stem}] if nearest and not _may_act(nearest) else []


def _find_actor_and_verb(claim: Sequence[Word]) -> tuple[set[str], str] | None:
    """Return the stems of the name that opens the claim, and the verb right after it, if any."""
    actor: set[str] = set()
    for i, word in enumerate(claim):
        is_apposed = bool(actor) and word.start - claim[i - 1].end > 1
        if word.text.endswith(_POSSESSIVES) or is_apposed:
            return None
        if word.is_capitalised:
            actor.add(word.stem)
        elif actor and word.is_content:
            return actor, word.stem
        elif word.lowered in BE or (i and not actor):
            return None
    return None


def _may_act(word: Word) -> bool:
    return word.is_capitalised or word.lowered in SUBJECT_PRONOUNS
