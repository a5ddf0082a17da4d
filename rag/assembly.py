"""Build the parts that the settings ask for and put them together. The only place that does."""

import asyncio
import contextlib
import logging
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.answering import Answerer, AnswerOptions, LanguageTools, Writer
from rag.artifacts import Generation, Manifest, Recipe, live_version, read_generation
from rag.encoders import open_on_device, open_serving_encoder, prepare_export
from rag.encoding import Encoder
from rag.errors import GenerationFailed, IndexStale, ModelCorrupt, ModelMissing, RagError
from rag.exports import EXPORT_VERSION
from rag.formats.limits import Limits
from rag.generation import ChatModel, Patience
from rag.indexing import READER_VERSION, IndexOptions
from rag.local_llm import LocalServer
from rag.model_sources import encoder_sha256, find_encoder, find_reranker
from rag.models import ENCODER, LLM, locate_llm
from rag.parsing import ParseLimits
from rag.prompting import Prompts, answer_messages
from rag.reranking import open_reranker
from rag.retrieval import Rerank, Retriever, SearchOptions
from rag.segmenting import split_sentences
from rag.settings import Settings
from rag.stemming import stem
from rag.tokenizing import count_tokens
from rag.types import Context

_logger = logging.getLogger(__name__)

_MEGABYTE = 1_000_000
_WRITER_RETRY_SECONDS = 10.0
_LOCAL_ANSWER_TOKENS = 120
_REMOTE_ANSWER_TOKENS = 600
_OPENAI_MODEL = "gpt-4o-mini"
_LOCAL_CONTEXT_MARGIN = 0.5
_LOCAL_PATIENCE = Patience(first_token=20.0, between_tokens=10.0)
_REMOTE_PATIENCE = Patience(first_token=10.0, between_tokens=5.0)

_OpenGeneration = Callable[[Generation], Retriever]


