"""Put the HTTP surface together: `create_app()` is what server.py serves."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from rag import __version__
from rag.api.conversations import routes as conversation_routes
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.engine_loader import EngineLoader
from rag.api.guards import BodyLimit, HeadAsGet, HostGuard
from rag.api.openai import routes as chat_completions
from rag.api.problems import install_problems
from rag.api.routes import ask as asking
from rag.api.routes import health, originals, site
from rag.api.routes import search as reading
from rag.api.routes import uploads as managing
from rag.api.upkeep import Upkeep
from rag.assembly.settings import CONVERSATIONS_FILE, Settings, read_settings

if TYPE_CHECKING:
    from rag.assembly.engine import Engine

# A page on this machine may always embed the widget; any other site must be named in the settings, for what it may ask
# it may also read.
_MEGABYTE = 1_000_000
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
_LOOPBACK_ORIGIN = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"
API_TITLE = "Footnote"


def create_app(settings: Settings | None = None, *, watches: bool = False) -> FastAPI:
    """Return the ASGI app. It answers at once and loads index and models in the background.

    Args:
        watches: Index the folder whenever something in it changes.

    Raises:
        SettingsInvalid: From `read_settings`, when no settings are given.
    """
    chosen = settings or read_settings()
    loader = EngineLoader(lambda: _open_engine(chosen))
    upkeep = Upkeep(chosen, watches=watches)
    conversations_file = chosen.conversations_file or chosen.index_folder / CONVERSATIONS_FILE
    keeper = ConversationKeeper(conversations_file, chosen.conversation_days)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        upkeep.start()
        keeper.start()
        yield
        await upkeep.close()
        await loader.close()
        await keeper.close()

    app = FastAPI(
        title=API_TITLE,
        version=__version__,
        summary="Answers from your own documents, every sentence with the words it rests on.",
        lifespan=lifespan,
        # FastAPI's own documentation pages load scripts from other people's servers.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit, max_upload_bytes=chosen.max_file_mb * _MEGABYTE, upload_key=chosen.admin_key)
    app.add_middleware(HeadAsGet)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=chosen.allowed_origins,
        allow_origin_regex=_LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Content-Type", "Accept"],
    )
    app.add_middleware(HostGuard, allowed_hosts=_allowed_hosts(chosen))
    install_problems(app)
    app.include_router(asking.make_router(loader, keeper, chosen.max_question_characters))
    app.include_router(chat_completions.make_router(loader, chosen.max_question_characters))
    app.include_router(conversation_routes.make_router(keeper, chosen.admin_key))
    app.include_router(reading.make_router(loader, chosen.max_question_characters, upkeep.waiting))
    app.include_router(managing.make_router(loader, upkeep, chosen.admin_key, chosen.max_file_mb * _MEGABYTE))
    app.include_router(site.make_router(loader, chosen.title))
    app.include_router(originals.make_router(loader))
    app.include_router(health.make_router(loader))
    return app


def _allowed_hosts(settings: Settings) -> tuple[str, ...]:
    # Whoever serves other machines is reached by names that nobody here can know.
    if not settings.allowed_hosts and settings.host not in _LOOPBACK_HOSTS:
        return ("*",)
    return settings.allowed_hosts


async def _open_engine(settings: Settings) -> "Engine":
    # torch and faiss take seconds to import; the port answers meanwhile.
    assembly = await asyncio.to_thread(importlib.import_module, "rag.assembly.engine")
    engine: Engine = await assembly.open_engine(settings)
    return engine
