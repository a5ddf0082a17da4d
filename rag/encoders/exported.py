"""The folder of an exported encoder: what is in it, and whether it is whole. Loads no model."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.files import hash_file

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
INPUT_NAME = "input_ids"
# Raise it whenever exports change: an index made with another version is rebuilt.
EXPORT_VERSION = 2
_EXPORT_FILE = "export.json"


@dataclass(frozen=True, slots=True)
class Export:
    """The description of an exported encoder, kept beside it.

    Attributes:
        version: Of the code that exported it.
        kind: Number format of the weights; None if the model cannot be exported.
        sha256: Of the model file; empty if there is none.
        cosine: Mean over the probe texts, to the vectors of sentence-transformers.
        problem: Why the model cannot be exported.
    """

    version: int
    kind: str | None
    sha256: str
    dimensions: int
    query_prefix: str
    passage_prefix: str
    cosine: float
    problem: str = ""

    def write(self, folder: Path) -> None:
        (folder / _EXPORT_FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read_export(folder: Path) -> Export | None:
    """Return the export in a folder; None if it is missing, damaged or of another version."""
    try:
        export = Export(**json.loads((folder / _EXPORT_FILE).read_text(encoding="utf-8")))
        is_whole = export.kind is None or hash_file(folder / MODEL_FILE) == export.sha256
    except (OSError, ValueError, TypeError):
        return None
    return export if is_whole and export.version == EXPORT_VERSION else None
