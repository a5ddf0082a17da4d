"""Build indexes fast: files are read in this process, and an encoder that hashes words stands for the real one."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rag.documents.child import read_request
from rag.documents.formats.shared.limits import Limits
from rag.documents.read_files import ParseLimits, Readings, TokenBudget, Unread, as_reading, make_request
from rag.documents.scan import FoundFile
from rag.errors import DocumentUnreadable
from rag.index.build import IndexOptions, IndexSummary, update_index
from rag.index.store import Store
from rag.index.versions import STORE_FILE, Recipe, read_version
from rag.retrieval.retriever import Retriever
from rag.types import Document, FloatArray

DIMENSIONS = 32
OPTIONS = IndexOptions(Recipe("words", "0" * 64, 1, 64, 8, 1), ParseLimits(3600, 10**9, Limits()), 10**7, 1)


def read_here(tasks: Sequence[tuple[FoundFile, str]], _: int, parse: ParseLimits, budget: TokenBudget) -> Readings:
    for file, sha256 in tasks:
        try:
            yield file, as_reading(read_request(make_request(file, sha256, parse, budget)))
        except DocumentUnreadable as error:
            yield file, Unread(str(error))


def encode(texts: Sequence[str]) -> FloatArray:
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            vectors[row, hashlib.sha256(word.strip(".,;:").encode()).digest()[0] % DIMENSIONS] += 1
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)


@dataclass
class Place:
    """A folder of documents with its index, and the encoder for it, which counts what was embedded."""

    docs: Path
    index: Path
    n_embedded: int = 0
    fails_after: int | None = None
    seen: list[str] = field(default_factory=list)
    options: IndexOptions = OPTIONS
    dimensions: int = DIMENSIONS
    export_sha256: str = ""

    def write(self, uri: str, text: str) -> Path:
        path = self.docs / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def build(self, *, seconds_later: float = 0.0, **more: bool) -> IndexSummary:
        """Build by a clock that is so far ahead."""
        return update_index(
            self.docs,
            self.index,
            self.options,
            lambda: self,
            read=read_here,
            clock_ns=lambda: time.time_ns() + int(seconds_later * 1e9),
            **more,
        )

    def retriever(self) -> Retriever:
        return Retriever(read_version(self.index), self.encode_query, DIMENSIONS)

    def documents(self) -> dict[str, Document]:
        store = Store(read_version(self.index).folder / STORE_FILE)
        stored = [store.document(entry.id) for entry in store.entries() if entry.reason is None]
        store.close()
        return {one.document.uri: one.document for one in stored if one}

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        if self.fails_after is not None and self.n_embedded >= self.fails_after:
            raise KeyboardInterrupt
        self.n_embedded += len(texts)
        self.seen.extend(texts)
        return encode(texts)

    def encode_query(self, query: str) -> FloatArray:
        return encode([query])[0]


def make_place(folder: Path) -> Place:
    (folder / "docs").mkdir(parents=True)
    return Place(folder / "docs", folder / "index")
