"""Compare the text of an answer with gold answers: does it hold one, and how many words do they share. Pure."""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def holds_answer(text: str, golds: Sequence[str]) -> bool:
    """Tell whether a text holds one of the gold answers, upper and lower case and the kind of white space ignored.

    A gold answer must not be cut out of a longer number or word: "12" is not in "1912", "art" not in "party". Scripts
    without upper and lower case have no spaces between words or join others to them, so there any place counts.
    """
    told = _fold(text)
    return any(_is_whole_in(told, _fold(gold)) for gold in golds)


def token_f1(text: str, golds: Sequence[str]) -> float:
    """Return the F1 of the words that a text shares with a gold answer, for the gold answer where it is highest.

    As SQuAD's own evaluation does (Rajpurkar et al. 2016, section 6.1): in lower case, without ASCII punctuation and
    without a, an and the; words are what white space parts. A text and a gold answer of which nothing is left agree.

    Returns:
        0 to 1; 0 where there is no gold answer.
    """
    told = _tokens(text)
    return max((_f1(told, _tokens(gold)) for gold in golds), default=0.0)


def _f1(told: Counter[str], gold: Counter[str]) -> float:
    if not told or not gold:
        return float(told == gold)
    n_shared = (told & gold).total()
    return 2 * n_shared / (told.total() + gold.total())


def _tokens(text: str) -> Counter[str]:
    return Counter(_ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split())


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_whole_in(told: str, gold: str) -> bool:
    if not gold:
        return False
    start = told.find(gold)
    while start != -1:
        end = start + len(gold)
        if not _goes_on(told[:start][::-1], gold[0]) and not _goes_on(told[end:], gold[-1]):
            return True
        start = told.find(gold, start + 1)
    return False


def _goes_on(beyond: str, edge: str) -> bool:
    """Tell whether the number or word that has an edge goes on in what is beyond it, read away from it."""
    if edge.isdigit():
        return bool(re.match(r"[.,]?\d", beyond))
    return _has_case(edge) and _has_case(beyond[:1])


def _has_case(character: str) -> bool:
    return character.upper() != character.lower()
