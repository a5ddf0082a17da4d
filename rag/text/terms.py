"""Split text into the terms of the lexical index.

A term is the stem of a word in the language of the text. A compound such as config.toml, 30-day or
1,234.50 is a term as a whole and in its parts. In scripts without spaces, each pair of neighbouring
characters is a term.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.text.words import FUNCTION_WORDS, Stem, normalise_word

COMPOUND = re.compile(r"[^\W_]+(?:[.,:'’_/\-@+#]+[^\W_]+)*")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Thai, Lao, Myanmar, Khmer; kana; Han.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\U00020000-\U0003ffff]+"
)


class QueryWord(NamedTuple):
    """A word of a query.

    Attributes:
        terms: Its possible terms, one for each language of the index.
        is_content: Whether it is no English function word.
    """

    terms: tuple[str, ...]
    is_content: bool


def terms_of(text: str, stem: Stem) -> list[str]:
    """Return the terms of a text in order; `stem` is that of its language."""
    return [word.terms[0] for word in query_words(text, (stem,))]


def query_words(query: str, stems: Sequence[Stem]) -> Iterator[QueryWord]:
    """Yield the words of a query in order; `stems` has one for each language of the index."""
    for compound in COMPOUND.finditer(unicodedata.normalize("NFKC", query)):
        parts = _WORD.findall(compound[0])
        if len(parts) > 1:
            yield QueryWord((compound[0].casefold(),), is_content=True)
        for part in parts:
            yield from _split_unspaced(part, stems)


def _split_unspaced(word: str, stems: Sequence[Stem]) -> Iterator[QueryWord]:
    start = 0
    for run in UNSPACED.finditer(word):
        if run.start() > start:
            yield _word(word[start : run.start()], stems)
        characters = run[0]
        for i in range(max(1, len(characters) - 1)):
            yield QueryWord((characters[i : i + 2],), is_content=True)
        start = run.end()
    if start < len(word):
        yield _word(word[start:], stems)


def _word(word: str, stems: Sequence[Stem]) -> QueryWord:
    normal = normalise_word(word)
    return QueryWord(tuple(dict.fromkeys(stem(normal) for stem in stems)), word.lower() not in FUNCTION_WORDS)
