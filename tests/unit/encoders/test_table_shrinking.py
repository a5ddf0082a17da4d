"""The word table in 8 bits."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from rag.encoders.table_shrinking import quantise_rows, shrink_tables
from rag.types import FloatArray

TABLE = np.random.default_rng(2).normal(size=(500, 8)).astype(np.float32)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A model that returns rows of its table."""
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "rows"], ["found"])],
        "rows",
        [helper.make_tensor_value_info("rows", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["n", 8])],
        [numpy_helper.from_array(TABLE, "table")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def rows_of(model_file: Path, rows: list[int]) -> FloatArray:
    session = onnxruntime.InferenceSession(model_file, providers=["CPUExecutionProvider"])
    found: FloatArray = session.run(None, {"rows": np.array(rows)})[0]
    return found


def test_rows_stay_within_half_a_level(model_file: Path) -> None:
    assert shrink_tables(model_file, least_bytes=1000) == 1

    found = rows_of(model_file, [0, 499, 7])

    level = np.abs(TABLE[[0, 499, 7]]).max(axis=1, keepdims=True) / 127
    assert (np.abs(found - TABLE[[0, 499, 7]]) <= 0.51 * level).all()


def test_the_file_becomes_smaller(model_file: Path) -> None:
    before = model_file.stat().st_size

    shrink_tables(model_file, least_bytes=1000)

    assert model_file.stat().st_size < before / 2


def test_a_small_table_stays_as_it_is(model_file: Path) -> None:
    before = model_file.read_bytes()

    assert shrink_tables(model_file) == 0
    assert model_file.read_bytes() == before


def test_a_row_of_zeros_stays_zero() -> None:
    levels, scales = quantise_rows(np.zeros((1, 4), dtype=np.float32))

    assert ((levels.astype(np.float32) - 128) * scales == 0).all()
