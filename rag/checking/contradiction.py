"""Tell whether a sentence says something else than a claim that shares its words with it.

Small models take a sentence's words and turn them: they answer for the jack plane what is said of the block plane, drop
a "not", make "from" a "to" or "tried to buy" a "bought". Each check here names one such turn; together they say why a
sentence is no evidence for a claim although nearly every word is there. English, as far as words are listed.
"""

from collections.abc import Sequence

from rag.checking.actors import gives_other_holder, swaps_actor, swaps_agent
from rag.checking.clauses import mixes_parts, turns_order
from rag.checking.negation import denies
from rag.checking.overstatement import says_more
from rag.checking.substitution import ARTICLES
from rag.text.words import Word

_OPPOSITES = {
    "to": "from", "into": "from", "from": "to", "before": "after", "after": "before", "with": "without",
    "without": "with", "over": "under", "under": "over", "above": "below", "below": "above",
}  # fmt: skip
# Stems. What follows one of these and "to" was not done: "had tried to buy", "promised to stay".
_NOT_YET_DONE = frozenset(
    """tri promis plan want hope intend fail refus declin threaten offer vow pledg seek aim attempt ask urg demand
    expect prepar propos agre wish""".split()  # noqa: SIM905
)
_SAYING = frozenset("say said says told tells stated".split())  # noqa: SIM905
# Stems: how a text tells that somebody said something.
_REPORTING = frozenset(
    """say tell state declar announc claim insist emphas stress add explain report describ argu warn accus express
    ask suggest confirm deni admit promis accord write comment repli answer quot mention respond predict urg remark
    opinion statement vow pledg recal conced acknowledg critic prais""".split()  # noqa: SIM905
)


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
        or swaps_actor(claim, sentence)
        or swaps_agent(claim, sentence)
        or says_more(claim, sentence)
        or mixes_parts(claim, sentence)
        or turns_order(claim, sentence)
        or gives_other_holder(claim, sentence)
        or _puts_into_a_mouth(claim, sentence)
    )


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


def _puts_into_a_mouth(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has somebody say what the sentence only tells of them."""
    is_saying = any(word.text.lower() in _SAYING for word in claim)
    return is_saying and not any(word.stem in _REPORTING or word.text.lower() in _SAYING for word in sentence)
