"""Turn texts into unit vectors with sentence-transformers.

It takes seconds to load. Exports are made from it and compared with it. It serves on devices other
than the CPU, and if a model cannot be exported.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Before sentence_transformers, which reads the variables that it sets.
from rag.encoders.torch_loading import load_model  # isort: split

from sentence_transformers import SentenceTransformer

from rag.errors import ModelCorrupt
from rag.types import FloatArray

_BATCH_SIZE = 32


class ReferenceEncoder:
    """A sentence-transformers model in memory."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load it.

        Raises:
            ModelCorrupt: It cannot be loaded, or its vectors are not finite.
        """
        # A trace of "eager" attention computes the same; the faster kinds choose their code by
        # shape.
        self.model = load_model(SentenceTransformer, folder, device, attn_implementation="eager")
        # Tokenizers are not thread-safe: each call sets how the next texts are cut.
        self._lock = threading.Lock()
        if not np.isfinite(self.encode_query("Ready?")).all():
            raise ModelCorrupt(
                f"{folder} gives vectors that are not finite numbers: its weights are damaged",
                next_step="fetch it again",
            )

    @property
    def export_sha256(self) -> str:
        return ""

    @property
    def dimensions(self) -> int:
        dimensions = self.model.get_embedding_dimension()
        assert dimensions is not None, "the model has no pooling layer"
        return dimensions

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector for each text, read as a part of a document.

        Args:
            texts: Cut at the model's limit.

        Returns:
            float32, shape (len(texts), dimensions), rows of length 1.
        """
        # Texts of similar length need little padding; the stable sort keeps the result
        # deterministic.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(order), _BATCH_SIZE):
            rows = order[start : start + _BATCH_SIZE]
            with self._lock:
                vectors[rows] = self.model.encode_document(
                    [texts[i] for i in rows], batch_size=_BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
                )
        return vectors

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are beyond the model's limit."""
        prefix = self.model.prompts.get("query") or ""
        n_tokens = len(self.model.tokenizer(prefix + query, truncation=False)["input_ids"])
        return max(0, n_tokens - (self.model.max_seq_length or n_tokens))

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        with self._lock:
            vector: FloatArray = self.model.encode_query(query, normalize_embeddings=True, show_progress_bar=False)
        return vector
