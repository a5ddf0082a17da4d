"""Find the models that the settings name: built in, in a folder, or downloaded from a model hub.

Every folder is checked. Only `fetch_model` makes requests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.assembly.settings import AUTO_ENCODER, Settings
from rag.errors import ModelCorrupt, ModelMissing
from rag.index.versions import read_manifest
from rag.model_files.builtin import ENCODER, ModelStatus, locate_encoder
from rag.model_files.download import Report
from rag.model_files.folders import check_encoder, check_judge, check_reranker, hash_folder
from rag.model_files.hub import fetch_snapshot, is_hub_name, locate_snapshot
from rag.model_files.multilingual import MULTILINGUAL, locate_multilingual

BUILT_IN_ENCODERS = {ENCODER.name: ENCODER.sha256, MULTILINGUAL.name: MULTILINGUAL.sha256}
"""The hash that an index is bound to, by name."""
_LICENCE = "see its page"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The folder of a model, and the hash of what decides its output."""

    folder: Path
    sha256: str


def encoder_name(settings: Settings) -> str:
    """Return the encoder in force: the setting, else that of the live index, else for English."""
    if settings.encoder != AUTO_ENCODER:
        return settings.encoder
    manifest = read_manifest(settings.index_folder)
    is_built_in = manifest is not None and manifest.recipe.encoder in BUILT_IN_ENCODERS
    return manifest.recipe.encoder if manifest and is_built_in else ENCODER.name


def find_encoder(settings: Settings) -> ModelSource:
    """Return the encoder, its weights verified.

    Raises:
        ModelMissing, ModelCorrupt: It is missing, damaged, not an encoder, or not safe to load.
    """
    name = encoder_name(settings)
    if name == ENCODER.name:
        return ModelSource(locate_encoder(settings.models_folder), ENCODER.sha256)
    if name == MULTILINGUAL.name:
        return ModelSource(locate_multilingual(settings.models_folder), MULTILINGUAL.sha256)
    if (folder := Path(name)).is_dir():
        check_encoder(folder)
        return ModelSource(folder, hash_folder(folder))
    if not is_hub_name(name):
        raise ModelMissing(
            f"encoder {name!r} is neither {ENCODER.name!r} nor {MULTILINGUAL.name!r}, nor a folder, nor a name at a "
            "model hub such as owner/name",
            next_step="set RAG_ENCODER",
        )
    snapshot = locate_snapshot(settings.models_folder, name)
    check_encoder(snapshot.folder)
    return ModelSource(snapshot.folder, snapshot.sha256)


def encoder_sha256(settings: Settings) -> str:
    """Return the hash that an index is bound to; a built-in encoder need not be here.

    Raises:
        ModelMissing, ModelCorrupt: As for `find_encoder`.
    """
    return BUILT_IN_ENCODERS.get(encoder_name(settings)) or find_encoder(settings).sha256


def find_reranker(settings: Settings) -> Path | None:
    """Return the folder of the cross-encoder; None if the settings name none.

    Raises:
        ModelMissing, ModelCorrupt: It is missing, damaged, another kind, or not safe to load.
    """
    return _find_cross_encoder(settings, "reranker", settings.reranker, check_reranker)


def find_judge(settings: Settings) -> ModelSource | None:
    """Return the judge, its weights verified; None if the settings name none.

    Raises:
        ModelMissing, ModelCorrupt: It is missing, damaged, another kind, or not safe to load.
    """
    folder = _find_cross_encoder(settings, "judge", settings.judge, check_judge)
    if folder is None or settings.judge is None:
        return None
    if Path(settings.judge).is_dir():
        return ModelSource(folder, hash_folder(folder))
    return ModelSource(folder, locate_snapshot(settings.models_folder, settings.judge).sha256)


def export_name(source: ModelSource) -> str:
    """Return the name of the folder for the export of a model that is not built in."""
    return f"{source.folder.resolve().name}-{source.sha256[:12]}.export"


def hub_names(settings: Settings) -> tuple[str, ...]:
    """Return the settings that are names of models at a hub."""
    named = (settings.encoder, settings.reranker, settings.judge)
    return tuple(name for name in named if name and is_hub_name(name) and not Path(name).is_dir())


def fetch_model(settings: Settings, name: str, endpoint: str | None, report: Report) -> ModelStatus:
    """Download a model of `hub_names`; return at once if it is here.

    Raises:
        DownloadFailed, ModelCorrupt: The download failed.
    """
    fetch_snapshot(settings.models_folder, name, endpoint, report)
    return describe_hub_model(settings, name)


def describe_hub_model(settings: Settings, name: str) -> ModelStatus:
    """Return what `rag models list` prints of a model of `hub_names`."""
    purposes = {
        settings.encoder: "turns sentences into vectors for search",
        settings.reranker: "puts what was found in order",
    }
    purpose = purposes.get(name, "checks what the documents say")
    try:
        found = locate_snapshot(settings.models_folder, name)
    except ModelMissing:
        return ModelStatus(name, purpose, _LICENCE, 0, None, "missing")
    except ModelCorrupt:
        return ModelStatus(name, purpose, _LICENCE, 0, None, "corrupt")
    return ModelStatus(name, purpose, _LICENCE, found.size_bytes, found.folder, "verified")


def _find_cross_encoder(
    settings: Settings, setting: str, place: str | None, check: Callable[[Path], None]
) -> Path | None:
    if place is None:
        return None
    folder = Path(place)
    if not folder.is_dir():
        if not is_hub_name(place):
            raise ModelMissing(
                f"{setting} {place!r} is neither a folder nor a name at a model hub such as owner/name",
                next_step=f"set RAG_{setting.upper()}",
            )
        folder = locate_snapshot(settings.models_folder, place).folder
    check(folder)
    return folder
