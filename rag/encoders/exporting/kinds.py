"""Export a model in the fastest kind that computes what the model computes.

A model is traced by torch. Its linear layers and large word tables are quantised to 8 bits. The
first kind of export that passes its check is kept. A model that cannot be exported gets a
description that says why.
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from rag.encoders.exported import MODEL_FILE, AnyExport
from rag.encoders.exporting.small_tables import shrink_tables
from rag.encoders.exporting.smoothing import smooth_inputs

_PROBES_FILE = Path(__file__).with_name("probe_texts.txt")
_OPSET = 17


class OtherOutputError(Exception):
    """No kind of export computes what the model computes."""


def read_probe_texts() -> tuple[list[str], list[str]]:
    """Return the texts that set the ranges, and those that test the result."""
    texts = _PROBES_FILE.read_text(encoding="utf-8").splitlines()
    return texts[0::2], texts[1::2]


def write_export(target: Path, export: Callable[[Path], AnyExport], describe: Callable[[str], AnyExport]) -> AnyExport:
    """Make the folder of an export, which appears whole or not at all.

    Args:
        target: Created or replaced.
        export: Writes into a folder, and returns the description.
        describe: Returns the description of a model that cannot be exported, from the problem.
    """
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        made = _export_or_describe(beside, export, describe)
        made.write(beside)
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return made


def _export_or_describe(
    folder: Path, export: Callable[[Path], AnyExport], describe: Callable[[str], AnyExport]
) -> AnyExport:
    try:
        return export(folder)
    except Exception as error:  # noqa: BLE001 -- a tracer may raise anything; the model itself works
        lines = str(error).strip().splitlines() or [""]
        problem = f"{type(error).__name__}: {lines[0][:200]}"
    (folder / MODEL_FILE).unlink(missing_ok=True)
    return describe(problem)


def export_first_that_passes(
    model: torch.nn.Module,
    target: Path,
    *,
    trace: Callable[[Path], None],
    run_probes: Callable[[], object],
    find_problem: Callable[[str], str],
) -> None:
    """Write the fastest kind of export that passes; layers of the model are replaced meanwhile.

    Args:
        target: The file.
        trace: Writes the model as it is now to a file.
        run_probes: Runs the model on the texts that set the ranges of its layers' inputs.
        find_problem: Returns how the output of the kind in `target` differs too much, or "".

    Raises:
        OtherOutputError: No kind passes.
    """
    problem = ""
    with tempfile.TemporaryDirectory() as scratch:
        plain, smooth = Path(scratch, "plain.onnx"), Path(scratch, "smooth.onnx")
        shrink_tables(model)
        trace(plain)
        smooth_inputs(model, run_probes)
        trace(smooth)
        for kind, make in _makers(plain, smooth).items():
            make(target)
            problem = find_problem(kind)
            if not problem:
                return
    raise OtherOutputError(problem)


def trace_network(
    network: torch.nn.Module, inputs: Sequence[torch.Tensor], names: Sequence[str], output: str, target: Path
) -> None:
    """Write a network in float32.

    Args:
        inputs: Token numbers or types of one example, shape (1, n_tokens); other lengths work too.
        names: Of the inputs.
        output: The name of the output.
    """
    with warnings.catch_warnings():
        # The tracer warns of each shape that it takes as fixed; the comparison shows whether that
        # matters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            *(network.eval(), tuple(inputs), str(target)),
            input_names=list(names),
            output_names=[output],
            dynamic_axes={name: {1: "n_tokens"} for name in names},
            opset_version=_OPSET,
            dynamo=False,
        )


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
