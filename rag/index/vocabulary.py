"""The words of the documents as they are written, for correcting queries.

Goes in: texts of passages. Comes out: files of sorted words with what a search for the nearest ones
compares first. Codes such as K-310 are words too. A search maps the files. Abbreviations that the
texts define lie beside them.
"""

import json
import mmap
import unicodedata
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.index.arrays import array_writer
from rag.index.versions import WriteFile
from rag.text.spelling.abbreviations import Definition, find_definitions
from rag.text.spelling.sounds import fold, is_code, key_of_code, sound_of
from rag.text.spelling.typos import are_near
from rag.text.spelling.written import written_codes, written_words
from rag.types import IntArray

WORDS_FILE = "words.txt"
WORD_ENDS_FILE = "word_ends.npy"
WORD_COUNTS_FILE = "word_counts.npy"
WORD_LETTERS_FILE = "word_letters.npy"
WORD_LENGTHS_FILE = "word_lengths.npy"
WORD_KEYS_FILE = "word_keys.npy"
WORD_NAMES_FILE = "word_names.npy"
ABBREVIATIONS_FILE = "abbreviations.json"

# From so many on, most words are alike, so only those with the same beginning are compared.
_MANY_EDITS = 2


class KnownWord(NamedTuple):
    """A word of the documents.

    Attributes:
        text: In lower case.
        n_passages: How many passages hold it.
        is_name: Whether it never stands in lower case.
    """

    text: str
    n_passages: int
    is_name: bool


class WordCounts:
    """Counts the words of passages, and the definitions of abbreviations."""

    def __init__(self) -> None:
        self._n_passages: Counter[str] = Counter()
        self._in_lower_case: set[str] = set()
        self._definitions: Counter[Definition] = Counter()

    def add(self, texts: Sequence[str]) -> None:
        """Count the words of one passage and of its headings."""
        normal = [unicodedata.normalize("NFKC", text) for text in texts]
        written = {word.text for text in normal for find in (written_words, written_codes) for word in find(text)}
        self._n_passages.update({word.lower() for word in written})
        self._in_lower_case.update(word for word in written if word.islower())
        self._definitions.update({found for text in normal for found in find_definitions(text)})

    def writers(self) -> Mapping[str, WriteFile]:
        """Return a writer for each file of the vocabulary."""
        words = sorted(self._n_passages, key=_encoded)
        encoded = [_encoded(word) for word in words]
        folded = [fold(word) for word in words]
        return {
            WORDS_FILE: lambda path: path.write_bytes(b"".join(encoded)),
            WORD_ENDS_FILE: array_writer([0, *accumulate(map(len, encoded))], np.int64),
            WORD_COUNTS_FILE: array_writer([self._n_passages[word] for word in words], np.int32),
            WORD_LETTERS_FILE: array_writer([0 if is_code(word) else letters_of(word) for word in folded], np.uint64),
            WORD_LENGTHS_FILE: array_writer([0 if is_code(word) else len(word) for word in folded], np.uint8),
            WORD_KEYS_FILE: array_writer([_hash(_key_of(word)) for word in folded], np.uint32),
            WORD_NAMES_FILE: array_writer([word not in self._in_lower_case for word in words], np.bool_),
            ABBREVIATIONS_FILE: self._write_abbreviations,
        }

    def _write_abbreviations(self, path: Path) -> None:
        rows = [[*definition, n_passages] for definition, n_passages in sorted(self._definitions.items())]
        path.write_text(json.dumps(rows, ensure_ascii=True), encoding="ascii")


