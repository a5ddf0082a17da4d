"""Estimate whether a text says a statement with an exported model, on ONNX Runtime alone."""

from pathlib import Path

import numpy as np

from rag.encoders.exported import INPUT_NAME, MODEL_FILE, TOKENIZER_FILE, TYPES_NAME
from rag.encoders.named_judge.pair_tokenizer import PairTokenizer
from rag.encoders.onnx import open_session
from rag.types import FloatArray

_N_THREADS = 2


class ExportedJudge:
    """An exported cross-encoder in memory."""

    def __init__(self, folder: Path) -> None:
        """Load the model and its tokenizer."""
        self._session = open_session(folder / MODEL_FILE, n_threads=_N_THREADS)
        self._tokenizer = PairTokenizer.load(folder / TOKENIZER_FILE)
        self._input_names = [one.name for one in self._session.get_inputs()]

    def estimate_shares(self, text: str, statement: str) -> FloatArray:
        """Return the probabilities that the model itself gives: float32, shape (1,) or (3,)."""
        encoding = self._tokenizer.encode(text, statement)
        values = {INPUT_NAME: encoding.ids, TYPES_NAME: encoding.type_ids}
        inputs = {name: np.array([values[name]], dtype=np.int64) for name in self._input_names}
        shares: FloatArray = self._session.run(None, inputs)[0]
        return shares
