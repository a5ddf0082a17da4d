from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from rag.encoders.pair_tokens import TokenType

WORDS = ("the", "archive", "opens", "closes", "on", "mondays", "tuesdays", "when", "?")


def make_tokenizer(start: str, padding: str, separator: str) -> Tokenizer:
    words = (padding, start, separator, "[UNK]", *WORDS)
    model = models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")  # noqa: S106
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


@pytest.fixture
def tokenizer() -> Tokenizer:
    return make_tokenizer("[CLS]", "[PAD]", "[SEP]")


@pytest.fixture
def body(tmp_path: Path, tokenizer: Tokenizer) -> Path:
    folder = tmp_path / "body"
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        type_vocab_size=len(TokenType),
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
