"""Tell which words are right in a language, by the word lists of pyspellchecker (MIT)."""

import gzip
import json
import string
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.types import IntArray

_BITS = (1 << 64) - 1
# Letters between the parts of a compound.
_LINKS = ("", "s", "n", "es", "en")
_MIN_PART = 4
# Below this the English list has names and words that hardly anybody uses: "sacaton".
_MIN_COUNT = 200
_COUNTED = frozenset({"en"})


def is_right(word: str, language: str) -> bool:
    """Tell whether a word in lower case is in the word list of a language; False without a list.

    The plural of a listed word is right too. The first word in a language loads its list, which
    takes up to half a second.
    """
    is_plural = len(word) > _MIN_PART and word.endswith("s") and not word.endswith("ss")
    return bool(_counts([word, word[:-1] if is_plural else word], language).any())


def is_right_compound(word: str, language: str) -> bool:
    """Tell whether a word in lower case consists of two words of a language's list."""
    pairs = [
        (word[: end - len(link)], word[end:])
        for end in range(_MIN_PART, len(word) - _MIN_PART + 1)
        for link in _LINKS
        if word[:end].endswith(link) and end - len(link) >= _MIN_PART
    ]
    firsts, seconds = ([pair[i] for pair in pairs] for i in (0, 1))
    least = _MIN_COUNT if language in _COUNTED else 1
    return bool(((_counts(firsts, language) >= least) & (_counts(seconds, language) >= least)).any())


def listed_words_near(word: str, language: str) -> list[tuple[str, bool]]:
    """Return the words of a language's list that are one edit away, and whether each is common."""
    letters = string.ascii_lowercase
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    edited = {before + after[1:] for before, after in parts if after}
    edited |= {before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1}
    edited |= {before + letter + after for before, after in parts for letter in letters}
    edited |= {before + letter + after[1:] for before, after in parts if after for letter in letters}
    candidates = sorted(edited - {word})
    counts = _counts(candidates, language)
    return [(candidates[place], bool(counts[place] >= _MIN_COUNT)) for place in np.flatnonzero(counts)]


def _counts(words: Sequence[str], language: str) -> IntArray:
    """Return how often a list's texts hold each word: int64, shape (len(words),); 0 if unlisted."""
    hashes, counts = _list_of(language)
    if not len(hashes):
        return np.zeros(len(words), dtype=np.int64)
    wanted = np.fromiter((hash(word) & _BITS for word in words), dtype=np.uint64, count=len(words))
    places = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    return np.where(hashes[places] == wanted, counts[places], 0)


@cache
def _list_of(language: str) -> tuple[NDArray[np.uint64], IntArray]:
    """Return the sorted hashes of a language's words and their counts: 16 bytes for each word."""
    packed = files("spellchecker") / "resources" / f"{language}.json.gz"
    if not packed.is_file():
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    count_by_word: dict[str, int] = json.loads(gzip.decompress(packed.read_bytes()))
    n_words = len(count_by_word)
    hashes = np.fromiter((hash(word) & _BITS for word in count_by_word), dtype=np.uint64, count=n_words)
    counts = np.fromiter(count_by_word.values(), dtype=np.int64, count=n_words)
    order = np.argsort(hashes)
    return hashes[order], counts[order]
