from itertools import pairwise

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from rag.encoders.pair_tokens import PairTokens, TokenType, find_special_tokens, join_pairs

WORDS = ("the", "archive", "opens", "closes", "mon", "##days", "tues", "not", "opened")
ALONE, SHARED = TokenType.TEXT_ALONE, TokenType.TEXT_SHARED
IN_ORDER, ELSEWHERE, MISSING = (
    TokenType.STATEMENT_IN_ORDER,
    TokenType.STATEMENT_SHARED,
    TokenType.STATEMENT_ALONE,
)


def make_tokenizer(start: str = "[CLS]", padding: str = "[PAD]", separator: str = "[SEP]") -> Tokenizer:
    words = (padding, start, separator, "[UNK]", *WORDS)
    model = models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]")  # noqa: S106
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def join(text: str, statement: str) -> PairTokens:
    tokenizer = make_tokenizer()
    (tokens,) = join_pairs(tokenizer, find_special_tokens(tokenizer), [text], [statement])
    return tokens


def types_of(text: str, statement: str) -> tuple[list[int], list[int]]:
    """Return the types of the text's tokens and of the statement's; there are n and m of them."""
    tokens = join(text, statement)
    middle = next(i for i, pair in enumerate(pairwise(tokens.ids)) if pair == (2, 2))
    return tokens.types[1:middle], tokens.types[middle + 2 : -1]


def test_a_pair_is_start_text_two_separators_statement_separator() -> None:
    assert join("the archive opens", "archive closes").ids == [1, 4, 5, 6, 2, 2, 5, 7, 2]


@pytest.mark.parametrize(
    ("text", "statement", "of_text", "of_statement"),
    [
        ("the archive opens", "the archive opens", [SHARED] * 3, [ELSEWHERE, IN_ORDER, IN_ORDER]),
        ("the archive opens", "the archive closes", [SHARED, SHARED, ALONE], [ELSEWHERE, IN_ORDER, MISSING]),
        ("the archive opens", "opens the", [SHARED, ALONE, SHARED], [ELSEWHERE, ELSEWHERE]),
        # Compared by stem.
        ("archive opens", "archive opened", [SHARED, SHARED], [ELSEWHERE, IN_ORDER]),
        # All tokens of a word have its type.
        ("opens mondays", "opens tuesdays", [SHARED, ALONE, ALONE], [ELSEWHERE, MISSING, MISSING]),
        ("opens mondays", "not mondays", [ALONE, SHARED, SHARED], [MISSING, ELSEWHERE, ELSEWHERE]),
    ],
)
def test_types_say_which_words_both_have(
    text: str, statement: str, of_text: list[int], of_statement: list[int]
) -> None:
    assert types_of(text, statement) == (of_text, of_statement)


def test_special_tokens_have_the_first_type() -> None:
    assert join("the archive", "the archive").types == [0, SHARED, SHARED, 0, 0, ELSEWHERE, IN_ORDER, 0]


def test_a_long_text_is_cut_before_its_statement() -> None:
    tokens = join("archive " * 400, "archive closes")

    assert (len(tokens.ids), len(tokens.types)) == (192, 192)
    assert tokens.ids[-4:] == [2, 5, 7, 2]


def test_a_long_statement_is_cut_at_half() -> None:
    tokens = join("the archive", "closes " * 400)

    assert tokens.ids == [1, 4, 5, 2, 2, *[7] * 96, 2]


def test_the_numbers_around_a_pair_are_those_of_the_tokenizer() -> None:
    special = find_special_tokens(make_tokenizer("<s>", "<pad>", "</s>"))

    assert (special.start, special.separator, special.padding) == (1, 2, 0)


def test_a_tokenizer_without_these_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="has none of"):
        find_special_tokens(make_tokenizer("<a>", "<b>", "<c>"))
