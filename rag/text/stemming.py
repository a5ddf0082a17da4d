"""Reduce words to stems with Snowball (Porter, 2001; snowballstemmer, BSD)."""

from functools import cache, lru_cache, partial
from threading import Lock

import snowballstemmer

from rag.text.words import Stem

_NAMES = dict(
    pair.split("=")
    for pair in """ar=arabic ca=catalan cs=czech da=danish de=german el=greek en=english es=spanish et=estonian
    eu=basque fa=persian fi=finnish fr=french ga=irish hi=hindi hu=hungarian hy=armenian id=indonesian it=italian
    lt=lithuanian nb=norwegian ne=nepali nl=dutch nn=norwegian no=norwegian pl=polish pt=portuguese ro=romanian
    ru=russian sr=serbian sv=swedish ta=tamil tr=turkish yi=yiddish""".split()  # noqa: SIM905
)


def stem(word: str) -> str:
    """Return the English stem of a lower-case word."""
    return _stem("english", word)


@cache
def stem_in(language: str) -> Stem:
    """Return the stemmer of an ISO 639-1 language; for others one that changes nothing."""
    name = _NAMES.get(language)
    return str if name is None else partial(_stem, name)


@lru_cache(maxsize=1 << 17)
def _stem(name: str, word: str) -> str:
    stemmer, lock = _stemmer(name)
    # A stemmer holds the current word, so two threads would read each other's.
    with lock:
        return str(stemmer.stemWord(word))


@cache
def _stemmer(name: str) -> "tuple[snowballstemmer.stemmer, Lock]":
    return snowballstemmer.stemmer(name), Lock()
