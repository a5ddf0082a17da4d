"""Put together what answers questions, and keep it in step with the live index."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import OrderedDict
from functools import partial
from random import Random, SystemRandom

from rag.answering.answerer import Answerer
from rag.answering.decide import AnswerOptions
from rag.answering.notes import language_of_question
from rag.answering.prompts import PromptedLlm
from rag.assembly.choose_judge import open_chosen_judge
from rag.assembly.closing import close_all
from rag.assembly.open_index import OpenVersion, open_index, read_index, recipe_of
from rag.assembly.open_llm import OpenedLlm, open_llm, warm_up
from rag.assembly.settings import Settings
from rag.encoders.judge import open_judge
from rag.errors import RagError, SettingsInvalid
from rag.index.versions import live_version
from rag.retrieval.evidence_finder import EvidenceOptions
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import Judge, LanguageTools

_logger = logging.getLogger(__name__)

_LOCAL_ANSWER_TOKENS = 200
_REMOTE_ANSWER_TOKENS = 600
_BOUNDARY_BYTES = 3
# Each takes a byte a passage.
_MAX_RESTRICTED = 64


class Engine:
    """Answers questions from the live index, which may change meanwhile; `close` frees it."""

    def __init__(
        self,
        settings: Settings,
        open_version: OpenVersion,
        retriever: Retriever,
        opened: OpenedLlm,
        *,
        judge: Judge,
        boundaries: Random | None,
    ) -> None:
        self._settings = settings
        self._open_version = open_version
        self._opened = opened
        self._judge = judge
        self._boundaries = boundaries
        self._unusable_version: str | None = None
        self._replace_answerer(retriever)

    @property
    def retriever(self) -> Retriever:
        return self.answerer.retriever

    @property
    def llm_name(self) -> str | None:
        """The LLM's name, or `extractive`; None while it is not known."""
        if self._opened.problem:
            return None
        return self._opened.llm.model.known_name if self._opened.llm else "extractive"

    @property
    def is_llm_paused(self) -> bool:
        """Whether the LLM is not called for a while, because it failed too often."""
        return self._opened.llm is not None and self._opened.llm.model.is_paused

    @property
    def n_waiting_for_llm(self) -> int:
        """How many answers are in line before the LLM."""
        return self._opened.llm.model.places.n_waiting if self._opened.llm else 0

    @property
    def problems(self) -> dict[str, RagError]:
        """Why answers are degraded, by part: `index` or `llm`; makes no request."""
        llm = self._opened.problem or (self._opened.llm.model.problem if self._opened.llm else None)
        found = {"index": self.retriever.index_version.fault, "llm": llm}
        return {part: problem for part, problem in found.items() if problem}

    async def answerer_for(self, groups: frozenset[str] | None, *, lists_documents: bool = True) -> Answerer:
        """Return what answers from the documents that some groups may see.

        Args:
            groups: The documents of other groups do not exist for it; None for all documents.
            lists_documents: Answer which documents there are.
        """
        if groups is None and lists_documents:
            return self.answerer
        # A visitor's token may name groups without end; those without a document change nothing.
        groups = None if groups is None else groups & self.retriever.groups
        restricted, key = self._restricted, (groups, lists_documents)
        if key not in restricted:
            everything = self.retriever
            retriever = everything if groups is None else await asyncio.to_thread(everything.visible_to, groups)
            restricted[key] = self._make_answerer(retriever, lists_documents=lists_documents)
        restricted.move_to_end(key)
        answerer = restricted[key]
        while len(restricted) > _MAX_RESTRICTED:
            restricted.popitem(last=False)
        return answerer

    async def check_llm(self) -> str:
        """Ask the LLM's server for its models; return the LLM's name, or `extractive`.

        Raises:
            RagError: Why it cannot generate.
        """
        if self._opened.problem is not None:
            raise self._opened.problem
        if self._opened.llm is None:
            return "extractive"
        return await self._opened.llm.model.check()

    def require_llm(self) -> PromptedLlm:
        """Return the LLM.

        Raises:
            RagError: There is none, or it could not be opened.
        """
        if self._opened.problem is not None:
            raise self._opened.problem
        if self._opened.llm is None:
            raise SettingsInvalid(
                "no LLM is set (llm = extractive)", next_step="set RAG_LLM=local or an OpenAI-compatible server"
            )
        return self._opened.llm

    async def follow_index(self) -> None:
        """Switch to the live version if it is another one, or if the open one is damaged.

        Questions in flight keep theirs. A version that cannot be opened is logged once, and the old
        one stays.
        """
        version = await asyncio.to_thread(live_version, self._settings.index_folder)
        if version == self._unusable_version or (
            version == self.retriever.version and await asyncio.to_thread(self._is_unchanged)
        ):
            return
        try:
            index_version = await asyncio.to_thread(lambda: read_index(self._settings, recipe_of(self._settings)))
            # It may load another encoder.
            retriever = await asyncio.to_thread(self._open_version, index_version)
        except RagError as error:
            self._unusable_version = version
            _logger.error("the live index cannot be used, so the opened one stays: %s", error)  # noqa: TRY400 -- one line
            return
        # If the live version is damaged, the one before it may be in use already.
        self._unusable_version = version if retriever.version != version else None
        await asyncio.to_thread(self._make_answerer(retriever).warm_up)
        # The LLM may have become available meanwhile.
        self._replace_answerer(retriever)
        _logger.info("answering from a new index", extra={"fields": {"index": retriever.version}})

    def _is_unchanged(self) -> bool:
        try:
            self.retriever.index_version.require_unchanged()
        except RagError:
            return False
        return True

    async def follow_llm(self) -> None:
        """Open a missing LLM, or check that its server answers; the result is in `problems`."""
        if self._opened.problem is None:
            with contextlib.suppress(RagError):
                await self.check_llm()
            return
        self._opened = await asyncio.to_thread(open_llm, self._settings)
        if self._opened.problem is None:
            self._replace_answerer(self.retriever)
            _logger.info("the LLM is available now")

    async def close(self) -> None:
        await close_all(("the LLM", self._opened.close), ("the index", self.retriever.close))

    def _replace_answerer(self, retriever: Retriever) -> None:
        self.answerer = self._make_answerer(retriever)
        self._restricted: OrderedDict[tuple[frozenset[str] | None, bool], Answerer] = OrderedDict()

    def _make_answerer(self, retriever: Retriever, *, lists_documents: bool = True) -> Answerer:
        return make_answerer(
            self._settings,
            retriever,
            self._opened.llm,
            judge=self._judge,
            degraded=str(self._opened.problem) if self._opened.problem else None,
            boundaries=self._boundaries,
            lists_documents=lists_documents,
        )


