"""Turn texts into unit vectors with sentence-transformers: what the serving encoder is exported from and compared with.

It takes seconds to load. It serves by itself only where a model cannot be exported (rag/exporting.py).
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# The weights are on disk, checked by hash: no hub is to be asked, and a bar for each load says nothing to a reader.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from sentence_transformers import SentenceTransformer

from rag.types import FloatArray

_BATCH_SIZE = 32


class ReferenceEncoder:
    """A sentence-transformers model in memory."""

    def __init__(self, folder: Path) -> None:
        # What "eager" computes is what a trace of it computes; the faster kinds of attention choose their way by shape.
        self.model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"attn_implementation": "eager"})

    @property
    def export_sha256(self) -> str:
        return ""

    @property
    def dimensions(self) -> int:
        dimensions = self.model.get_embedding_dimension()
        assert dimensions is not None, "the model has no pooling layer"
        return dimensions

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a text, which is read as a part of a document.

        Args:
            texts: Longer ones than the model reads are cut at its limit.

        Returns:
            float32, shape (len(texts), dimensions), rows of length 1.
        """
        # Batches of texts of like length waste no time on padding; the stable sort keeps the result deterministic.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(order), _BATCH_SIZE):
            rows = order[start : start + _BATCH_SIZE]
            vectors[rows] = self.model.encode_document(
                [texts[i] for i in rows], batch_size=_BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        vector: FloatArray = self.model.encode_query(query, normalize_embeddings=True, show_progress_bar=False)
        return vector
