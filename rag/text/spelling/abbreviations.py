"""Find abbreviations that a text defines, after Schwartz and Hearst (2003).

"multi-factor authentication (MFA)" and "MFA (multi-factor authentication)" define MFA. The letters
of the short form stand in the long form in order, the first of them at the start of a word.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BRACKET = re.compile(r"\(([^()\n]{2,100})\)")
_SHORT = re.compile(r"[^\W_](?:[^\W_]|[-&/.](?=[^\W_])){1,9}")
_WORD = re.compile(r"\S+")
_ENDS_SENTENCE = re.compile(r"(?<!\b\w)[.!?;:](?:\s|$)|\n\s*\n|[()\[\]|]")
_QUOTES = "\"'“”„«»‘’*_ "
_MIN_CAPITALS = 2
_MAX_LETTERS_OF_LONG = 100
_INITIAL = re.compile(r"[^\W_]+")
_MAX_LETTERS_LEFT_OUT = 3
_LEFT_OUT = frozenset("a an and at by de der des die du for für in la le of on or the to und von".split())  # noqa: SIM905


class Definition(NamedTuple):
    """An abbreviation and what it stands for, as written; white space is one space."""

    short: str
    long: str


def find_definitions(text: str) -> Iterator[Definition]:
    """Yield the definitions in a text in order."""
    for bracket in _BRACKET.finditer(text):
        inside = re.split(r"[,;]\s", bracket[1])[0].strip(_QUOTES)
        before = _last_sentence(text[max(0, bracket.start() - 2 * _MAX_LETTERS_OF_LONG) : bracket.start()])
        if _is_short_form(inside):
            words = list(_WORD.finditer(before))
            n_letters = sum(map(str.isalnum, inside))
            start = words[max(0, len(words) - min(n_letters + 5, 2 * n_letters))].start() if words else 0
            long = find_long_form(inside, before[start:])
            short = inside
        else:
            short = before.rsplit(maxsplit=1)[-1].strip(_QUOTES) if before.strip() else ""
            long = find_long_form(short, inside) if _is_short_form(short) else None
            long = long if long == inside else None
        if long:
            yield Definition(short, " ".join(long.split()))


def find_long_form(short: str, text: str) -> str | None:
    """Return the end of a text that a short form abbreviates; None if it abbreviates none."""
    text = text.strip(_QUOTES)
    letters = [letter for letter in short.lower() if letter.isalnum()]
    lowered = text.lower()
    places = (find(letters, lowered) for find in (_start_of_names, _start_of_initials, _start_of_letters))
    place = next((found for found in places if found is not None), None)
    if place is None or len(lowered) != len(text):
        return None
    long = text[place:]
    words = re.split(r"[\s-]+", long)
    is_longer = len(long) > len(short) and len(long) <= _MAX_LETTERS_OF_LONG
    return long if is_longer and 1 < len(words) <= 2 * len(letters) and short not in words else None


def _start_of_names(letters: Sequence[str], text: str) -> int | None:
    """Return where the words begin whose initials are the letters, but for "of" and the like."""
    return _start_of_words(letters, [word for word in _INITIAL.finditer(text) if word[0] not in _LEFT_OUT])


def _start_of_initials(letters: Sequence[str], text: str) -> int | None:
    """Return where the words begin whose initials are the letters; short ones may be left out."""
    return _start_of_words(letters, list(_INITIAL.finditer(text)))


def _start_of_words(letters: Sequence[str], words: Sequence[re.Match[str]]) -> int | None:
    waiting = list(letters)
    for word in reversed(words):
        if waiting[-1] == word[0][0]:
            waiting.pop()
            if not waiting:
                return word.start()
        elif len(word[0]) > _MAX_LETTERS_LEFT_OUT or len(waiting) == len(letters):
            return None
    return None


def _start_of_letters(letters: Sequence[str], text: str) -> int | None:
    """Return where the letters begin that stand in the text in order, as near its end as can be."""
    place = len(text)
    for number, letter in enumerate(reversed(letters), start=1):
        is_first = number == len(letters)
        place = text.rfind(letter, 0, place)
        while is_first and place > 0 and text[place - 1].isalnum():
            place = text.rfind(letter, 0, place)
        if place < 0:
            return None
    return place


def _is_short_form(text: str) -> bool:
    return bool(_SHORT.fullmatch(text)) and sum(map(str.isupper, text)) >= _MIN_CAPITALS


def _last_sentence(text: str) -> str:
    """Return what stands behind the last end of a sentence."""
    ends = [found.end() for found in _ENDS_SENTENCE.finditer(text)]
    return text[ends[-1] :] if ends else text
