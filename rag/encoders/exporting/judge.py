"""Export a cross-encoder to ONNX, and check that it judges as the model itself.

If no kind of export passes, torch serves the model.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from rag.encoders.exported import JUDGE_EXPORT_VERSION, MODEL_FILE, TOKENIZER_FILE, JudgeExport
from rag.encoders.exporting.kinds import export_first_that_passes, read_probe_texts, trace_network, write_export
from rag.encoders.named_judge.onnx import ExportedJudge
from rag.encoders.named_judge.reference import ReferenceJudge
from rag.files import hash_file
from rag.types import FloatArray

Pair = tuple[str, str]

# `checking/support` weighs the log-odds of two readings by a half each, and decides near 0.5.
# There, a difference of .02 moves its score by .02, and one of .1 by .1.
_MOST_MEAN_DIFFERENCE = 0.02
_MOST_DIFFERENCE = 0.1
# Of the pairs of probabilities that are at least this far apart, so many must keep their order.
_CLEAR_DIFFERENCE = 0.05
_LEAST_IN_ORDER = 0.99


def export_judge(source: Path, target: Path) -> JudgeExport:
    """Export the model in a folder, which appears whole or not at all.

    Args:
        source: Checked by `check_judge`; its weights were verified.
        target: Created or replaced.

    Raises:
        ModelCorrupt: It cannot be loaded.
    """
    reference = ReferenceJudge(source)
    return write_export(
        target,
        lambda folder: _export(reference, folder),
        lambda problem: JudgeExport(JUDGE_EXPORT_VERSION, None, "", 0.0, 0.0, problem),
    )


def _export(reference: ReferenceJudge, folder: Path) -> JudgeExport:
    to_smooth, to_prove = (list(make_probe_pairs(texts)) for texts in read_probe_texts())
    wanted = _estimate_all(reference, to_prove)
    reference.tokenizer.save(folder / TOKENIZER_FILE)
    exports: list[JudgeExport] = []

    def find_problem(kind: str) -> str:
        found = _estimate_all(ExportedJudge(folder), to_prove)
        problem = describe_difference(wanted, found)
        if not problem:
            differences = np.abs(wanted - found)
            mean, largest = (round(float(one), 4) for one in (differences.mean(), differences.max()))
            exports.append(JudgeExport(JUDGE_EXPORT_VERSION, kind, hash_file(folder / MODEL_FILE), mean, largest))
        return problem

    export_first_that_passes(
        *(reference.network, folder / MODEL_FILE),
        trace=lambda file: _trace(reference, file),
        run_probes=lambda: _estimate_all(reference, to_smooth),
        find_problem=find_problem,
    )
    return exports[-1]


def make_probe_pairs(texts: Sequence[str]) -> Iterator[Pair]:
    """Yield pairs that models of inference tell apart.

    Each text stands with itself, a part of itself, itself with a "not", and another text. Two texts
    together stand with one of them.
    """
    for text, other in pairwise([*texts, texts[0]]):
        middle = text.rfind(" ", 0, len(text) // 2 + 1)
        first, rest = (text[:middle], text[middle:]) if middle > 0 else (text, "")
        yield from ((text, text), (text, first), (text, f"{first} not{rest}"), (text, other))
        yield f"{other} {text}", text


def describe_difference(wanted: FloatArray, found: FloatArray) -> str:
    """Return how probabilities differ too much from those wanted; empty if they are close enough.

    Args:
        wanted, found: float32, shape (n, 1) or (n, 3); the first column is that of support.
    """
    if found.shape != wanted.shape or not np.isfinite(found).all():
        return f"probabilities of shape {found.shape}, expected {wanted.shape}"
    differences = np.abs(wanted - found)
    in_order = _share_in_order(wanted[:, 0], found[:, 0])
    if differences.mean() > _MOST_MEAN_DIFFERENCE or differences.max() > _MOST_DIFFERENCE or in_order < _LEAST_IN_ORDER:
        return (
            f"its probabilities differ by {differences.mean():.3f} from the model's own, {differences.max():.3f} at "
            f"worst, and {in_order:.3f} are in the same order"
        )
    return ""


def _share_in_order(wanted: FloatArray, found: FloatArray) -> float:
    """Return the share of clearly different probabilities that keep their order; 1 if none is."""
    apart = wanted[:, None] - wanted[None, :]
    is_clear = apart >= _CLEAR_DIFFERENCE
    if not is_clear.any():
        return 1.0
    return float(((found[:, None] - found[None, :])[is_clear] > 0).mean())


def _estimate_all(judge: ReferenceJudge | ExportedJudge, pairs: Sequence[Pair]) -> FloatArray:
    shares: FloatArray = np.stack([judge.estimate_shares(*pair) for pair in pairs])
    return shares


def _trace(reference: ReferenceJudge, target: Path) -> None:
    example = reference.tensors_of(reference.tokenizer.encode("A short text, traced.", "It is traced."))
    trace_network(reference.network, example, reference.input_names, "shares", target)
