"""Embed the passages that neither the version before nor an interrupted build has embedded.

Vectors are found by `embedding_key`. Each batch is logged at once, so a killed build loses at most
one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from rag.documents.passages import embedded_text, embedding_key
from rag.encoders.protocol import Encoder
from rag.index.embedding_log import EmbeddingLog
from rag.index.previous import Previous
from rag.index.progress import ReportProgress
from rag.types import HalfArray, Passage

_PASSAGES_AT_ONCE = 64

LoadEncoder = Callable[[], Encoder]


class Vectors:
    """The vectors of passages and their sentences, by `embedding_key`.

    Attributes:
        export_sha256: Of the encoder's export that made the newest vectors.
    """

    def __init__(self, previous: Previous | None, log: EmbeddingLog) -> None:
        self.n_embedded = 0
        self.export_sha256 = previous.index_version.manifest.export_sha256 if previous else ""
        self._previous = previous
        self._places = {key: places for key, *places in previous.places()} if previous else {}
        self._log = log

    @property
    def dimensions(self) -> int:
        """Length of the vectors; 0 if there are none."""
        if self._log.keys:
            return int(self.block(next(iter(self._log.keys))).shape[1])
        return self._previous.index_version.manifest.dimensions if self._previous else 0

    def __contains__(self, key: bytes) -> bool:
        return key in self._log.keys or key in self._places

    def block(self, key: bytes) -> HalfArray:
        """Return a passage's vectors: float16, shape (1 + sentences, dimensions), its own first."""
        if key in self._log.keys:
            return self._log.block(key)
        assert self._previous is not None, "a key that is not in the log is in the version before"
        return self._previous.vectors(*self._places[key])


def embed_passages(
    passages: Iterable[Passage],
    log: EmbeddingLog,
    previous: Previous | None,
    load_encoder: LoadEncoder,
    report: ReportProgress,
) -> Vectors:
    """Return vectors for all passages; embed only those that are new.

    Args:
        log: Of this build, or of one that was interrupted.
    """
    vectors = Vectors(previous, log)
    missing = {key: passage for passage in passages if (key := embedding_key(passage)) not in vectors}
    if missing:
        _embed_missing(missing, vectors, log, load_encoder(), report)
    return vectors


def _embed_missing(
    missing: Mapping[bytes, Passage], vectors: Vectors, log: EmbeddingLog, encoder: Encoder, report: ReportProgress
) -> None:
    vectors.export_sha256 = encoder.export_sha256
    # In batches of similar length no thread waits long for another. Ties keep their order, so the
    # result is the same.
    keys = sorted(missing, key=lambda key: -len(missing[key].text))
    for start in range(0, len(keys), _PASSAGES_AT_ONCE):
        batch = keys[start : start + _PASSAGES_AT_ONCE]
        log.add(dict(zip(batch, _encode([missing[key] for key in batch], encoder), strict=True)))
        vectors.n_embedded += len(batch)
        report("Embedding passages", vectors.n_embedded, len(keys))


def _encode(passages: Sequence[Passage], encoder: Encoder) -> list[HalfArray]:
    texts: list[str] = []
    for passage in passages:
        texts += [embedded_text(passage), *(passage.text_of(span) for span in passage.sentences)]
    # A passage of one sentence is that sentence.
    place_of = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    vectors = encoder.encode_texts(list(place_of)).astype(np.float16)[[place_of[text] for text in texts]]
    ends = np.cumsum([1 + len(passage.sentences) for passage in passages])
    return np.split(vectors, ends[:-1])
