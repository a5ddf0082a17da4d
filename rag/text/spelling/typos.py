"""Say how far a typed word is from a word that may be meant.

The distance is that of Damerau and Levenshtein (optimal string alignment) with weights. Frequent
slips count less: doubled letters, swapped letters, neighbouring keys, confused vowels. The weights
are set by hand and checked with `benchmarks/spelling.py`.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from rag.text.spelling.sounds import sound_of
from rag.types import BoolArray

_EDIT = 1.0
_DOUBLED = 0.6
_SWAPPED = 0.7
_NEAR = 0.8
# A letter behind a whole word makes another word more often than a slip: json, jsonb.
_BEHIND = 0.5
# Another first letter is rarely a slip (Yannakoudakis and Fawthrop, 1983).
_FIRST = 0.5
# Two spellings of one sound are at most one edit apart.
_SAME_SOUND = 0.8
_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {key: (x + 0.3 * y, y) for y, row in enumerate(_ROWS) for x, key in enumerate(row)}


def are_near(typed: str, words: Sequence[str], max_edits: int) -> BoolArray:
    """Return which words are within so many edits: bool, shape (len(words),).

    An edit adds, drops or replaces a letter, or swaps two neighbours.

    Args:
        typed, words: Folded; at least one word.
    """
    edits = cdist([typed], words, scorer=OSA.distance, score_cutoff=max_edits, dtype=np.uint8)[0]
    near: BoolArray = edits <= max_edits
    return near


@lru_cache(maxsize=4096)
def typo_cost(typed: str, word: str) -> float:
    """Return the cost of the slips that turn a word into what was typed; 0 if they are equal.

    Args:
        typed, word: Folded.
    """
    cost = _edit_cost(typed, word)
    return min(cost, _SAME_SOUND) if sound_of(typed) == sound_of(word) else cost


def is_variant(typed: str, word: str) -> bool:
    """Tell whether two folded words may be spellings of one name: Ortegga and Ortega.

    They sound alike or have two neighbouring letters swapped, and begin alike.
    """
    is_alike = sound_of(typed) == sound_of(word) or sorted(typed) == sorted(word)
    return is_alike and typed[:1] == word[:1] and typo_cost(typed, word) <= _SAME_SOUND


def _edit_cost(typed: str, word: str) -> float:
    before: list[float] = []
    row = [_EDIT * j + (_FIRST if j else 0) for j in range(len(word) + 1)]
    for i, key in enumerate(typed, start=1):
        earlier, before, row = before, row, [_EDIT * i + _FIRST]
        for j, letter in enumerate(word, start=1):
            first = _FIRST if i == 1 or j == 1 else 0.0
            costs = [
                before[j - 1] + (0.0 if key == letter else _substitution(key, letter) + first),
                before[j] + _lone(typed, i - 1) + (_BEHIND if j == len(word) and typed[i - 1] != letter else 0.0),
                row[j - 1] + _lone(word, j - 1),
            ]
            if i > 1 and j > 1 and key == word[j - 2] and typed[i - 2] == letter and key != letter:
                costs.append(earlier[j - 2] + _SWAPPED)
            row.append(min(costs))
    return row[-1]


def _substitution(key: str, letter: str) -> float:
    if key in _VOWELS and letter in _VOWELS:
        return _NEAR
    if key in _KEYS and letter in _KEYS:
        (x, y), (other_x, other_y) = _KEYS[key], _KEYS[letter]
        if abs(x - other_x) <= 1 and abs(y - other_y) <= 1:
            return _NEAR
    return _EDIT


def _lone(text: str, place: int) -> float:
    """Return the cost of a letter too many; less beside the same letter."""
    letter = text[place]
    is_doubled = text[place - 1 : place] == letter or text[place + 1 : place + 2] == letter
    return _DOUBLED if is_doubled else _EDIT
