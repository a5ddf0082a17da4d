"""Synonyms and antonyms from the files of WordNet 3.0 (Debian package wordnet-base)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
_FILES = {"NOUN": "noun", "VERB": "verb", "ADJ": "adj", "ADV": "adv"}
# A word with more senses is too often meant in another.
_MOST_SENSES = 3


@dataclass(frozen=True, slots=True)
class WordNet:
    """What words mean the same or the opposite, by part of speech and lemma.

    Attributes:
        synonyms: Of the first sense, for words with at most three senses.
        antonyms: Of any sense.
    """

    synonyms: dict[tuple[str, str], tuple[str, ...]]
    antonyms: dict[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Synset:
    """The words of one sense, and its antonyms: word number, other synset, word number there."""

    words: tuple[str, ...]
    antonyms: tuple[tuple[int, str, int], ...]


@cache
def read_wordnet(folder: Path = FOLDER) -> WordNet:
    """Read the data files; see wndb(5WN) for their form.

    Raises:
        FileNotFoundError: The package wordnet-base is not installed.
    """
    synonyms: dict[tuple[str, str], tuple[str, ...]] = {}
    antonyms: dict[tuple[str, str], set[str]] = defaultdict(set)
    for tag, name in _FILES.items():
        synsets = {line.split(maxsplit=1)[0]: _read_synset(line) for line in _lines(folder / f"data.{name}")}
        for synset in synsets.values():
            for word, target, number in synset.antonyms:
                antonyms[tag, synset.words[word].lower()].add(synsets[target].words[number].lower())
        for line in _lines(folder / f"index.{name}"):
            lemma, others = _synonyms_of(line, synsets)
            if others:
                synonyms[tag, lemma] = others
    return WordNet(synonyms, {key: tuple(sorted(found)) for key, found in antonyms.items()})


def _lines(file: Path) -> Iterator[str]:
    """Yield the lines of a file without the licence at its head."""
    yield from (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(" "))


def _read_synset(line: str) -> _Synset:
    fields = line.partition("|")[0].split()
    n_words = int(fields[3], 16)
    words = tuple(fields[4 + 2 * i].partition("(")[0].replace("_", " ") for i in range(n_words))
    pointers, antonyms = fields[4 + 2 * n_words :], []
    for i in range(int(pointers[0])):
        symbol, target, _, numbers = pointers[1 + 4 * i : 5 + 4 * i]
        if symbol == "!" and numbers != "0000":
            antonyms.append((int(numbers[:2], 16) - 1, target, int(numbers[2:], 16) - 1))  # noqa: FURB166 -- two numbers
    return _Synset(words, tuple(antonyms))


def _synonyms_of(line: str, synsets: Mapping[str, _Synset]) -> tuple[str, tuple[str, ...]]:
    fields = line.split()
    lemma, n_senses = fields[0].replace("_", " "), int(fields[2])
    if n_senses > _MOST_SENSES or " " in lemma:
        return lemma, ()
    words = synsets[fields[6 + int(fields[3])]].words
    return lemma, tuple(one for one in words if one.lower() != lemma and " " not in one)
