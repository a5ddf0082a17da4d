"""What lies in the folder of an exported encoder, and whether it is whole. Loads nothing."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.files import hash_file

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
INPUT_NAME = "input_ids"
# Raised whenever exports come out otherwise; an index made with another one is made anew.
EXPORT_VERSION = 2
_EXPORT_FILE = "export.json"


@dataclass(frozen=True, slots=True)
class Export:
    """What is known of an exported encoder; kept beside it.

    Attributes:
        version: Of the code that exported it.
        kind: How its numbers are kept, or None where the model cannot be exported and serves as it is.
        sha256: Of the model file; empty where there is none.
        cosine: The mean to the vectors of sentence-transformers over the probe texts.
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
    """Return what a folder holds; None where that is nothing, damaged, or was written by another version."""
    try:
        export = Export(**json.loads((folder / _EXPORT_FILE).read_text(encoding="utf-8")))
        is_whole = export.kind is None or hash_file(folder / MODEL_FILE) == export.sha256
    except (OSError, ValueError, TypeError):
        return None
    return export if is_whole and export.version == EXPORT_VERSION else None
