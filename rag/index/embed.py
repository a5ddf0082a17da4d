"""Embed what no version and no earlier, broken-off build has embedded yet.

Goes in: passages in any order. Comes out: the vectors of each, by what was embedded. Everything embedded is logged at
once, so that a killed build loses at most one batch.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rag.documents.passages import embedded_text, embedding_key
from rag.encoders.protocol import Encoder
from rag.index.embedding_log import EmbeddingLog, LoggedAt, read_log, read_vectors
from rag.index.previous import Previous, Report
from rag.types import HalfArray, Passage

_PASSAGES_AT_ONCE = 64

LoadEncoder = Callable[[], Encoder]


@dataclass(frozen=True, slots=True)
class LogFile:
    """Where a build logs what it embeds; `recipe_id` names what vectors depend on besides the text."""

    path: Path
    recipe_id: str


class Vectors:
    """The vectors of passages and their sentences, by `embedding_key`.

    Attributes:
        export_sha256: Of the encoder's export that made the newest.
    """

    def __init__(self, previous: Previous | None) -> None:
        self.n_embedded = 0
        self.dimensions = previous.index_version.manifest.dimensions if previous else 0
        self.export_sha256 = previous.index_version.manifest.export_sha256 if previous else ""
        self._previous = previous
        self._places = {key: places for key, *places in previous.places()} if previous else {}
        self._logged: dict[bytes, LoggedAt] = {}
        self._log: BinaryIO | None = None

    def __contains__(self, key: bytes) -> bool:
        return key in self._logged or key in self._places

    def close(self) -> None:
        if self._log:
            self._log.close()

    def block(self, key: bytes) -> HalfArray:
        """Return a passage's vectors: float16, shape (1 + sentences, dimensions), its own first."""
        if key in self._logged:
            assert self._log, "what is logged is in a log"
            return read_vectors(self._log, self._logged[key])
        assert self._previous is not None, "a place is a place in the version before"
        return self._previous.vectors(*self._places[key])

    def add(self, key: bytes, place: LoggedAt) -> None:
        self.dimensions = place.dimensions
        self._logged[key] = place

    def read_from(self, log: Path) -> None:
        """Take from now on what was logged from this file: in memory, a large folder's would not fit."""
        self._log = log.open("rb")


def embed_passages(
    passages: Iterable[Passage],
    log: LogFile,
    previous: Previous | None,
    load_encoder: LoadEncoder,
    report: Report,
) -> Vectors:
    """Return vectors for all passages, embedding only those that are new.

    Args:
        log: Of this build or of one that was broken off; a log of another recipe is thrown away.
    """
    vectors = Vectors(previous)
    missing = {key: passage for passage in passages if (key := embedding_key(passage)) not in vectors}
    if not missing:
        return vectors
    n_whole_bytes = _take_from_log(log, missing, vectors)
    if missing:
        _embed_missing(missing, vectors, load_encoder, report, log=log, n_whole_bytes=n_whole_bytes)
    vectors.read_from(log.path)
    return vectors


def _embed_missing(
    missing: Mapping[bytes, Passage],
    vectors: Vectors,
    load_encoder: LoadEncoder,
    report: Report,
    *,
    log: LogFile,
    n_whole_bytes: int,
) -> None:
    encoder = load_encoder()
    vectors.export_sha256 = encoder.export_sha256
    # In batches of like length no thread waits long for another, and a model that is not exported pads little. Ties
    # keep their order, so that the result does not vary.
    ordered = sorted(missing.items(), key=lambda item: -len(item[1].text))
    with EmbeddingLog(log.path, log.recipe_id, n_whole_bytes) as records:
        for start in range(0, len(ordered), _PASSAGES_AT_ONCE):
            batch = ordered[start : start + _PASSAGES_AT_ONCE]
            for (key, _), block in zip(batch, _encode([p for _, p in batch], encoder), strict=True):
                vectors.add(key, records.append(key, block))
            records.flush()
            vectors.n_embedded += len(batch)
            report("Embedding passages", vectors.n_embedded, len(ordered))


def _encode(passages: Sequence[Passage], encoder: Encoder) -> list[HalfArray]:
    texts: list[str] = []
    for passage in passages:
        texts += [embedded_text(passage), *(passage.text_of(span) for span in passage.sentences)]
    # A passage of one sentence is that sentence.
    place_of = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    vectors = encoder.encode_texts(list(place_of)).astype(np.float16)[[place_of[text] for text in texts]]
    ends = np.cumsum([1 + len(passage.sentences) for passage in passages])
    return np.split(vectors, ends[:-1])


def _take_from_log(log: LogFile, missing: dict[bytes, Passage], vectors: Vectors) -> int:
    """Move what the log holds out of `missing`; return how many bytes of it are whole."""
    n_whole_bytes = 0
    for record in read_log(log.path, log.recipe_id):
        n_whole_bytes = record.end
        if missing.pop(record.key, None) is not None:
            vectors.add(record.key, record.place)
    return n_whole_bytes
