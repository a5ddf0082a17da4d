"""Turn a text and a statement into tokens, as a cross-encoder of the hub reads them."""

from pathlib import Path

from tokenizers import Encoding, Tokenizer


class PairTokenizer:
    """The tokenizer of a model, whose post-processor joins two texts."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Take a tokenizer of `limit_tokens`."""
        assert tokenizer.truncation is not None
        self._tokenizer = tokenizer
        self._max_tokens = int(tokenizer.truncation["max_length"])

    @classmethod
    def load(cls, file: Path) -> "PairTokenizer":
        """Load what `save` wrote."""
        return cls(Tokenizer.from_file(str(file)))

    def save(self, file: Path) -> None:
        self._tokenizer.save(str(file))

    def encode(self, text: str, statement: str) -> Encoding:
        """Return the tokens of a pair; where it is too long, the text is cut.

        Of a statement alone longer than half of the model's limit, the first half is read.
        """
        return self._tokenizer.encode(text, self._cut(statement))

    def _cut(self, statement: str) -> str:
        n_tokens = self._max_tokens // 2
        alone = self._tokenizer.encode(statement, add_special_tokens=False)
        return statement[: alone.offsets[n_tokens - 1][1]] if len(alone.ids) > n_tokens else statement


def limit_tokens(tokenizer: Tokenizer, max_tokens: int) -> PairTokenizer:
    """Return the tokenizer for pairs of at most that many tokens."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_padding()
    copy.enable_truncation(max_tokens, strategy="only_first")
    return PairTokenizer(copy)
