"""Assemble the HTTP server: `create_app()` returns the app that server.py serves."""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI, Security
from fastapi.security import HTTPBearer
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from rag import __version__
from rag.answering.shared_answers import SharedAnswers
from rag.api.access.attempts import WrongKeys
from rag.api.access.cors import SiteCors
from rag.api.access.guard import AccessGuard
from rag.api.access.key_ring import KeyRing
from rag.api.access.keys import KeyStore
from rag.api.access.rules import require_rules
from rag.api.access.sessions import Sessions
from rag.api.citation_links.signing import LinkSigner
from rag.api.conversations import routes as conversations
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.description.errors import DescribedApp
from rag.api.engine_loader import EngineLoader, open_engine
from rag.api.feedback import routes as feedback
from rag.api.feedback.keeper import FeedbackKeeper, KeptFor
from rag.api.feedback.recording import sha_in
from rag.api.guards import FaultsAsProblems, HeadAsGet, HostGuard, PlainErrorsAsProblems
from rag.api.limits.admission import Admission
from rag.api.limits.rates import Rates
from rag.api.mcp.endpoint import McpEndpoint, mcp_route
from rag.api.middleware.collections import COLLECTIONS, CollectionPaths
from rag.api.middleware.headers import ResponseHeaders
from rag.api.middleware.root_path import RootPath
from rag.api.openai import routes as openai
from rag.api.owner import routes as owner
from rag.api.owner import sign_in
from rag.api.problems import install_problems
from rag.api.routes import ask, collections, health, operation, originals, search, site, uploads, widget_setup
from rag.api.routes.operation import expose_metrics, states_of
from rag.api.services import Collection, Services
from rag.api.storage.retention_clock import RetentionClock
from rag.api.telemetry.access_log import AccessLog
from rag.api.telemetry.local_metrics import LocalMetrics
from rag.api.telemetry.request_ids import IdentifiedRequests
from rag.api.telemetry.tracing import TracedRequests, our_tracer, send_last_spans
from rag.api.upkeep import Upkeep
from rag.assembly.closing import close_all
from rag.assembly.settings import Settings, read_settings
from rag.retrieval.links import PDF

API_TITLE = "Footnote"
ONLY_COLLECTION = "default"
# Shorter replies fit into one packet anyway.
_MIN_GZIP_BYTES = 1000
_NOT_TEXT = (*DEFAULT_EXCLUDED_CONTENT_TYPES, PDF)
_MAX_BODY_BYTES = 256 * 1024
_N_CORES = os.cpu_count() or 1
# Most of a start is Python, and threads that take turns with each other starve the event loop.
_N_STARTING = max(1, _N_CORES // 2)
# For work that waits: disks, models that load.
_N_SPARE_THREADS = 2
_KEY = HTTPBearer(
    scheme_name="key", description="A key of `rag keys create`, or the setting `admin_key`.", auto_error=False
)


def create_app(settings: Settings | None = None, *, watches: bool = False, loads_first: bool = False) -> FastAPI:
    """Return the ASGI app. It answers at once and loads the index and the models in the background.

    Args:
        watches: Index the folder whenever something in it changes.
        loads_first: Take no request before they are loaded, or cannot be. Other processes on the
            same socket answer meanwhile.

    Raises:
        SettingsInvalid: From `read_settings`, if no settings are given.
    """
    chosen = settings or read_settings()
    admin_key = chosen.admin_key.get_secret_value() if chosen.admin_key else None
    key_ring = KeyRing(KeyStore(chosen.keys_path, time.time), admin_key)
    wrong_keys = WrongKeys(time.monotonic)
    link_signer = LinkSigner(chosen.link_secret_path, time.time)
    services = Services(
        collections=_make_collections(chosen, watches=watches),
        started=int(time.time()),
        sessions=Sessions(key_ring, wrong_keys, partial(link_signer.derive, "owner session"), time.time),
        admission=_make_admission(chosen),
        rates=Rates(
            per_key=chosen.key_questions_per_minute,
            per_address=chosen.address_questions_per_minute,
            clock=time.monotonic,
        ),
        link_signer=link_signer,
    )
    app = DescribedApp(
        title=API_TITLE,
        version=__version__,
        summary="Answers from your own documents, every sentence with the words it rests on.",
        lifespan=_run_services,
        # FastAPI's own documentation pages load scripts from other people's servers.
        docs_url=None,
        # Its spans and logs hold query strings and exceptions, and so what readers ask.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        redoc_url=None,
    )
    app.state.services = services
    app.state.loads_first = loads_first
    app.state.mcp = McpEndpoint(chosen.title)
    services.metrics.watch(lambda: states_of(services), lambda: services.admission.n_waiting)
    _add_middleware(app, chosen, services, key_ring, wrong_keys)
    install_problems(app)
    for module in (ask, widget_setup, conversations, feedback, search, collections, site, originals, operation):
        _include(app, module.router)
    _include(app, openai.router)
    _include(app, uploads.router, chosen.max_file_bytes)
    for module in (health, owner, sign_in):
        require_rules(module.router.routes)
        app.include_router(module.router, max_body_size=_MAX_BODY_BYTES)
    app.router.routes.append(mcp_route(app.state.mcp, _MAX_BODY_BYTES))
    return app


@asynccontextmanager
async def _run_services(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_N_CORES + _N_SPARE_THREADS))
    for number, collection in enumerate(services.collections.values()):
        if number == 0:
            # The others load with their first request, so memory grows by what is used.
            collection.loader.start()
        collection.upkeep.start()
        collection.keeper.start()
        collection.feedback.start()
    if app.state.loads_first:
        await next(iter(services.collections.values())).loader.settle()
    yield
    await close_all(("the MCP server", app.state.mcp.close), ("the traces", send_last_spans))
    for collection in services.collections.values():
        await close_all(
            ("indexing", collection.upkeep.close),
            ("the engine", collection.loader.close),
            ("the conversations", collection.keeper.close),
            ("the feedback", collection.feedback.close),
        )


