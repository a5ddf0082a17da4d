"""What an encoder is, whichever library runs it."""

from collections.abc import Sequence
from typing import Protocol

from rag.types import FloatArray


class Encoder(Protocol):
    """Turns texts into unit vectors; parts of documents and queries may be read each in their own way."""

    @property
    def dimensions(self) -> int:
        """The length of the vectors."""
        ...

    @property
    def export_sha256(self) -> str:
        """Of the exported model file; empty where sentence-transformers itself serves."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a text: float32, shape (len(texts), dimensions)."""
        ...

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        ...

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are beyond the model's limit."""
        ...
