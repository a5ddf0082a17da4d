"""Join a text and a statement into the tokens that the judge reads.

A small network learns slowly which words two texts share. So each token has a type that says it, as
the exact-match feature of Chen et al. (2017), "Reading Wikipedia to Answer Open-Domain Questions".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from tokenizers import Encoding, Tokenizer

from rag.text.stemming import stem

MAX_TOKENS = 192
# Of BERT's tokenizers, and of XLM-RoBERTa's.
_SPECIAL_TOKENS = (("[CLS]", "[SEP]", "[PAD]"), ("<s>", "</s>", "<pad>"))


class TokenType(IntEnum):
    """What the other text has of a token's word, compared by stem.

    - TEXT_ALONE: a word of the text that the statement lacks, or a special token.
    - TEXT_SHARED: a word of the text that the statement has.
    - STATEMENT_IN_ORDER: a word of the statement that the text has, after the same word as here.
    - STATEMENT_SHARED: a word of the statement that the text has elsewhere.
    - STATEMENT_ALONE: a word of the statement that the text lacks.
    """

    TEXT_ALONE = 0
    TEXT_SHARED = 1
    STATEMENT_IN_ORDER = 2
    STATEMENT_SHARED = 3
    STATEMENT_ALONE = 4


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The numbers of the tokens around the texts of a pair."""

    start: int
    separator: int
    padding: int


@dataclass(frozen=True, slots=True)
class PairTokens:
    """Numbers and types of the tokens: start, text, separator twice, statement, separator."""

    ids: list[int]
    types: list[int]


def find_special_tokens(tokenizer: Tokenizer) -> SpecialTokens:
    """Return the numbers that this tokenizer gives to start, separator and padding.

    Raises:
        ValueError: It has neither `[CLS]` nor `<s>` with the others.
    """
    for names in _SPECIAL_TOKENS:
        start, separator, padding = (tokenizer.token_to_id(name) for name in names)
        if start is not None and separator is not None and padding is not None:
            return SpecialTokens(start, separator, padding)
    raise ValueError(f"the tokenizer has none of {_SPECIAL_TOKENS}")


def join_pairs(
    tokenizer: Tokenizer, special: SpecialTokens, texts: Sequence[str], statements: Sequence[str]
) -> list[PairTokens]:
    """Return the tokens of pairs.

    Statements are cut after half of MAX_TOKENS, texts where the whole would be longer than that.
    """
    encoded = (tokenizer.encode_batch(list(part), add_special_tokens=False) for part in (texts, statements))
    joined = []
    for text, statement, first, second in zip(texts, statements, *encoded, strict=True):
        n_second = min(len(second.ids), MAX_TOKENS // 2)
        n_first = min(len(first.ids), MAX_TOKENS - 4 - n_second)
        of_text, of_statement = _words(first, text, n_first), _words(second, statement, n_second)
        ids = [special.start, *first.ids[:n_first], *[special.separator] * 2, *second.ids[:n_second], special.separator]
        around: list[int] = [TokenType.TEXT_ALONE]
        types = [*around, *_text_types(of_text, of_statement), *around * 2]
        joined.append(PairTokens(ids, [*types, *_statement_types(of_text, of_statement), *around]))
    return joined


def _words(encoding: Encoding, text: str, n_tokens: int) -> list[tuple[int, str]]:
    """Return for each token the number of its word and the word's stem."""
    numbers = [-1 if number is None else number for number in encoding.word_ids]
    ends: dict[int, tuple[int, int]] = {}
    for number, (start, end) in zip(numbers, encoding.offsets, strict=True):
        ends[number] = (ends.get(number, (start, end))[0], end)
    stems = {number: stem(text[start:end].strip().lower()) for number, (start, end) in ends.items()}
    return [(number, stems[number]) for number in numbers[:n_tokens]]


def _text_types(text: Sequence[tuple[int, str]], statement: Sequence[tuple[int, str]]) -> list[int]:
    known = {word for _, word in statement}
    return [TokenType.TEXT_SHARED if word in known else TokenType.TEXT_ALONE for _, word in text]


def _statement_types(text: Sequence[tuple[int, str]], statement: Sequence[tuple[int, str]]) -> list[int]:
    known = {word for _, word in text}
    # A dictionary keeps the order and drops the further tokens of a word.
    following = set(pairwise(dict(text).values()))
    before = {number: last for (_, last), (number, _) in pairwise(dict(statement).items())}
    types: list[int] = []
    for number, word in statement:
        if word not in known:
            types.append(TokenType.STATEMENT_ALONE)
        elif (before.get(number), word) in following:
            types.append(TokenType.STATEMENT_IN_ORDER)
        else:
            types.append(TokenType.STATEMENT_SHARED)
    return types
