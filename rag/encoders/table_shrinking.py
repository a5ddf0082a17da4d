"""Store the word table of an exported encoder in 8 bits.

A model of many languages has 250,000 pieces, and their table is four fifths of its weights. Each
row gets a scale of its own. A text reads few rows, so putting them back costs no time.
"""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from rag.types import FloatArray

# A table of 30,000 rows, as English models have it, stays as it is: below this nothing is gained.
_LEAST_BYTES = 100_000_000
_ZERO = 128
_LARGEST = 127


def shrink_tables(model_file: Path, least_bytes: int = _LEAST_BYTES) -> int:
    """Rewrite the large float tables of a model from which rows are gathered; return how many.

    Args:
        least_bytes: Of a table that is rewritten.
    """
    model = onnx.load(model_file)
    graph = model.graph
    large = {
        one.name: one
        for one in graph.initializer
        if one.data_type == onnx.TensorProto.FLOAT and len(one.dims) == 2 and 4 * np.prod(one.dims) >= least_bytes
    }
    for node in [node for node in graph.node if node.op_type == "Gather" and node.input[0] in large]:
        _shrink(graph, node, large[node.input[0]])
    used = {name for node in graph.node for name in node.input}
    shrunk = [table for name, table in large.items() if name not in used]
    for table in shrunk:
        graph.initializer.remove(table)
    if shrunk:
        onnx.save(model, model_file)
    return len(shrunk)


def quantise_rows(table: FloatArray) -> tuple[NDArray[np.uint8], FloatArray]:
    """Return the levels, uint8 with 128 as zero, and the scale of each row, shape (n, 1)."""
    scales: FloatArray = np.maximum(np.abs(table).max(axis=1, keepdims=True) / _LARGEST, np.finfo(np.float32).tiny)
    levels = (np.rint(table / scales) + _ZERO).astype(np.uint8)
    return levels, scales.astype(np.float32)


def _shrink(graph: onnx.GraphProto, node: onnx.NodeProto, table: onnx.TensorProto) -> None:
    """Gather levels and scales of rows in place of the rows."""
    name = table.name
    levels, scales = quantise_rows(numpy_helper.to_array(table))
    graph.initializer.extend(
        [
            numpy_helper.from_array(levels, f"{name}.levels"),
            numpy_helper.from_array(scales, f"{name}.scales"),
            numpy_helper.from_array(np.array(_ZERO, dtype=np.float32), f"{name}.zero"),
        ]
    )
    rows, result = node.input[1], node.output[0]
    steps = [
        onnx.helper.make_node("Gather", [f"{name}.levels", rows], [f"{result}.levels"]),
        onnx.helper.make_node("Cast", [f"{result}.levels"], [f"{result}.float"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Sub", [f"{result}.float", f"{name}.zero"], [f"{result}.centred"]),
        onnx.helper.make_node("Gather", [f"{name}.scales", rows], [f"{result}.scales"]),
        onnx.helper.make_node("Mul", [f"{result}.centred", f"{result}.scales"], [result]),
    ]
    place = list(graph.node).index(node)
    graph.node.remove(node)
    for step in reversed(steps):
        graph.node.insert(place, step)
