"""Open the encoder, the reranker and the live index that the settings ask for.

No LLM is imported here, because its libraries take longer to import than a search takes.
"""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rag.assembly.collection_settings import require_named_index
from rag.assembly.model_sources import (
    BUILT_IN_ENCODERS,
    encoder_name,
    encoder_sha256,
    export_name,
    find_encoder,
    find_reranker,
)
from rag.assembly.settings import Settings
from rag.documents.formats.ocr import is_installed
from rag.documents.formats.shared.limits import Limits
from rag.documents.read_files import ParseLimits
from rag.encoders.exported import EXPORT_VERSION
from rag.encoders.open_encoder import open_on_device, open_serving_encoder, prepare_export
from rag.encoders.protocol import Encoder
from rag.encoders.reranker import CrossEncoderReranker, open_reranker
from rag.errors import IndexStale, repeating_options
from rag.index.build import READER_VERSION, IndexOptions
from rag.index.versions import IndexVersion, Manifest, Recipe, read_manifest, read_version
from rag.retrieval.choosing import Rerank
from rag.retrieval.retriever import Retriever, SearchOptions
from rag.sharing import Shared

_logger = logging.getLogger(__name__)

_MEGABYTE = 1_000_000

OpenVersion = Callable[[IndexVersion], Retriever]

_encoders: Shared[Encoder] = Shared()
_rerankers: Shared[CrossEncoderReranker] = Shared()


def recipe_of(settings: Settings) -> Recipe:
    """Return the recipe that an index must have to serve these settings.

    Raises:
        ModelMissing, ModelCorrupt: The encoder cannot be used.
    """
    return Recipe(
        encoder=encoder_name(settings),
        encoder_sha256=encoder_sha256(settings),
        export=EXPORT_VERSION,
        max_tokens=settings.passage_tokens,
        min_tokens=min(settings.passage_min_tokens, settings.passage_tokens),
        reader=READER_VERSION,
    )


def _log_preparing() -> None:
    _logger.info("preparing the encoder for this machine; this happens once and takes ten seconds to two minutes")


def open_encoder(settings: Settings, report_start: Callable[[], None] = _log_preparing) -> Encoder:
    """Load the verified encoder; the first time it is exported, which takes seconds to minutes.

    Args:
        report_start: Called before the export, which only the CPU needs.

    Raises:
        ModelMissing, ModelCorrupt: The encoder cannot be used.
        SettingsInvalid: The machine has no such device.
    """
    source, target = _encoder_places(settings)
    n_threads = settings.threads or os.cpu_count() or 1

    def load() -> Encoder:
        if settings.device != "cpu":
            return open_on_device(source, settings.device)
        return open_serving_encoder(source, target, n_threads, report_start)

    return _encoders.get((source, target, settings.device, n_threads), load)


def prepare_encoder(settings: Settings, report_start: Callable[[], None]) -> None:
    """Export the encoder if the settings need an export and there is none.

    Raises:
        ModelMissing, ModelCorrupt: The encoder cannot be used.
    """
    source, target = _encoder_places(settings)
    if settings.device == "cpu":
        prepare_export(source, target, report_start)


def index_options(settings: Settings) -> IndexOptions:
    """Return the options of a build under these settings."""
    limits = Limits(max_pages=settings.max_pages, ocr_seconds=settings.ocr_seconds if is_installed() else 0)
    return IndexOptions(
        recipe=recipe_of(settings),
        parse=ParseLimits(settings.parse_seconds, settings.parse_memory_mb * _MEGABYTE, limits),
        max_file_bytes=settings.max_file_bytes,
        n_children=settings.threads or os.cpu_count() or 1,
    )


def open_retriever(settings: Settings) -> Retriever:
    """Load the encoder and open the live index.

    Raises:
        As `open_index`.
    """
    return open_index(settings)[1]