class Vocabulary:
    """The words of one version, read as needed."""

    def __init__(self, folder: Path, n_visible: Callable[[str], int] | None = None) -> None:
        """Map the files of a verified version.

        Args:
            n_visible: Returns how many visible passages hold every word of a text, so that no word
                of another passage is found; None if all passages are visible.
        """
        self._ends, self._counts, self._letters, self._lengths, self._keys, self._names = (
            np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False))
            for name in (
                *(WORD_ENDS_FILE, WORD_COUNTS_FILE, WORD_LETTERS_FILE),
                *(WORD_LENGTHS_FILE, WORD_KEYS_FILE, WORD_NAMES_FILE),
            )
        )
        with (folder / WORDS_FILE).open("rb") as file:
            is_empty = not file.seek(0, 2)
            self._words = b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

        rows: list[tuple[str, str, int]] = json.loads((folder / ABBREVIATIONS_FILE).read_text(encoding="ascii"))
        self._n_visible = n_visible
        counts = ((Definition(short, long), self._count(f"{short} {long}", n)) for short, long, n in rows)
        self.n_passages_by_definition = {definition: n for definition, n in counts if n}

    def __len__(self) -> int:
        return len(self._counts)

    def find(self, word: str) -> KnownWord | None:
        """Return a word in lower case, or None if no document holds it."""
        wanted = _encoded(word)
        place = bisect_left(range(len(self)), wanted, key=self._encoded_word)
        found = place < len(self) and self._encoded_word(place) == wanted
        return next(iter(self._known_words([place])), None) if found else None

    def near(self, word: str, max_edits: int) -> list[KnownWord]:
        """Return the words within so many edits of a folded word, in the index's order.

        Words that need two edits begin with one of the first two letters that were typed.
        """
        parts = [range(len(self))] if max_edits < _MANY_EDITS else [self._range_of(letter) for letter in set(word[:2])]
        places = np.concatenate([self._alike(word, max_edits, part) for part in parts])
        if not len(places):
            return []
        folded = [fold(self._word(place)) for place in places.tolist()]
        return self._known_words(places[are_near(word, folded, max_edits)].tolist())

    def spelt_otherwise(self, word: str) -> list[KnownWord]:
        """Return the words that sound like a folded word; for a code, its other spellings."""
        key = _key_of(word)
        places: IntArray = np.flatnonzero(self._keys == np.uint32(_hash(key)))
        found = self._known_words(places.tolist())
        return [known for known in found if _key_of(fold(known.text)) == key and is_code(known.text) == is_code(word)]

    def _range_of(self, letter: str) -> range:
        """Return the places of the words that begin with a letter without accent."""
        start, end = (
            bisect_left(range(len(self)), _encoded(text), key=self._encoded_word)
            for text in (letter, chr(ord(letter) + 1))
        )
        return range(start, end)

    def _alike(self, word: str, max_edits: int, part: range) -> IntArray:
        """Return the places of words that may be near by their lengths and letters."""
        lengths, letters = self._lengths[part.start : part.stop], self._letters[part.start : part.stop]
        shortest, longest = max(1, len(word) - max_edits), len(word) + max_edits
        # An unsigned difference below 0 is huge.
        places: IntArray = np.flatnonzero(lengths - np.uint8(shortest) <= np.uint8(longest - shortest))
        # Adding or dropping a letter changes one bit at most, replacing one changes two.
        n_bits = np.bitwise_count(letters[places] ^ np.uint64(letters_of(word)))
        n_dropped = np.abs(lengths[places].astype(np.int16) - len(word))
        alike: IntArray = places[n_bits <= 2 * max_edits - n_dropped] + part.start
        return alike

    def _known_words(self, places: Sequence[int]) -> list[KnownWord]:
        """Return the words at these places that a passage holds."""
        words = [(place, self._word(place)) for place in places]
        counts = [self._count(word, int(self._counts[place])) for place, word in words]
        return [
            KnownWord(word, n_passages, bool(self._names[place]))
            for (place, word), n_passages in zip(words, counts, strict=True)
            if n_passages
        ]

    def _count(self, text: str, n_passages: int) -> int:
        """Return how many of the passages that hold a text are visible."""
        return n_passages if self._n_visible is None else min(n_passages, self._n_visible(text))

    def _word(self, place: int) -> str:
        return self._encoded_word(place).decode("utf-8", "surrogatepass")

    def _encoded_word(self, place: int) -> bytes:
        return bytes(self._words[self._ends[place] : self._ends[place + 1]])


def letters_of(word: str) -> int:
    """Return a bit for each letter of a folded word, and another where it has the letter twice."""
    once = twice = 0
    for letter in word:
        bit = 1 << (ord(letter) % 32)
        twice |= once & bit
        once |= bit
    return once | twice << 32


def _key_of(folded: str) -> str:
    return key_of_code(folded) if is_code(folded) else sound_of(folded)


def _hash(key: str) -> int:
    return zlib.crc32(_encoded(key))


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
