"""Assemble the HTTP server: `create_app()` returns the app that server.py serves."""

import asyncio
import importlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from rag import __version__
from rag.api.conversations import routes as conversations
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.engine_loader import EngineLoader
from rag.api.guards import HeadAsGet, HostGuard, PlainErrorsAsProblems
from rag.api.openai import routes as openai
from rag.api.problems import METHODS, install_problems
from rag.api.routes import ask, health, originals, search, site, uploads
from rag.api.services import DEFAULT_COLLECTION, Collection, Services
from rag.api.upkeep import Upkeep
from rag.assembly.closing import close_all
from rag.assembly.settings import CONVERSATIONS_FILE, Settings, read_settings

if TYPE_CHECKING:
    from rag.assembly.engine import Engine

API_TITLE = "Footnote"
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
# Pages on this machine may always embed the widget. Other sites must be in the settings, because
# they can also read the documents.
_LOOPBACK_ORIGIN = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"
_MAX_BODY_BYTES = 256 * 1024


def create_app(settings: Settings | None = None, *, watches: bool = False) -> FastAPI:
    """Return the ASGI app. It answers at once and loads the index and the models in the background.

    Args:
        watches: Index the folder whenever something in it changes.

    Raises:
        SettingsInvalid: From `read_settings`, if no settings are given.
    """
    chosen = settings or read_settings()
    services = Services(
        settings=chosen,
        collections={DEFAULT_COLLECTION: _make_collection(DEFAULT_COLLECTION, chosen, watches=watches)},
        started=int(time.time()),
    )
    app = FastAPI(
        title=API_TITLE,
        version=__version__,
        summary="Answers from your own documents, every sentence with the words it rests on.",
        lifespan=_run_services,
        # FastAPI's own documentation pages load scripts from other people's servers.
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    _add_middleware(app, chosen)
    install_problems(app)
    for module in (ask, openai, conversations, search, site, originals, health):
        app.include_router(module.router, max_body_size=_MAX_BODY_BYTES)
    app.include_router(conversations.list_router, max_body_size=_MAX_BODY_BYTES)
    app.include_router(uploads.router, max_body_size=chosen.max_file_bytes)
    return app


@asynccontextmanager
async def _run_services(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    for collection in services.collections.values():
        collection.loader.start()
        collection.upkeep.start()
        collection.keeper.start()
    yield
    for collection in services.collections.values():
        await close_all(
            ("indexing", collection.upkeep.close),
            ("the engine", collection.loader.close),
            ("the conversations", collection.keeper.close),
        )


def _make_collection(name: str, settings: Settings, *, watches: bool) -> Collection:
    return Collection(
        name=name,
        settings=settings,
        loader=EngineLoader(lambda: _open_engine(settings)),
        upkeep=Upkeep(settings, watches=watches),
        keeper=ConversationKeeper(
            settings.conversations_file or settings.index_folder / CONVERSATIONS_FILE, settings.conversation_days
        ),
    )


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware; a request passes the last one first."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_origin_regex=_LOOPBACK_ORIGIN,
        allow_methods=METHODS,
        allow_headers=["Content-Type", "Accept"],
    )
    app.add_middleware(PlainErrorsAsProblems)
    app.add_middleware(HeadAsGet)
    app.add_middleware(HostGuard, allowed_hosts=_allowed_hosts(settings))


def _allowed_hosts(settings: Settings) -> tuple[str, ...]:
    # The names of a server that other machines reach are not known here.
    if not settings.allowed_hosts and settings.host not in _LOOPBACK_HOSTS:
        return ("*",)
    return settings.allowed_hosts


async def _open_engine(settings: Settings) -> "Engine":
    # torch and faiss take seconds to import; the port answers meanwhile.
    assembly = await asyncio.to_thread(importlib.import_module, "rag.assembly.engine")
    engine: Engine = await assembly.open_engine(settings)
    return engine