def open_index(settings: Settings) -> tuple[OpenVersion, Retriever]:
    """Load the models; return a function that opens versions, and the live version, opened.

    Raises:
        SettingsInvalid: The settings have collections, and the command names none.
        IndexMissing, IndexCorrupt, IndexStale: The index cannot serve these settings.
        ModelMissing, ModelCorrupt: The models cannot.
    """
    require_named_index(settings.collections, settings.options)
    with repeating_options(settings.options):
        return _open_index(settings)


def _open_index(settings: Settings) -> tuple[OpenVersion, Retriever]:
    recipe = recipe_of(settings)
    manifest = read_manifest(settings.index_folder)
    if manifest is None or manifest.recipe != recipe:
        # Fail before a model is loaded or exported.
        read_index(settings, recipe)
    # One hashes files, the other loads a model; in parallel they take half the time.
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read_index, settings, recipe)
        encoder, rerank = open_encoder(settings), _open_rerank(settings)
        index_version = reading.result()
    opener = _VersionOpener(settings, recipe.encoder, encoder, rerank)
    return opener.open, opener.open(index_version)


class _VersionOpener:
    """Opens versions; loads another encoder for a version that was rebuilt with another one."""

    def __init__(self, settings: Settings, name: str, encoder: Encoder, rerank: Rerank | None) -> None:
        self._settings = settings
        self._name = name
        self._encoder = encoder
        self._rerank = rerank
        self._options = SearchOptions(max_per_document=settings.max_per_document, n_reranked=settings.rerank_candidates)

    def open(self, found: IndexVersion) -> Retriever:
        name = found.manifest.recipe.encoder
        if name != self._name:
            self._encoder = open_encoder(self._settings.model_copy(update={"encoder": name}))
            self._name = name
        return Retriever(
            *(found, self._encoder.encode_query, self._encoder.dimensions, self._options),
            rerank=self._rerank,
            count_unread=self._encoder.count_unread,
        )


def _open_rerank(settings: Settings) -> Rerank | None:
    folder = find_reranker(settings)
    if folder is None:
        return None
    seconds = settings.rerank_ms / 1000
    return _rerankers.get(
        (folder, settings.device, seconds), lambda: open_reranker(folder, settings.device, seconds, time.monotonic)
    ).score


def read_index(settings: Settings, recipe: Recipe) -> IndexVersion:
    """Return the live version, verified; it must have a given recipe.

    Raises:
        IndexMissing, IndexCorrupt, IndexStale: It cannot serve.
    """
    with repeating_options(settings.options):
        index_version = read_version(settings.index_folder, settings.options)
        _require_recipe(index_version.manifest, recipe, settings.index_folder)
    if index_version.fault:
        _logger.error("answering from the previous index: %s", index_version.fault)
    return index_version


def _require_recipe(manifest: Manifest, wanted: Recipe, index_folder: Path) -> None:
    found = manifest.recipe
    if (found.encoder, found.encoder_sha256) != (wanted.encoder, wanted.encoder_sha256):
        raise IndexStale(
            f"{index_folder} was built with encoder {found.encoder!r} ({found.encoder_sha256[:12]}), settings ask for "
            f"{wanted.encoder!r} ({wanted.encoder_sha256[:12]})",
            next_step="run `rag index FOLDER`",
        )
    sizes, wanted_sizes = (f"{one.min_tokens} to {one.max_tokens}" for one in (found, wanted))
    if sizes != wanted_sizes:
        raise IndexStale(
            f"{index_folder} was built with passages of {sizes} tokens, settings ask for {wanted_sizes}",
            next_step="run `rag index FOLDER`",
        )
    if found != wanted:
        raise IndexStale(
            f"{index_folder} was built by another version of Footnote",
            next_step="run `rag index FOLDER`",
        )


def _encoder_places(settings: Settings) -> tuple[Path, Path]:
    """Return the folder of the verified model and that of its export."""
    source, name = find_encoder(settings), encoder_name(settings)
    target = f"{name}.export" if name in BUILT_IN_ENCODERS else export_name(source)
    return source.folder, settings.models_folder / target
