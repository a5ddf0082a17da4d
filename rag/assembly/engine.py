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
from random import Random, SystemRandom
from typing import Literal

from rag.answering.answerer import Answerer
from rag.answering.decide import AnswerOptions
from rag.answering.naive import NaiveChatbot
from rag.answering.notes import language_of_question
from rag.answering.prompts import PromptedLlm, Prompts, answer_messages
from rag.assembly.model_sources import find_entailment
from rag.assembly.open_index import OpenVersion, open_index, read_index, recipe_of
from rag.assembly.settings import Settings
from rag.encoders.entailment import open_entailment
from rag.errors import GenerationFailed, ModelCorrupt, ModelMissing, RagError, SettingsInvalid
from rag.index.versions import live_version
from rag.llm.client import ChatModel, Patience
from rag.llm.local import CONTEXT_TOKENS, LocalServer
from rag.model_files.builtin import LLM, locate_llm
from rag.retrieval.evidence_finder import EvidenceOptions
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import Entail, LanguageTools
from rag.types import Context

_logger = logging.getLogger(__name__)

_LLM_RETRY_SECONDS = 10.0
_LOCAL_ANSWER_TOKENS = 200
_REMOTE_ANSWER_TOKENS = 600
_OPENAI_MODEL = "gpt-4o-mini"
# Its window less what it may write and the prompt around the passages.
_NAIVE_LOCAL_TOKENS = CONTEXT_TOKENS - 600
_BOUNDARY_BYTES = 3
# A local LLM reads first, and others may be served before.
_LOCAL_FIRST_TOKEN_SECONDS = 20.0
_REMOTE_FIRST_TOKEN_SECONDS = 10.0


class Engine:
    """Answers questions from the live index, which may change meanwhile; `close` frees it."""

    def __init__(
        self,
        settings: Settings,
        open_version: OpenVersion,
        retriever: Retriever,
        parts: "_OpenedLlm",
        *,
        entail: Entail | None,
        clock: Callable[[], float],
        marks: Random | None,
    ) -> None:
        self._settings = settings
        self._open_version = open_version
        self._parts = parts
        self._entail = entail
        self._clock = clock
        self._marks = marks
        self._tried_llm_at = clock()
        self._refused: str | None = None
        self.answerer = self._make_answerer(retriever)

    @property
    def retriever(self) -> Retriever:
        return self.answerer.retriever

    async def check_llm(self) -> str:
        """Return the LLM's name, or what stands for it.

        Raises:
            RagError: Why it cannot write.
        """
        if self._parts.problem is not None:
            raise self._parts.problem
        if self._parts.llm is None:
            return "extractive"
        self._parts.llm.model.require_asked()
        return await self._parts.llm.model.check()

    def require_llm(self) -> PromptedLlm:
        """Return the LLM.

        Raises:
            RagError: There is none, or it could not be opened.
        """
        if self._parts.problem is not None:
            raise self._parts.problem
        if self._parts.llm is None:
            raise SettingsInvalid(
                "no LLM is set (llm = extractive)", next_step="set RAG_LLM=local or an OpenAI-compatible server"
            )
        return self._parts.llm

    async def follow(self) -> None:
        """Switch to the live version, or to an LLM that was missing, where there is another; costs a look if not.

        Questions under way end with what they began with. What cannot be opened is logged, and the old one stays.
        """
        version = await asyncio.to_thread(live_version, self._settings.index_folder)
        if version not in {self.retriever.version, self._refused}:
            await self._follow_index(version)
        if self._parts.problem is not None and self._clock() - self._tried_llm_at > _LLM_RETRY_SECONDS:
            self._tried_llm_at = self._clock()
            parts = await asyncio.to_thread(_try_open_llm, self._settings)
            if parts.problem is None:
                self._parts = parts
                self.answerer = self._make_answerer(self.retriever)
                _logger.info("the LLM is there now")

    async def close(self) -> None:
        if self._parts.llm:
            await self._parts.llm.model.close()
        if self._parts.server:
            self._parts.server.close()

    async def _follow_index(self, version: str | None) -> None:
        try:
            index_version = await asyncio.to_thread(lambda: read_index(self._settings, recipe_of(self._settings)))
            retriever = self._open_version(index_version)
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
        degraded = str(problem) if problem else None
        llm = self._parts.llm
        return make_answerer(self._settings, retriever, llm, entail=self._entail, degraded=degraded, marks=self._marks)


@dataclass(frozen=True, slots=True)
class _OpenedLlm:
    """The LLM with the server that runs it, or why there is none."""

    llm: PromptedLlm | None = None
    server: LocalServer | None = None
    problem: RagError | None = None


async def open_engine(settings: Settings, marks: Random | None = None) -> Engine:
    """Open index, encoder and LLM without blocking the event loop, on which the engine is then used.

    An LLM that cannot be opened does not stop the rest: answers are then quoted from the documents and marked degraded.

    Args:
        marks: What the marks in prompts are drawn from; None takes what nobody can guess.

    Raises:
        RagError: The index or the encoder cannot be used.
    """
    open_version, retriever = await asyncio.to_thread(open_index, settings)
    parts = await asyncio.to_thread(_try_open_llm, settings)
    if parts.server and parts.llm:
        await _warm_up(parts.llm)
    entail = await asyncio.to_thread(_open_entailment, settings)
    engine = Engine(settings, open_version, retriever, parts, entail=entail, clock=time.monotonic, marks=marks)
    await asyncio.to_thread(engine.answerer.warm_up)
    return engine


