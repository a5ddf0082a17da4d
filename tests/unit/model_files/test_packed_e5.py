"""The converter of multilingual-e5-small, on a tiny file in its format."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag.errors import ModelCorrupt
from rag.model_files.folders import check_encoder
from rag.model_files.packed_e5 import convert_packed_e5, dequantise, read_packed_e5
from tests.packed_e5 import HIDDEN, INNER, PIECES, write_packed_e5


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_packed_e5(tmp_path / "small.bin")
    return tmp_path / "small.bin"


@pytest.fixture
def folder(file: Path, tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    convert_packed_e5(file, made)
    return made


def test_a_byte_holds_one_weight_of_each_half_of_its_block() -> None:
    halves = bytes([0x80, 0xF7, *[0x88] * 14])

    weights = dequantise(struct.pack("<e", 0.5) + halves, 32)

    assert weights[:3].tolist() == [-4.0, -0.5, 0.0]
    assert weights[16:19].tolist() == [0.0, 3.5, 0.0]


def test_the_folder_is_one_that_the_settings_could_name(folder: Path) -> None:
    check_encoder(folder)


def test_every_tensor_of_bert_has_its_shape(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")

    assert tensors["embeddings.word_embeddings.weight"].shape == (len(PIECES) + 2, HIDDEN)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)
    assert tensors["encoder.layer.0.output.dense.bias"].shape == (HIDDEN,)
    assert len(tensors) == 5 + 16
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float16)}


def test_queries_and_passages_get_the_prefixes_that_the_model_was_trained_with(folder: Path) -> None:
    described = json.loads((folder / "config_sentence_transformers.json").read_text())

    assert described["prompts"] == {"query": "query: ", "document": "passage: "}


def test_two_conversions_give_the_same_bytes(file: Path, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()

    convert_packed_e5(file, again)

    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a", ["▁a"]),
        ("ａ\tb", ["▁a", "▁", "b"]),
        ("  a\x07  a ", ["▁a", "▁a"]),
        ("ae\u0301", ["▁a", "é"]),
        ("a～", ["▁a", "～"]),
        ("a\u103a\u1037", ["▁a", "\u103a", "\u1037"]),
        ("axb", ["▁a", "x", "b"]),
    ],
    ids=["piece", "map", "spaces", "composed", "kept from NFKC", "marks as typed", "unknown"],
)
def test_a_text_is_normalised_and_cut_into_pieces(folder: Path, text: str, tokens: list[str]) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    assert tokenizer.encode(text).tokens == ["<s>", *tokens, "</s>"]


@pytest.mark.parametrize("n_bytes", [3, 60, 400, -1], ids=["magic", "pieces", "tensors", "last tensor"])
def test_a_file_that_is_cut_short_is_an_error_in_words(file: Path, n_bytes: int) -> None:
    file.write_bytes(file.read_bytes()[:n_bytes])

    with pytest.raises(ModelCorrupt, match=r"small\.bin .*run `rag models pull`"):
        read_packed_e5(file)