class Engine:
    """Answers questions from the live index, which may change meanwhile; `close` frees it."""

    def __init__(
        self,
        settings: Settings,
        open_generation: _OpenGeneration,
        retriever: Retriever,
        parts: "_WriterParts",
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._open_generation = open_generation
        self._parts = parts
        self._clock = clock
        self._tried_writer_at = clock()
        self._refused: str | None = None
        self.answerer = self._make_answerer(retriever)

    @property
    def retriever(self) -> Retriever:
        return self.answerer.retriever

    async def check_writer(self) -> str:
        """Return the LLM's name, or what stands for it.

        Raises:
            RagError: Why it cannot write.
        """
        if self._parts.problem is not None:
            raise self._parts.problem
        return await self._parts.writer.model.check() if self._parts.writer else "extractive"

    async def follow(self) -> None:
        """Switch to the live generation, or to an LLM that was missing, where there is another; costs a look if not.

        Questions under way end with what they began with. What cannot be opened is logged, and the old one stays.
        """
        version = await asyncio.to_thread(live_version, self._settings.index_folder)
        if version not in {self.retriever.version, self._refused}:
            await self._follow_index(version)
        if self._parts.problem is not None and self._clock() - self._tried_writer_at > _WRITER_RETRY_SECONDS:
            self._tried_writer_at = self._clock()
            parts = await asyncio.to_thread(_try_open_writer, self._settings)
            if parts.problem is None:
                self._parts = parts
                self.answerer = self._make_answerer(self.retriever)
                _logger.info("the LLM is there now")

    async def close(self) -> None:
        if self._parts.writer:
            await self._parts.writer.model.close()
        if self._parts.server:
            self._parts.server.close()

    async def _follow_index(self, version: str | None) -> None:
        try:
            generation = await asyncio.to_thread(_read_index, self._settings)
            retriever = self._open_generation(generation)
        except RagError as error:
            self._refused = version
            _logger.error("still answering from the index as it was: %s", error)  # noqa: TRY400 -- the line says it
            return
        # Where the live one is damaged, the one before it may be what serves already.
        self._refused = version if retriever.version != version else None
        answerer = self._make_answerer(retriever)
        await asyncio.to_thread(answerer.warm_up)
        self.answerer = answerer
        _logger.info("answering from index %s", retriever.version)

    def _make_answerer(self, retriever: Retriever) -> Answerer:
        problem = self._parts.problem
        return make_answerer(self._settings, retriever, self._parts.writer, str(problem) if problem else None)


@dataclass(frozen=True, slots=True)
class _WriterParts:
    """The LLM with the server that runs it, or why there is none."""

    writer: Writer | None = None
    server: LocalServer | None = None
    problem: RagError | None = None


def recipe_of(settings: Settings) -> Recipe:
    """Return what an index must have been made with to serve these settings.

    Raises:
        ModelMissing, ModelCorrupt: The encoder is not there, or none that can be used.
    """
    return Recipe(
        encoder=settings.encoder,
        encoder_sha256=encoder_sha256(settings),
        export=EXPORT_VERSION,
        max_tokens=settings.passage_tokens,
        min_tokens=min(settings.passage_min_tokens, settings.passage_tokens),
        reader=READER_VERSION,
    )


def _log_preparing() -> None:
    _logger.info("preparing the encoder for this machine; this is done once and takes some ten seconds")


def open_encoder(settings: Settings, report_start: Callable[[], None] = _log_preparing) -> Encoder:
    """Load the sentence encoder, its weights checked by hash; the first time it is prepared, which takes ten seconds.

    Args:
        report_start: Called before it is prepared, which is for the processor alone.

    Raises:
        ModelMissing, ModelCorrupt: It is not there, or none that can be used.
        SettingsInvalid: The device is not there.
    """
    source, target = _encoder_places(settings)
    if settings.device != "cpu":
        return open_on_device(source, settings.device)
    return open_serving_encoder(source, target, settings.threads or os.cpu_count() or 1, report_start)


def prepare_encoder(settings: Settings, report_start: Callable[[], None]) -> None:
    """Make the encoder's export where there is none and one is wanted.

    Raises:
        ModelMissing, ModelCorrupt: It is not there, or none that can be used.
    """
    source, target = _encoder_places(settings)
    if settings.device == "cpu":
        prepare_export(source, target, report_start)


def index_options(settings: Settings) -> IndexOptions:
    """Return how a folder is indexed under these settings."""
    limits = Limits(max_pages=settings.max_pages)
    return IndexOptions(
        recipe=recipe_of(settings),
        parse=ParseLimits(settings.parse_seconds, settings.parse_memory_mb * _MEGABYTE, limits),
        max_file_bytes=settings.max_file_mb * _MEGABYTE,
        n_children=settings.threads or os.cpu_count() or 1,
    )


def open_retriever(settings: Settings) -> Retriever:
    """Load the encoder and open the live index.

    Raises:
        IndexMissing, IndexCorrupt, IndexStale: The index cannot serve these settings.
        ModelMissing, ModelCorrupt: The encoder cannot.
    """
    return _open_index(settings)[1]


def _open_index(settings: Settings) -> tuple[_OpenGeneration, Retriever]:
    """Return what opens generations with the models of the settings, and the live one, opened."""
    # Before the models, which take seconds to load.
    generation = _read_index(settings)
    encoder, rerank = open_encoder(settings), _open_rerank(settings)
    options = SearchOptions(max_per_document=settings.max_per_document, n_reranked=settings.rerank_candidates)

    def open_generation(found: Generation) -> Retriever:
        return Retriever(
            *(found, encoder.encode_query, encoder.dimensions, options),
            rerank=rerank,
            count_unread=encoder.count_unread,
        )

    return open_generation, open_generation(generation)


def _open_rerank(settings: Settings) -> Rerank | None:
    folder = find_reranker(settings)
    if folder is None:
        return None
    return open_reranker(folder, settings.device, settings.rerank_ms / 1000, time.monotonic).score


def _read_index(settings: Settings) -> Generation:
    generation = read_generation(settings.index_folder)
    _require_recipe(generation.manifest, recipe_of(settings), settings.index_folder)
    if generation.fault:
        _logger.error("answering from the index before the last: %s", generation.fault)
    return generation


async def open_engine(settings: Settings) -> Engine:
    """Open index, encoder and LLM without blocking the event loop, on which the engine is then used.

    An LLM that cannot be opened does not stop the rest: answers are then quoted from the documents and marked degraded.

    Raises:
        RagError: The index or the encoder cannot be used.
    """
    open_generation, retriever = await asyncio.to_thread(_open_index, settings)
    parts = await asyncio.to_thread(_try_open_writer, settings)
    if parts.server and parts.writer:
        await _warm_up(parts.writer)
    engine = Engine(settings, open_generation, retriever, parts, time.monotonic)
    await asyncio.to_thread(engine.answerer.warm_up)
    return engine


def make_answerer(
    settings: Settings, retriever: Retriever, writer: Writer | None, degraded: str | None = None
) -> Answerer:
    """Put an answerer together; without a writer it quotes the documents."""
    return Answerer(
        retriever,
        writer,
        LanguageTools(stem, split_sentences, count_tokens),
        _options(settings),
        clock=time.monotonic,
        make_id=lambda: uuid.uuid4().hex,
        degraded=degraded,
    )


def prompts_folder() -> Path:
    """Return the folder of prompt templates: beside the code in an installed package, at the root of a checkout."""
    packaged = Path(__file__).parent / "prompts"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "prompts"


def _try_open_writer(settings: Settings) -> _WriterParts:
    try:
        if settings.writes_with == "local":
            return _open_local_writer(settings)
        if settings.writes_with == "openai":
            return _WriterParts(Writer(open_remote_model(settings), _read_prompts("remote", numbers_passages=True)))
    except (ModelMissing, ModelCorrupt, GenerationFailed) as error:
        return _WriterParts(problem=error)
    return _WriterParts()


def _open_local_writer(settings: Settings) -> _WriterParts:
    server = LocalServer(locate_llm(settings.models_folder), settings.threads or os.cpu_count() or 1)
    model = ChatModel(base_url=server.base_url, api_key=server.api_key, model=LLM.name, patience=_LOCAL_PATIENCE)
    return _WriterParts(Writer(model, _read_prompts("local", numbers_passages=False)), server)


def open_remote_model(settings: Settings) -> ChatModel:
    """Return the client of the OpenAI-compatible server that the settings name; asks it nothing yet."""
    key = settings.openai_api_key
    # Servers of one's own want no key, but the client insists on one.
    api_key = key.get_secret_value() if key else "none"
    # OpenAI itself offers a hundred models, the first of them anything; a server of one's own offers what it runs.
    model = settings.llm_model or (None if settings.openai_base_url else _OPENAI_MODEL)
    return ChatModel(base_url=settings.openai_base_url, api_key=api_key, model=model, patience=_REMOTE_PATIENCE)


def _read_prompts(kind: str, *, numbers_passages: bool) -> Prompts:
    folder = prompts_folder()
    system, answer, rewrite = (
        (folder / f"{kind}_{name}.txt").read_text(encoding="utf-8").strip() for name in ("system", "answer", "rewrite")
    )
    return Prompts(system, answer, rewrite, numbers_passages)


def _options(settings: Settings) -> AnswerOptions:
    is_local = settings.writes_with == "local"
    return AnswerOptions(
        top_k=settings.top_k,
        max_context_tokens=settings.local_context_tokens if is_local else settings.remote_context_tokens,
        context_margin=_LOCAL_CONTEXT_MARGIN if is_local else 0.0,
        max_answer_tokens=_LOCAL_ANSWER_TOKENS if is_local else _REMOTE_ANSWER_TOKENS,
        min_hit_confidence=settings.min_hit_confidence,
        min_confidence=settings.min_confidence,
        min_quote_confidence=settings.min_quote_confidence,
        is_strict=settings.strict,
    )


async def _warm_up(writer: Writer) -> None:
    """Let the local LLM read the prompt's fixed opening, which its server then keeps for every question."""
    # A machine too busy to do it in time reads the opening with the first question instead.
    with contextlib.suppress(GenerationFailed):
        await writer.model.complete(answer_messages(writer.prompts, Context((), 0), "Ready?"), max_tokens=1)


def _require_recipe(manifest: Manifest, wanted: Recipe, index_folder: Path) -> None:
    found = manifest.recipe
    if (found.encoder, found.encoder_sha256) != (wanted.encoder, wanted.encoder_sha256):
        raise IndexStale(
            f"{index_folder} was built with encoder {found.encoder!r} ({found.encoder_sha256[:12]}), settings ask for "
            f"{wanted.encoder!r} ({wanted.encoder_sha256[:12]}); run `rag index FOLDER`"
        )
    if found != wanted:
        raise IndexStale(
            f"{index_folder} was built by another version or with passages of {found.min_tokens} to {found.max_tokens} "
            f"tokens, settings ask for {wanted.min_tokens} to {wanted.max_tokens}; run `rag index FOLDER`"
        )


def _encoder_places(settings: Settings) -> tuple[Path, Path]:
    """Return the folder of the model, checked, and that of its export."""
    source = find_encoder(settings)
    is_built_in = settings.encoder == ENCODER.name
    name = ENCODER.name if is_built_in else f"{source.folder.resolve().name}-{source.sha256[:12]}"
    return source.folder, settings.models_folder / f"{name}.export"