def _make_admission(settings: Settings) -> Admission:
    return Admission(max_answers=settings.max_answers, n_starting=_N_STARTING, max_waiting=settings.max_waiting)


def _make_collections(settings: Settings, *, watches: bool) -> dict[str, Collection]:
    """Return those that the settings name, or else the one index."""
    named = {
        name: _make_collection(name, f"{COLLECTIONS}{name}", settings.of_collection(name), watches=watches)
        for name in settings.collections
    }
    return named or {ONLY_COLLECTION: _make_collection(ONLY_COLLECTION, "", settings, watches=watches)}


def _make_collection(name: str, path: str, settings: Settings, *, watches: bool) -> Collection:
    loader = EngineLoader(lambda: open_engine(settings))
    kept_for = KeptFor(settings.answer_days, settings.question_days, settings.keep_questions)
    retention_clock = RetentionClock(settings.retention_clock_path, time.time)
    return Collection(
        name=name,
        path=path,
        settings=settings,
        loader=loader,
        upkeep=Upkeep(settings, watches=watches),
        keeper=ConversationKeeper(
            settings.conversations_path, settings.conversation_days, retention_clock=retention_clock
        ),
        feedback=FeedbackKeeper(settings.answers_path, kept_for, sha_in(loader), retention_clock=retention_clock),
        shared=_make_shared(settings),
    )


def _make_shared(settings: Settings) -> SharedAnswers | None:
    if not settings.cached_answers:
        return None
    return SharedAnswers(
        settings.cached_answers,
        settings.cached_answer_seconds,
        clock=time.monotonic,
        make_id=lambda: uuid.uuid4().hex,
    )


def _add_middleware(
    app: FastAPI, settings: Settings, services: Services, key_ring: KeyRing, wrong_keys: WrongKeys
) -> None:
    """Add the middleware; a request passes the last one first."""
    app.add_middleware(
        AccessGuard,
        key_ring=key_ring,
        wrong_keys=wrong_keys,
        rates=services.rates,
        sessions=services.sessions,
        link_signer=services.link_signer,
        is_insecure=settings.insecure,
        public_documents=settings.public_documents,
    )
    app.add_middleware(SiteCors, key_ring=key_ring, allowed_origins=settings.allowed_origins)
    app.add_middleware(PlainErrorsAsProblems)
    app.add_middleware(HeadAsGet)
    if settings.local_metrics:
        app.add_middleware(LocalMetrics, expose=lambda request: expose_metrics(request, services))
    app.add_middleware(HostGuard, allowed_hosts=_allowed_hosts(settings))
    app.add_middleware(FaultsAsProblems)
    app.add_middleware(GZipMiddleware, minimum_size=_MIN_GZIP_BYTES, exclude_content_types=_NOT_TEXT)
    app.add_middleware(ResponseHeaders)
    app.add_middleware(AccessLog, metrics=services.metrics)
    app.add_middleware(TracedRequests, tracer=our_tracer())
    app.add_middleware(IdentifiedRequests, trusted_proxies=settings.trusted_proxies)
    app.add_middleware(CollectionPaths, paths=[f"{COLLECTIONS}{name}" for name in settings.collections])
    app.add_middleware(RootPath, root_path=settings.root_path)


def _include(app: FastAPI, router: APIRouter, max_body_bytes: int = _MAX_BODY_BYTES) -> None:
    """Add routes that need a key, also in the OpenAPI description."""
    require_rules(router.routes)
    app.include_router(router, max_body_size=max_body_bytes, dependencies=[Security(_KEY)])


def _allowed_hosts(settings: Settings) -> tuple[str, ...]:
    # The names of a server that other machines reach are not known here.
    if not settings.allowed_hosts and not settings.is_local:
        return ("*",)
    return settings.allowed_hosts
