"""The interface of an encoder, whichever library runs it."""

from collections.abc import Sequence
from typing import Protocol

from rag.types import FloatArray


class Encoder(Protocol):
    """Turns texts into unit vectors; a query may be read in another way than parts of documents."""

    @property
    def dimensions(self) -> int:
        """The length of the vectors."""
        ...

    @property
    def export_sha256(self) -> str:
        """Hash of the exported model file; empty if sentence-transformers serves the model."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector for each text: float32, shape (len(texts), dimensions)."""
        ...

    def encode_query(self, query: str) -> FloatArray:
        """Return the query's unit vector: float32, shape (dimensions,)."""
        ...

    def count_unread(self, query: str) -> int:
        """Return how many tokens at the end of a query are beyond the model's limit."""
        ...
