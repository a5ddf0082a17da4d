"""Build the parts that the settings ask for and put them together. The only place that does."""

import asyncio
import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.answering import Answerer, AnswerOptions, LanguageTools, Writer
from rag.artifacts import Manifest, Recipe, read_generation, read_manifest
from rag.errors import GenerationFailed, IndexStale, ModelCorrupt, ModelMissing, RagError
from rag.generation import ChatModel, Patience
from rag.indexing import EncodeTexts
from rag.local_llm import LocalServer
from rag.models import ENCODER, LLM, locate_encoder, locate_llm
from rag.prompting import Prompts, answer_messages
from rag.retrieval import Retriever
from rag.segmenting import split_sentences
from rag.settings import Settings
from rag.stemming import stem
from rag.tokenizing import count_tokens
from rag.types import Context

if TYPE_CHECKING:
    from rag.embedding import SentenceEncoder

_DEFAULT_DOCUMENTS_FOLDER = Path("seeds")
_WEIGHTS_FILE = "model.safetensors"
_LOCAL_ANSWER_TOKENS = 120
_REMOTE_ANSWER_TOKENS = 600
_OPENAI_MODEL = "gpt-4o-mini"
_LOCAL_CONTEXT_MARGIN = 0.5
_LOCAL_PATIENCE = Patience(first_token=20.0, between_tokens=10.0)
_REMOTE_PATIENCE = Patience(first_token=10.0, between_tokens=5.0)


@dataclass(frozen=True, slots=True)
class Engine:
    """What answers questions, ready to use; `close` frees it."""

    answerer: Answerer
    retriever: Retriever
    check_writer: Callable[[], Awaitable[str]]
    close: Callable[[], Awaitable[None]]


def documents_folder_of(settings: Settings) -> Path:
    """Return the folder to index where none is named: the setting, the folder indexed last, or else `seeds`."""
    if settings.documents_folder is not None:
        return settings.documents_folder
    manifest = read_manifest(settings.index_folder)
    return _shown(Path(manifest.folder)) if manifest else _DEFAULT_DOCUMENTS_FOLDER


def recipe_of(settings: Settings) -> Recipe:
    """Return what an index must have been made with to serve these settings.

    Raises:
        ModelMissing: The encoder's folder is not there.
    """
    is_built_in = settings.encoder == ENCODER.name
    return Recipe(
        encoder=settings.encoder,
        encoder_sha256=ENCODER.sha256 if is_built_in else _hash_weights(Path(settings.encoder)),
        max_tokens=settings.passage_tokens,
        min_tokens=min(settings.passage_min_tokens, settings.passage_tokens),
    )


def open_encoder(settings: Settings) -> "SentenceEncoder":
    """Load the sentence encoder, its weights checked by hash; takes seconds.

    Raises:
        ModelMissing, ModelCorrupt: It is not installed, or not the file it should be.
    """
    is_built_in = settings.encoder == ENCODER.name
    folder = locate_encoder(settings.models_folder) if is_built_in else _encoder_folder(settings.encoder)
    # torch takes seconds to import, and an index that is up to date or missing needs none.
    from rag.embedding import SentenceEncoder

    return SentenceEncoder(folder)


def open_encode_texts(settings: Settings) -> EncodeTexts:
    """Load the encoder for indexing."""
    return open_encoder(settings).encode_texts


def open_retriever(settings: Settings) -> Retriever:
    """Load the encoder and open the live index.

    Raises:
        IndexMissing, IndexCorrupt, IndexStale: The index cannot serve these settings.
        ModelMissing, ModelCorrupt: The encoder cannot.
    """
    generation = read_generation(settings.index_folder)
    _require_recipe(generation.manifest, recipe_of(settings), settings.index_folder)
    encoder = open_encoder(settings)
    return Retriever.open(generation, encoder.encode_query, encoder.dimensions)


async def open_engine(settings: Settings) -> Engine:
    """Open index, encoder and LLM without blocking the event loop, on which the engine is then used.

    An LLM that cannot be opened does not stop the rest: answers are then quoted from the documents and marked degraded.

    Raises:
        RagError: The index or the encoder cannot be used.
    """
    retriever = await asyncio.to_thread(open_retriever, settings)
    writer, server, problem = await asyncio.to_thread(_try_open_writer, settings)

    async def check_writer() -> str:
        if problem is not None:
            raise problem
        return await writer.model.check() if writer else "extractive"

    async def close() -> None:
        if writer:
            await writer.model.close()
        if server:
            server.close()

    if server and writer:
        await _warm_up(writer)
    answerer = make_answerer(settings, retriever, writer, degraded=str(problem) if problem else None)
    await asyncio.to_thread(answerer.warm_up)
    return Engine(answerer, retriever, check_writer, close)


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


def _try_open_writer(settings: Settings) -> tuple[Writer | None, LocalServer | None, RagError | None]:
    try:
        if settings.writes_with == "local":
            return _open_local_writer(settings)
        if settings.writes_with == "openai":
            return Writer(open_remote_model(settings), _read_prompts("remote", numbers_passages=True)), None, None
    except (ModelMissing, ModelCorrupt, GenerationFailed) as error:
        return None, None, error
    return None, None, None


def _open_local_writer(settings: Settings) -> tuple[Writer, LocalServer, None]:
    server = LocalServer(locate_llm(settings.models_folder), settings.threads or os.cpu_count() or 1)
    model = ChatModel(base_url=server.base_url, api_key=server.api_key, model=LLM.name, patience=_LOCAL_PATIENCE)
    return Writer(model, _read_prompts("local", numbers_passages=False)), server, None


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
            f"{index_folder} was built with passages of {found.min_tokens} to {found.max_tokens} tokens, settings ask "
            f"for {wanted.min_tokens} to {wanted.max_tokens}; run `rag index FOLDER`"
        )


def _shown(folder: Path) -> Path:
    """Return a path as a person in the working directory would write it."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _encoder_folder(name: str) -> Path:
    folder = Path(name)
    if not (folder / _WEIGHTS_FILE).is_file():
        raise ModelMissing(
            f"encoder {name!r} is neither {ENCODER.name!r} nor a folder with {_WEIGHTS_FILE}; set RAG_ENCODER"
        )
    return folder


def _hash_weights(folder: Path) -> str:
    with (_encoder_folder(str(folder)) / _WEIGHTS_FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
