"""Turn texts into unit vectors with sentence-transformers."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The weights are on disk, checked by hash: no hub is to be asked, and a bar for each load says nothing to a reader.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from sentence_transformers import SentenceTransformer

FloatArray = NDArray[np.float32]

_BATCH_SIZE = 32


class SentenceEncoder:
    """A sentence-transformers model in memory."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    @property
    def dimensions(self) -> int:
        dimensions = self._model.get_embedding_dimension()
        assert dimensions is not None, "the model has no pooling layer"
        return dimensions

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a text.

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
            vectors[rows] = self._model.encode(
                [texts[i] for i in rows],
                batch_size=_BATCH_SIZE,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        vector: FloatArray = self.encode_texts([query])[0]
        return vector