async def open_engine(settings: Settings, boundaries: Random | None = None) -> Engine:
    """Open index, encoder and LLM without blocking the event loop.

    Without an LLM that the settings ask for, answers are quotes marked degraded.

    Args:
        boundaries: Source of the boundaries in prompts; None takes an unpredictable one.

    Raises:
        RagError: The index or the encoder cannot be used.
    """
    open_version, retriever = await asyncio.to_thread(open_index, settings)
    opened = await asyncio.to_thread(open_llm, settings)
    await warm_up(opened)
    judge = await asyncio.to_thread(open_chosen_judge, settings)
    engine = Engine(settings, open_version, retriever, opened, judge=judge, boundaries=boundaries)
    await asyncio.to_thread(engine.answerer.warm_up)
    return engine


def make_answerer(
    settings: Settings,
    retriever: Retriever,
    llm: PromptedLlm | None,
    *,
    judge: Judge | None = None,
    degraded: str | None = None,
    boundaries: Random | None = None,
    lists_documents: bool = True,
) -> Answerer:
    """Make an answerer; without an LLM it quotes the documents.

    Args:
        judge: Compares generated sentences with the context; None takes the built-in one.
        boundaries: Source of the boundaries in prompts; None takes an unpredictable one.
        lists_documents: Answer which documents there are.
    """
    chance = boundaries or SystemRandom()
    return Answerer(
        retriever,
        llm,
        LanguageTools(stem, split_sentences, count_tokens, partial(language_of_question, expected=settings.language)),
        _options(settings),
        clock=time.monotonic,
        make_id=lambda: uuid.uuid4().hex,
        make_boundary=lambda: chance.randbytes(_BOUNDARY_BYTES).hex(),
        judge=judge or open_judge(),
        degraded=degraded,
        lists_documents=lists_documents,
    )


def _options(settings: Settings) -> AnswerOptions:
    is_local = settings.answers_with == "local"
    return AnswerOptions(
        finding=EvidenceOptions(
            top_k=settings.top_k,
            max_context_tokens=settings.local_context_tokens if is_local else settings.remote_context_tokens,
        ),
        max_answer_tokens=_LOCAL_ANSWER_TOKENS if is_local else _REMOTE_ANSWER_TOKENS,
        min_near=settings.min_near,
        min_quote=settings.min_quote,
        min_possible=settings.min_possible,
        min_answered=settings.min_answered,
        is_strict=settings.strict,
        is_instant=settings.instant,
    )
