"""Split text into words that can be compared, also in scripts without spaces. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.text.words import Stem, Word, split_words

# Thai, Lao, Myanmar, Khmer; kana; Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
_RUN = re.compile(rf"[{_UNSPACED}]+")


def compared_words(text: str, stem: Stem) -> Sequence[Word]:
    """Return the words of a text in order; of unspaced text, each pair of neighbouring characters.

    Numbers inside unspaced text are words of their own. The spans of the words mean nothing.
    """
    if not _RUN.search(text):
        return split_words(text, stem)
    words: list[Word] = []
    for word in split_words(_RUN.sub(lambda run: f" {run[0]} ", text), stem):
        if _RUN.fullmatch(word.text) and len(word.text) > 1:
            pairs = ["".join(pair) for pair in pairwise(word.text)]
            words += [word._replace(text=pair, stem=pair) for pair in pairs]
        else:
            words.append(word)
    return words
