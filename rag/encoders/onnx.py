"""Turn texts into unit vectors with the exported encoder, on ONNX Runtime.

It needs no torch and loads in a quarter of a second. Each text is encoded alone, because in a batch
the quantised model takes the range of its numbers from all texts, so a vector would depend on its
neighbours. A batch would gain a tenth (docs/experiments.md).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rag.encoders.exported import INPUT_NAME, MODEL_FILE, TOKENIZER_FILE, Export
from rag.types import FloatArray

# With two threads that do not spin a query takes 3.1 ms, with one 4.6: .67 of the time. Eight
# queries at once take 1.05 of it (docs/experiments.md).
_QUERY_THREADS = 2
_MAX_KEPT_QUERIES = 64


class OnnxEncoder:
    """An exported encoder in memory."""

    def __init__(self, folder: Path, export: Export, n_threads: int) -> None:
        """Load it.

        Args:
            folder: Has the model and its tokenizer, which cuts texts at the model's limit.
            n_threads: Texts that are encoded at the same time, one a thread.
        """
        self._model_file = folder / MODEL_FILE
        self._n_threads = n_threads
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._export = export
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="encode")
        # The stages of an answer ask for the same query's vector.
        self._kept_query = lru_cache(maxsize=_MAX_KEPT_QUERIES)(self._encode_query)

    @property
    def dimensions(self) -> int:
        return self._export.dimensions

    @property
    def export_sha256(self) -> str:
        return self._export.sha256

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector for each text, read as a part of a document.

        Args:
            texts: Cut at the model's limit.

        Returns:
            float32, shape (len(texts), dimensions), rows of length 1.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([self._export.passage_prefix + text for text in texts])
        encode = partial(self._encode, self._session_for_texts)
        for place, vector in enumerate(self._threads.map(encode, (found.ids for found in encodings))):
            vectors[place] = vector
        return vectors

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector, read-only: float32, shape (dimensions,)."""
        return self._kept_query(query)

    def _encode_query(self, query: str) -> FloatArray:
        vector = self._encode(self._session_for_queries, self._tokenizer.encode(self._export.query_prefix + query).ids)
        vector.flags.writeable = False
        return vector

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are beyond the model's limit."""
        cut = self._tokenizer.encode(self._export.query_prefix + query).overflowing
        return sum(len(part.ids) - sum(part.special_tokens_mask) for part in cut)

    @cached_property
    def _session_for_texts(self) -> onnxruntime.InferenceSession:
        return open_session(self._model_file, n_threads=1)

    @cached_property
    def _session_for_queries(self) -> onnxruntime.InferenceSession:
        return open_session(self._model_file, n_threads=min(_QUERY_THREADS, self._n_threads))

    @staticmethod
    def _encode(session: onnxruntime.InferenceSession, token_ids: Sequence[int]) -> FloatArray:
        vector: FloatArray = session.run(None, {INPUT_NAME: np.array([token_ids], dtype=np.int64)})[0][0]
        return vector


def open_session(file: Path, *, n_threads: int) -> onnxruntime.InferenceSession:
    """Open a model file for the given number of threads a run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = n_threads, 1
    options.log_severity_level = 3
    # Threads that spin while they wait take processor time from other queries.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
