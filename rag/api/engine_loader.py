"""Load the engine in the background while the server already answers, and keep it up to date."""

import asyncio
import contextlib
import gc
import importlib
import logging
import time
from collections.abc import Awaitable, Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from rag.api.telemetry.logs import log_event
from rag.assembly.settings import Settings
from rag.errors import NotReady, RagError

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.answering.answerer import Answerer
    from rag.assembly.engine import Engine

_logger = logging.getLogger(__name__)

OpenEngine = Callable[[], Awaitable["Engine"]]

_RETRY_SECONDS = 2.0
_MAX_WAIT_SECONDS = 60.0
_SECONDS_BETWEEN_INDEX_CHECKS = 1.0
_SECONDS_BETWEEN_LLM_CHECKS = 10.0
# A full collection stops all threads for some 100 ms. With Python's own thresholds there is one
# every 30 answers, because each leaves words in caches (docs/experiments.md).
_GARBAGE_THRESHOLDS = (700, 10, 100)


class EngineLoader:
    """Opens the engine once; after a failure, a later request tries again."""

    def __init__(self, open_engine: OpenEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._open_engine = open_engine
        self._clock = clock
        self._loading: asyncio.Task[Engine] | None = None
        self._following: list[asyncio.Task[None]] = []
        self._failed_at = 0.0
        self._last_error: RagError | None = None

    def start(self) -> None:
        """Start to load; return at once."""
        self._loading = asyncio.create_task(self._load())

    async def engine(self) -> "Engine":
        """Return the engine, waiting for a load in progress.

        Raises:
            RagError: Why there is none.
        """
        loading = self._current()
        done, _ = await asyncio.wait({loading}, timeout=_MAX_WAIT_SECONDS)
        if not done:
            raise NotReady("the models are still loading", next_step="ask again in a few seconds")
        return loading.result()

    async def answerer(self, groups: frozenset[str] | None, *, lists_documents: bool = True) -> "Answerer":
        """Return what answers from the documents that some groups may see; waits as `engine` does.

        Args:
            groups: None for all documents.
            lists_documents: Answer which documents there are.

        Raises:
            RagError: Why there is none.
        """
        return await (await self.engine()).answerer_for(groups, lists_documents=lists_documents)

    async def settle(self) -> None:
        """Wait until the engine is loaded or cannot be, at most a minute."""
        with contextlib.suppress(RagError):
            await self.engine()

    def engine_now(self) -> "Engine":
        """Return the engine without waiting.

        Raises:
            RagError: Why there is none.
        """
        loading = self._current()
        if not loading.done():
            # While a failed load is tried again, the last failure is the best answer.
            raise self._last_error or NotReady(
                "the index and the models are being loaded", next_step="ask again in a few seconds"
            )
        return loading.result()

    def loaded(self) -> "Engine | None":
        """Return the engine if it is there; never start to load it."""
        loading = self._loading
        is_there = loading is not None and loading.done() and not loading.cancelled() and loading.exception() is None
        return loading.result() if loading and is_there else None

    @property
    def failure(self) -> RagError | None:
        """Why questions cannot be answered, as far as it is known without loading anything."""
        engine = self.loaded()
        return self._last_error if engine is None else engine.problems.get("index")

    async def close(self) -> None:
        """Free the engine."""
        if self._loading is None:
            return
        if not self._loading.done():
            self._loading.cancel()
        for following in self._following:
            following.cancel()
        await asyncio.gather(self._loading, *self._following, return_exceptions=True)
        if engine := self.loaded():
            await engine.close()

    def _current(self) -> "asyncio.Task[Engine]":
        loading = self._loading
        has_failed = loading is not None and loading.done() and self.loaded() is None
        if loading is None or (has_failed and self._clock() - self._failed_at > _RETRY_SECONDS):
            loading = self._loading = asyncio.create_task(self._load())
        return loading

    async def _load(self) -> "Engine":
        try:
            engine = await self._open_engine()
        except RagError as error:
            self._failed_at = self._clock()
            if str(error) != str(self._last_error):
                _logger.error("not ready: %s", error)  # noqa: TRY400 -- the message explains the fault
            self._last_error = error
            raise
        except Exception:
            self._failed_at = self._clock()
            _logger.exception("not ready")
            raise NotReady("the engine cannot be loaded", next_step="the server's log says why") from None
        self._last_error = None
        log_event(_logger, "ready", index=engine.retriever.version, llm=engine.llm_name)
        self._following = [
            asyncio.create_task(_repeat(engine.follow_index, _SECONDS_BETWEEN_INDEX_CHECKS)),
            asyncio.create_task(_repeat(engine.follow_llm, _SECONDS_BETWEEN_LLM_CHECKS)),
        ]
        return engine


async def open_engine(settings: Settings) -> "Engine":
    """Open the engine off the event loop; torch and faiss take seconds to import."""
    assembly = await asyncio.to_thread(_import_assembly)
    engine: Engine = await assembly.open_engine(settings)
    return engine


@cache
def _import_assembly() -> ModuleType:
    """Import what opens engines, and leave all that the libraries keep out of later collections."""
    assembly = importlib.import_module("rag.assembly.engine")
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    return assembly


async def _repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            _logger.exception("a regular check failed")
        await asyncio.sleep(seconds)
