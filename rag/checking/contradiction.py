"""Tell whether a sentence contradicts a claim that shares its words.

Small LLMs change a few words of a sentence: they drop a "not", write "to" for "from" or "bought"
for "tried to buy", or name another thing. Each check finds one such change, in English.
"""

from collections.abc import Sequence

from rag.checking.actors import gives_other_holder, swaps_actor, swaps_agent
from rag.checking.clauses import mixes_parts, turns_order
from rag.checking.negation import denies
from rag.checking.overstatement import says_more
from rag.text.words import ARTICLES, Word

_OPPOSITES = {
    "to": "from", "into": "from", "from": "to", "before": "after", "after": "before", "with": "without",
    "without": "with", "over": "under", "under": "over", "above": "below", "below": "above",
}  # fmt: skip
# Stems. What follows one of these and "to" is not done yet: "had tried to buy", "promised to stay".
_NOT_YET_DONE = frozenset(
    """tri promis plan want hope intend fail refus declin threaten offer vow pledg seek aim attempt ask urg demand
    expect prepar propos agre wish""".split()  # noqa: SIM905
)
_SAYING = frozenset("say said says told tells stated".split())  # noqa: SIM905
# Stems of the verbs and nouns of reported speech.
_REPORTING = frozenset(
    """say tell state declar announc claim insist emphas stress add explain report describ argu warn accus express
    ask suggest confirm deni admit promis accord write comment repli answer quot mention respond predict urg remark
    opinion statement vow pledg recal conced acknowledg critic prais""".split()  # noqa: SIM905
)


def contradicts(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the sentence says something else with the claim's words."""
    return any(differs(claim, sentence) for differs in _CHECKS)


def _turns_direction(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    for preposition, word in _directed(claim):
        others = [p for p, w in _directed(sentence) if w.stem == word.stem]
        if others and all(p == _OPPOSITES[preposition] for p in others):
            return True
    return False


def _directed(words: Sequence[Word]) -> list[tuple[str, Word]]:
    """Return each preposition that has an opposite with the content word after it."""
    pairs = []
    preposition: str | None = None
    for word in words:
        lowered = word.lowered
        if lowered in _OPPOSITES:
            preposition = lowered
        elif lowered not in ARTICLES:
            if preposition and word.is_content:
                pairs.append((preposition, word))
            preposition = None
    return pairs


def _takes_intention_for_deed(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    claimed = {word.stem for word in claim}
    for intention, to, deed in zip(sentence, sentence[1:], sentence[2:], strict=False):
        is_intended = to.lowered == "to" and intention.stem in _NOT_YET_DONE
        if is_intended and deed.stem in claimed and intention.stem not in claimed:
            return True
    return False


def _invents_speech(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has a "said" and the sentence reports no speech."""
    is_speech = any(word.lowered in _SAYING for word in claim)
    return is_speech and not any(word.stem in _REPORTING or word.lowered in _SAYING for word in sentence)


_CHECKS = (
    *(denies, _turns_direction, _takes_intention_for_deed, swaps_actor, swaps_agent, says_more, mixes_parts),
    *(turns_order, gives_other_holder, _invents_speech),
)
