"""The folder of an exported model: what is in it, and whether it is whole. Loads no model."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from rag.errors import ModelMissing
from rag.files import hash_file, hold_lock

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
INPUT_NAME = "input_ids"
TYPES_NAME = "token_type_ids"
# Raise it whenever exports of encoders change: an index made with another version is rebuilt.
EXPORT_VERSION = 2
# Raise it whenever exports of judges change.
JUDGE_EXPORT_VERSION = 1
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
        _write(self, folder)


@dataclass(frozen=True, slots=True)
class JudgeExport:
    """The description of an exported judge, kept beside it.

    Attributes:
        version, kind, sha256, problem: As those of `Export`.
        mean_difference: Of its probabilities, over the probe pairs, from those of the model itself.
        largest_difference: The same at worst.
    """

    version: int
    kind: str | None
    sha256: str
    mean_difference: float
    largest_difference: float
    problem: str = ""

    def write(self, folder: Path) -> None:
        _write(self, folder)


AnyExport = TypeVar("AnyExport", Export, JudgeExport)


def read_export(folder: Path) -> Export | None:
    """Return the encoder in a folder; None if it is missing, damaged or of another version."""
    return _read(folder, Export, EXPORT_VERSION)


def read_judge_export(folder: Path) -> JudgeExport | None:
    """Return the judge in a folder; None if it is missing, damaged or of another version."""
    return _read(folder, JudgeExport, JUDGE_EXPORT_VERSION)


def export_once(
    noun: str,
    target: Path,
    read: Callable[[Path], AnyExport | None],
    export: Callable[[Path], AnyExport],
    report_start: Callable[[], None],
) -> AnyExport:
    """Return the description of the export in `target`.

    The export is made if it is missing, damaged or of another version.

    Args:
        noun: What is exported, for the error.
        read: Returns the description of an export that is whole.
        export: Makes the export.
        report_start: Called before an export.

    Raises:
        ModelMissing: The export cannot be written.
        ModelCorrupt: The model cannot be loaded.
    """
    found = read(target)
    if found is not None:
        return found
    report_start()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with hold_lock(target.with_name(f"{target.name}.lock"), lambda _holder: None):
            # Another process may have made it meanwhile.
            return read(target) or export(target)
    except OSError as error:
        raise ModelMissing(
            f"the {noun} could not be prepared in {target}: {error.strerror or error}",
            next_step="set RAG_MODELS_FOLDER to a folder that you can write to, then run `rag models pull`",
        ) from error


def _write(export: Export | JudgeExport, folder: Path) -> None:
    (folder / _EXPORT_FILE).write_text(json.dumps(asdict(export), indent=1), encoding="utf-8")


def _read(folder: Path, described_as: type[AnyExport], version: int) -> AnyExport | None:
    try:
        export = described_as(**json.loads((folder / _EXPORT_FILE).read_text(encoding="utf-8")))
        is_whole = export.kind is None or hash_file(folder / MODEL_FILE) == export.sha256
    except (OSError, ValueError, TypeError):
        return None
    return export if is_whole and export.version == version else None
