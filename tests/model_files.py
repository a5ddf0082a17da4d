"""The files of models too small to compute anything: what is checked before one is loaded."""

import json
import struct
from pathlib import Path


def make_weights(n_numbers: int = 4) -> bytes:
    """Return a safetensors file with one tensor."""
    tensor = {"dtype": "F32", "shape": [n_numbers], "data_offsets": [0, 4 * n_numbers]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "weight": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4 * n_numbers)


def encoder_files() -> dict[str, bytes]:
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    return {
        "config.json": json.dumps({"architectures": ["BertModel"], "model_type": "bert"}).encode(),
        "config_sentence_transformers.json": b'{"prompts": {"query": "ask: "}}',
        "modules.json": json.dumps(modules).encode(),
        "tokenizer.json": b'{"model": {}}',
        "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
        "model.safetensors": make_weights(),
    }


def reranker_files() -> dict[str, bytes]:
    config = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    return {
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": b'{"model": {}}',
        "model.safetensors": make_weights(),
    }


def judge_files() -> dict[str, bytes]:
    labels = {"0": "Entailment", "1": "neutral", "2": "contradiction"}
    config = {"architectures": ["BertForSequenceClassification"], "id2label": labels}
    return reranker_files() | {"config.json": json.dumps(config).encode()}


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
