"""The version of the index that a build starts from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rag.documents.passages import embedding_key
from rag.documents.read_files import FileContent
from rag.errors import IndexCorrupt, IndexMissing, IndexStale
from rag.index.store import Store
from rag.index.vectors import map_vectors
from rag.index.versions import (
    PASSAGE_VECTORS_FILE,
    SENTENCE_VECTORS_FILE,
    STORE_FILE,
    IndexVersion,
    Recipe,
    read_version,
)
from rag.types import HalfArray


class Previous:
    """The version before this build, from which unchanged documents and vectors are reused."""

    def __init__(self, index_version: IndexVersion) -> None:
        self.index_version = index_version
        self.store = Store(index_version.folder / STORE_FILE)
        dimensions = index_version.manifest.dimensions
        self._passage_vectors = map_vectors(index_version.folder / PASSAGE_VECTORS_FILE, dimensions)
        self._sentence_vectors = map_vectors(index_version.folder / SENTENCE_VECTORS_FILE, dimensions)

    def content(self, document_id: str) -> FileContent:
        """Return a document of the version in the form of a file that was just read."""
        stored = self.store.document(document_id)
        assert stored is not None, "a plan names only documents that are there"
        found = self.store.passages_between(stored.first_row, stored.end_row)
        return FileContent(stored.document, stored.own, tuple(one.passage for one in found))

    def places(self) -> Iterator[tuple[bytes, int, int, int]]:
        """Yield the key of each passage, its row, and the rows of its sentences."""
        for found in self.store.passages_between(0, self.index_version.manifest.n_passages):
            first = found.first_sentence
            yield embedding_key(found.passage), found.row, first, first + len(found.passage.sentences)

    def vectors(self, row: int, first: int, end: int) -> HalfArray:
        return np.concatenate([self._passage_vectors[row : row + 1], self._sentence_vectors[first:end]])


def open_previous(index_path: Path, recipe: Recipe) -> Previous | None:
    try:
        index_version = read_version(index_path)
    except (IndexCorrupt, IndexMissing, IndexStale):
        return None
    return Previous(index_version) if index_version.manifest.recipe == recipe else None
