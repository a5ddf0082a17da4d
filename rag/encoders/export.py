"""Export a sentence-transformers model to ONNX, and check that the vectors are the same.

The trace includes pooling and normalisation, so any architecture that can be traced is served.
The linear layers and large word tables are quantised to 8 bits. The first kind of export whose
vectors pass is kept. If none passes, sentence-transformers serves the model.
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from rag.encoders.exported import EXPORT_VERSION, INPUT_NAME, MODEL_FILE, TOKENIZER_FILE, Export
from rag.encoders.onnx import OnnxEncoder
from rag.encoders.reference import ReferenceEncoder
from rag.encoders.small_tables import shrink_tables
from rag.files import hash_file
from rag.types import FloatArray

_PROBES_FILE = Path(__file__).with_name("probe_texts.txt")
_OPSET = 17
# The exponent of SmoothQuant (Xiao et al. 2023), equation 4: how much of the spread of a layer's
# inputs moves into its weights. It gave the best cosines on 400 passages of SQuAD
# (docs/experiments.md).
_SMOOTHING = 0.75
_LOWEST_MEAN_COSINE = 0.99
_LOWEST_COSINE = 0.97
_LOWEST_OVERLAP = 0.9
_N_NEAREST = 5
_PROBES_A_PASSAGE = 4
_TINY = 1e-5
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
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        export = _export(reference, beside)
        export.write(beside)
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return export


def _export(reference: ReferenceEncoder, folder: Path) -> Export:
    try:
        return _export_first_that_passes(reference, folder)
    except Exception as error:  # noqa: BLE001 -- a tracer may raise anything; the model itself works
        lines = str(error).strip().splitlines() or [""]
        problem = f"{type(error).__name__}: {lines[0][:200]}"
    (folder / MODEL_FILE).unlink(missing_ok=True)
    return _describe(reference, folder, kind=None, problem=problem)


def _export_first_that_passes(reference: ReferenceEncoder, folder: Path) -> Export:
    texts = _PROBES_FILE.read_text(encoding="utf-8").splitlines()
    # One half of the texts sets the ranges, the other tests the result.
    to_smooth, to_prove = (_with_passages(texts[first::2]) for first in (0, 1))
    wanted = reference.encode_texts(to_prove)
    _save_tokenizer(reference, folder)
    with tempfile.TemporaryDirectory() as scratch:
        plain, smooth = Path(scratch, "plain.onnx"), Path(scratch, "smooth.onnx")
        shrink_tables(reference.model)
        _trace(reference, plain)
        _smooth_inputs(reference, to_smooth)
        _trace(reference, smooth)
        for kind, make in _makers(plain, smooth).items():
            make(folder / MODEL_FILE)
            export = _describe(reference, folder, kind)
            found = OnnxEncoder(folder, export, n_threads=1).encode_texts(to_prove)
            problem = describe_difference(wanted, found)
            if not problem:
                return replace(export, cosine=round(float(_cosines(wanted, found).mean()), 4))
    raise _OtherVectorsError(problem)


class _OtherVectorsError(Exception):
    """No kind of export gives the vectors of the model."""


def _makers(plain: Path, smooth: Path) -> dict[str, Callable[[Path], object]]:
    """Return the function that makes each kind of export, fastest first."""

    def quantize(target: Path, weight_type: QuantType) -> None:
        # Each time it recommends a preparation for image models, at the root logger.
        logging.disable(logging.WARNING)
        try:
            quantize_dynamic(
                *(smooth, target),
                per_channel=True,
                weight_type=weight_type,
                op_types_to_quantize=["MatMul"],
            )
        finally:
            logging.disable(logging.NOTSET)

    return {
        "int8": lambda target: quantize(target, QuantType.QInt8),
        # Without VNNI, products of signed weights are added up in 16 bits, which overflow. For
        # unsigned weights onnxruntime uses 32 bits.
        "uint8": lambda target: quantize(target, QuantType.QUInt8),
        "float32": lambda target: shutil.copyfile(plain, target),
    }


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


def _describe(reference: ReferenceEncoder, folder: Path, kind: str | None, problem: str = "") -> Export:
    prompts = reference.model.prompts
    passage_names = [name for name in _PASSAGE_PROMPTS if name in prompts]
    model_file = folder / MODEL_FILE
    return Export(
        version=EXPORT_VERSION,
        kind=kind,
        sha256=hash_file(model_file) if model_file.exists() else "",
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
    with warnings.catch_warnings():
        # The tracer warns of each shape that it takes as fixed; the comparison shows whether that
        # matters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            *(_Pipeline(reference.model).eval(), (example,), str(target)),
            input_names=[INPUT_NAME],
            output_names=["vector"],
            dynamic_axes={INPUT_NAME: {1: "n_tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )


class _SmoothLinear(torch.nn.Module):
    """A linear layer with weights multiplied by scales, and inputs divided by them."""

    def __init__(self, linear: torch.nn.Linear, scales: torch.Tensor) -> None:
        super().__init__()
        linear.weight.data = linear.weight.data * scales
        self._divisors = torch.nn.Parameter(1 / scales, requires_grad=False)
        self._linear = linear

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        smoothed: torch.Tensor = self._linear(inputs * self._divisors)
        return smoothed


def _smooth_inputs(reference: ReferenceEncoder, texts: Sequence[str]) -> None:
    """Move the spread of each linear layer's inputs into its weights.

    Layers that share an input share the scales.
    """
    linears = {name: part for name, part in reference.model.named_modules() if isinstance(part, torch.nn.Linear)}
    spread: dict[str, torch.Tensor] = {}
    leader: dict[str, str] = {}
    latest: list[tuple[str, torch.Tensor]] = []

    def look(name: str, inputs: torch.Tensor) -> None:
        if not latest or latest[0][1] is not inputs:
            latest[:] = [(name, inputs)]
        leader[name] = latest[0][0]
        largest = inputs.abs().flatten(0, -2).amax(0)
        spread[name] = torch.maximum(spread.get(name, largest), largest)

    hooks = [
        part.register_forward_pre_hook(lambda _part, inputs, name=name: look(name, inputs[0]))
        for name, part in linears.items()
    ]
    for text in texts:
        reference.encode_texts([text])
    for hook in hooks:
        hook.remove()
    for first in dict.fromkeys(leader.values()):
        group = [name for name in spread if leader[name] == first]
        weights = torch.stack([linears[name].weight.data.abs().amax(0) for name in group]).amax(0)
        scales = _scales(spread[first], weights)
        for name in group:
            above, _, own = name.rpartition(".")
            setattr(reference.model.get_submodule(above), own, _SmoothLinear(linears[name], scales))


def _scales(inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return SmoothQuant's scales, rounded to powers of two.

    Multiplying by powers of two is exact, so every processor makes the same export.
    """
    wanted = _SMOOTHING * torch.log2(inputs.clamp(min=_TINY)) - (1 - _SMOOTHING) * torch.log2(weights.clamp(min=_TINY))
    return torch.exp2(torch.round(wanted))
