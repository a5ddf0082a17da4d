"""Export a sentence-transformers model to ONNX, and check that the vectors are the same.

The trace includes pooling and normalisation, so any architecture that can be traced is served. If
no kind of export passes, sentence-transformers serves the model.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from rag.encoders.exported import EXPORT_VERSION, INPUT_NAME, MODEL_FILE, TOKENIZER_FILE, Export
from rag.encoders.exporting.kinds import export_first_that_passes, read_probe_texts, trace_network, write_export
from rag.encoders.onnx import OnnxEncoder
from rag.encoders.reference import ReferenceEncoder
from rag.files import hash_file
from rag.types import FloatArray

_LOWEST_MEAN_COSINE = 0.99
_LOWEST_COSINE = 0.97
_LOWEST_OVERLAP = 0.9
_N_NEAREST = 5
_PROBES_A_PASSAGE = 4
# The names that sentence-transformers looks for, in its order.
_PASSAGE_PROMPTS = ("document", "passage", "corpus")


def export_encoder(source: Path, target: Path) -> Export:
    """Export the model in a folder, which appears whole or not at all.

    It takes ten seconds, and for a model with 250,000 words a minute and 2 GB of memory.

    Args:
        source: Saved by sentence-transformers; its weights were verified.
        target: Created or replaced.
    """
    reference = ReferenceEncoder(source)
    return write_export(
        target,
        lambda folder: _export(reference, folder),
        lambda problem: _describe(reference, kind=None, problem=problem),
    )


def _export(reference: ReferenceEncoder, folder: Path) -> Export:
    to_smooth, to_prove = map(_with_passages, read_probe_texts())
    wanted = reference.encode_texts(to_prove)
    _save_tokenizer(reference, folder)
    exports: list[Export] = []

    def find_problem(kind: str) -> str:
        export = replace(_describe(reference, kind), sha256=hash_file(folder / MODEL_FILE))
        found = OnnxEncoder(folder, export, n_threads=1).encode_texts(to_prove)
        problem = describe_difference(wanted, found)
        if not problem:
            exports.append(replace(export, cosine=round(float(_cosines(wanted, found).mean()), 4)))
        return problem

    export_first_that_passes(
        *(reference.model, folder / MODEL_FILE),
        trace=lambda file: _trace(reference, file),
        run_probes=lambda: [reference.encode_texts([text]) for text in to_smooth],
        find_problem=find_problem,
    )
    return exports[-1]


def _with_passages(texts: Sequence[str]) -> list[str]:
    """Return the texts, then the same texts joined four at a time."""
    starts = range(0, len(texts), _PROBES_A_PASSAGE)
    return [*texts, *(" ".join(texts[start : start + _PROBES_A_PASSAGE]) for start in starts)]


def _cosines(wanted: FloatArray, found: FloatArray) -> FloatArray:
    cosines: FloatArray = np.sum(wanted * found, axis=1)
    return cosines


def describe_difference(wanted: FloatArray, found: FloatArray) -> str:
    """Return how vectors differ too much from those wanted; empty if they are close enough.

    Args:
        wanted, found: float32, shape (n, dimensions), rows of length 1.
    """
    if found.shape != wanted.shape or not np.isfinite(found).all():
        return f"vectors of shape {found.shape}, expected {wanted.shape}"
    cosines = _cosines(wanted, found)
    overlap = float(np.mean([len(a & b) / _N_NEAREST for a, b in zip(_nearest(wanted), _nearest(found), strict=True)]))
    if cosines.mean() < _LOWEST_MEAN_COSINE or cosines.min() < _LOWEST_COSINE or overlap < _LOWEST_OVERLAP:
        return (
            f"its vectors have cosines of {cosines.mean():.3f} to the model's own, {cosines.min():.3f} at worst, and "
            f"{overlap:.2f} of the {_N_NEAREST} nearest"
        )
    return ""


def _nearest(vectors: FloatArray) -> list[set[int]]:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return [set(row[:_N_NEAREST].tolist()) for row in np.argsort(-cosines, axis=1, kind="stable")]


def _describe(reference: ReferenceEncoder, kind: str | None, problem: str = "") -> Export:
    prompts = reference.model.prompts
    passage_names = [name for name in _PASSAGE_PROMPTS if name in prompts]
    return Export(
        version=EXPORT_VERSION,
        kind=kind,
        sha256="",
        dimensions=reference.dimensions,
        query_prefix=prompts.get("query") or "",
        passage_prefix=(prompts[passage_names[0]] or "") if passage_names else "",
        cosine=1.0,
        problem=problem,
    )


def _save_tokenizer(reference: ReferenceEncoder, folder: Path) -> None:
    tokenizer = Tokenizer.from_str(reference.model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    max_tokens = reference.model.max_seq_length
    if max_tokens is None:
        raise ValueError("the model does not say how many tokens it reads")
    tokenizer.enable_truncation(max_tokens)
    tokenizer.save(str(folder / TOKENIZER_FILE))


class _Pipeline(torch.nn.Module):
    """Maps the token numbers of one text to its unit vector."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self._model = model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
        return torch.nn.functional.normalize(self._model(features)["sentence_embedding"], dim=-1)


def _trace(reference: ReferenceEncoder, target: Path) -> None:
    example = torch.tensor([reference.model.tokenizer("A short text, traced.")["input_ids"]])
    trace_network(_Pipeline(reference.model), [example], [INPUT_NAME], "vector", target)
