"""Small models of other makes than the built-in encoder, with weights drawn by chance: made once, in a second."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

from rag.model_files.builtin import locate_encoder

# Weights far enough from zero that the models tell texts apart.
_SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "initializer_range": 0.4,
}


def _make_bare(folder: Path, **more: object) -> Path:
    """Copy the built-in encoder's tokenizer and configuration, made small, without weights."""
    config = json.loads((locate_encoder() / "config.json").read_text())
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(locate_encoder() / name, folder / name)
    (folder / "config.json").write_text(json.dumps(config | _SMALL | more))
    return folder


def make_small_encoder(folder: Path, pooling_mode: str, n_dimensions: int = 32) -> Path:
    bare = _make_bare(folder / "bare", hidden_size=n_dimensions, intermediate_size=2 * n_dimensions)
    torch.manual_seed(5)
    AutoModel.from_config(AutoConfig.from_pretrained(bare)).save_pretrained(bare)
    model = SentenceTransformer(
        modules=[Transformer(str(bare), max_seq_length=24), Pooling(n_dimensions, pooling_mode=pooling_mode)],
        prompts={"query": "ask: ", "passage": "told: "},
        device="cpu",
    )
    model.save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of 32 dimensions: the first token's vector, 24 tokens, prefixes for queries and passages."""
    return make_small_encoder(tmp_path_factory.mktemp("small"), "cls")


@pytest.fixture(scope="session")
def small_reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder as the widely used ones are saved: no modules.json, and the bare number instead of a sigmoid."""
    folder = _make_bare(
        tmp_path_factory.mktemp("reranker") / "model",
        num_labels=1,
        id2label={"0": "LABEL_0"},
        label2id={"LABEL_0": 0},
        sentence_transformers={"activation_fn": "torch.nn.modules.linear.Identity", "version": "4.1.0"},
    )
    torch.manual_seed(6)
    AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
    return folder
