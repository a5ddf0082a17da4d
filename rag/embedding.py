"""Turn texts into unit vectors with the exported encoder, on ONNX Runtime: no torch, a quarter of a second to load.

Each text is encoded alone. The quantised model takes the range of its numbers from what it is given at once, so in a
batch a text's vector would depend on its neighbours; alone it is always the same, and texts need no padding. A batch
would gain a tenth (docs/experiments.md). Several threads share the model, one text each.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rag.exports import INPUT_NAME, MODEL_FILE, TOKENIZER_FILE, Export
from rag.types import FloatArray


class OnnxEncoder:
    """An exported encoder in memory."""

    def __init__(self, folder: Path, export: Export, n_threads: int) -> None:
        """Load it.

        Args:
            folder: Holds the model and its tokenizer, which cuts texts at the model's limit.
            n_threads: How many texts are encoded at the same time.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(folder / MODEL_FILE, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._export = export
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="encode")

    @property
    def dimensions(self) -> int:
        return self._export.dimensions

    @property
    def export_sha256(self) -> str:
        return self._export.sha256

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a text, which is read as a part of a document.

        Args:
            texts: Longer ones than the model reads are cut at its limit.

        Returns:
            float32, shape (len(texts), dimensions), rows of length 1.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([self._export.passage_prefix + text for text in texts])
        for place, vector in enumerate(self._threads.map(self._encode, (found.ids for found in encodings))):
            vectors[place] = vector
        return vectors

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        return self._encode(self._tokenizer.encode(self._export.query_prefix + query).ids)

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are beyond the model's limit."""
        cut = self._tokenizer.encode(self._export.query_prefix + query).overflowing
        return sum(len(part.ids) - sum(part.special_tokens_mask) for part in cut)

    def _encode(self, token_ids: Sequence[int]) -> FloatArray:
        vector: FloatArray = self._session.run(None, {INPUT_NAME: np.array([token_ids], dtype=np.int64)})[0][0]
        return vector