def make_answerer(
    settings: Settings,
    retriever: Retriever,
    llm: PromptedLlm | None,
    *,
    entail: Entail | None = None,
    degraded: str | None = None,
    marks: Random | None = None,
) -> Answerer:
    """Put an answerer together; without an LLM it quotes the documents.

    Args:
        marks: What the marks in prompts are drawn from; None takes what nobody can guess.
    """
    chance = marks or SystemRandom()
    return Answerer(
        retriever,
        llm,
        LanguageTools(stem, split_sentences, count_tokens, language_of_question),
        _options(settings),
        clock=time.monotonic,
        make_id=lambda: uuid.uuid4().hex,
        make_boundary=lambda: chance.randbytes(_BOUNDARY_BYTES).hex(),
        entail=entail,
        degraded=degraded,
    )


def make_naive_chatbot(settings: Settings, engine: Engine) -> NaiveChatbot:
    """Put the chatbot together that ours is compared with.

    Raises:
        RagError: There is no LLM, or it cannot be used.
    """
    llm = engine.require_llm()
    budget = _NAIVE_LOCAL_TOKENS if settings.writes_with == "local" else settings.remote_context_tokens
    prompt = (prompts_folder() / "naive.txt").read_text(encoding="utf-8").strip()
    return NaiveChatbot(engine.answerer, llm.model, prompt, lambda text: count_tokens(text) <= budget)


def prompts_folder() -> Path:
    """Return the folder of prompt templates: beside the code in an installed package, at the root of a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "prompts"
    return packaged if packaged.is_dir() else package.parent / "prompts"


def _try_open_llm(settings: Settings) -> _OpenedLlm:
    try:
        if settings.writes_with == "local":
            return _open_local_llm(settings)
        if settings.writes_with == "openai":
            return _OpenedLlm(PromptedLlm(open_remote_model(settings), read_prompts("remote")))
    except (ModelMissing, ModelCorrupt, GenerationFailed) as error:
        return _OpenedLlm(problem=error)
    return _OpenedLlm()


def _open_entailment(settings: Settings) -> Entail | None:
    folder = find_entailment(settings)
    return open_entailment(folder, settings.device) if folder else None


def _open_local_llm(settings: Settings) -> _OpenedLlm:
    server = LocalServer(locate_llm(settings.models_folder), settings.threads or os.cpu_count() or 1)
    patience = _patience(settings, _LOCAL_FIRST_TOKEN_SECONDS)
    model = ChatModel(base_url=server.base_url, api_key=server.api_key, model=LLM.name, patience=patience)
    return _OpenedLlm(PromptedLlm(model, read_prompts("local")), server)


def open_remote_model(settings: Settings) -> ChatModel:
    """Return the client of the OpenAI-compatible server that the settings name; asks it nothing yet."""
    key = settings.openai_api_key
    # Servers of one's own want no key, but the client insists on one.
    api_key = key.get_secret_value() if key else "none"
    # OpenAI itself offers a hundred models, the first of them anything; a server of one's own offers what it runs.
    model = settings.llm_model or (None if settings.openai_base_url else _OPENAI_MODEL)
    patience = _patience(settings, _REMOTE_FIRST_TOKEN_SECONDS)
    return ChatModel(
        base_url=settings.openai_base_url,
        api_key=api_key,
        model=model,
        patience=patience,
        pause_seconds=settings.llm_pause_seconds,
    )


def _patience(settings: Settings, first_token_seconds: float) -> Patience:
    return Patience(
        connect=settings.llm_connect_seconds,
        first_token=settings.llm_first_token_seconds or first_token_seconds,
        between_tokens=settings.llm_between_tokens_seconds,
        total=settings.llm_total_seconds,
    )


def read_prompts(kind: Literal["local", "remote"]) -> Prompts:
    def read(name: str) -> str:
        return (prompts_folder() / f"{kind}_{name}.txt").read_text(encoding="utf-8").strip()

    is_local = kind == "local"
    return Prompts(
        system=read("system"),
        answer=read("answer"),
        rewrite=read("rewrite"),
        numbers_passages=not is_local,
        decline=read("decline") if is_local else None,
    )


def _options(settings: Settings) -> AnswerOptions:
    is_local = settings.writes_with == "local"
    return AnswerOptions(
        finding=EvidenceOptions(
            top_k=settings.top_k,
            max_context_tokens=settings.local_context_tokens if is_local else settings.remote_context_tokens,
        ),
        max_answer_tokens=_LOCAL_ANSWER_TOKENS if is_local else _REMOTE_ANSWER_TOKENS,
        min_near=settings.min_near,
        min_quote=settings.min_quote,
        min_answered=settings.min_answered,
        is_strict=settings.strict,
        is_instant=settings.instant,
    )


async def _warm_up(llm: PromptedLlm) -> None:
    """Let the local LLM read the prompt's fixed opening, which its server then keeps for every question."""
    # A machine too busy to do it in time reads the opening with the first question instead.
    with contextlib.suppress(GenerationFailed):
        await llm.model.complete(answer_messages(llm.prompts, Context((), (), 0), "Ready?", "0"), max_tokens=1)
