"""Reduce words to stems with Snowball (Porter, 2001; snowballstemmer, BSD)."""

from functools import lru_cache

import snowballstemmer


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the English Snowball stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer("english")
