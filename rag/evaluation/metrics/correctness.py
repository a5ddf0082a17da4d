"""Compare the text of an answer with gold answers: whether it holds one, and shared words. Pure."""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# Backwards from a number: more digits, or a minus sign; not a range or hyphen ("5-10", "COVID-19").
_GOES_ON_BEFORE = re.compile(r"[.,]?\d|[$€£¥]?[-−](?=$|[(\[=]|\s(?!\d))")
# "1990s" is a decade and "10th" an ordinal; "30s" and "5kg" are numbers with units.
_GOES_ON_AFTER = re.compile(r"[.,]?\d|(?:(?<=(?<!\d)[12]\d\d0)s|(?<=1)st|(?<=2)nd|(?<=3)rd|th)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def holds_answer(text: str, golds: Sequence[str]) -> bool:
    """Return whether a text holds one of the gold answers; case and white space are ignored.

    A gold answer must not be part of a longer number or word: "12" is not in "1912" or "B12", "5"
    not in "-5", "art" not in "party". A unit may follow a number, but "1990" is not in "1990s".
    Scripts without case do not separate words by spaces, so any place counts there.
    """
    given = _fold(text)
    return any(_is_whole_in(given, _fold(gold)) for gold in golds)


def says_enough(text: str, groups: Sequence[Sequence[str]], enough: int | None = None) -> bool:
    """Return whether a text holds texts of enough groups, by default all; False without groups."""
    n_said = sum(holds_answer(text, group) for group in groups)
    return bool(groups) and n_said >= (len(groups) if enough is None else enough)


def token_f1(text: str, golds: Sequence[str]) -> float:
    """Return the highest F1 of the words that a text shares with a gold answer.

    As in SQuAD (Rajpurkar et al. 2016, section 6.1): in lower case, without ASCII punctuation and
    without a, an and the, split at white space. If no word is left of both, they agree.

    Returns:
        0 to 1; 0 without gold answers.
    """
    given = _tokens(text)
    return max((_f1(given, _tokens(gold)) for gold in golds), default=0.0)


def _f1(given: Counter[str], gold: Counter[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    n_shared = (given & gold).total()
    return 2 * n_shared / (given.total() + gold.total())


def _tokens(text: str) -> Counter[str]:
    return Counter(_ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split())


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_whole_in(given: str, gold: str) -> bool:
    if not gold:
        return False
    start = given.find(gold)
    while start != -1:
        end = start + len(gold)
        if not _begins_before(given, start) and not _ends_after(given, end):
            return True
        start = given.find(gold, start + 1)
    return False


def _begins_before(given: str, start: int) -> bool:
    """Return whether the number or word at a place begins before it."""
    if not given[start].isdigit():
        return _has_case(given[start]) and _has_case(given[start - 1 : start])
    return _has_case(given[start - 1 : start]) or bool(_GOES_ON_BEFORE.match(given[:start][::-1]))


def _ends_after(given: str, end: int) -> bool:
    """Return whether the number or word before a place ends after it."""
    if not given[end - 1].isdigit():
        return _has_case(given[end - 1]) and _has_case(given[end : end + 1])
    return bool(_GOES_ON_AFTER.match(given, end))


def _has_case(character: str) -> bool:
    return character.upper() != character.lower()
