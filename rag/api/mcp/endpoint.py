"""POST /mcp: the tools over MCP's streamable HTTP.

There are no sessions: each request is complete in itself, so that any process can answer it. The
SDK is imported at the first request, because that takes about a second.
"""

import asyncio
import importlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.api.access.guard import client_address
from rag.api.access.rules import require_rules
from rag.api.addresses import server_address
from rag.api.citation_links.issuing import links_of
from rag.api.mcp.toolbox import Asked
from rag.api.middleware.json_routes import replay
from rag.api.problems import make_problem, respond, respond_to
from rag.api.services import collection_of, services_of
from rag.api.telemetry.request_ids import continue_request
from rag.errors import BodyInvalid
from rag.wire.json_bodies import parse_json

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MCP_PATH = "/mcp"
_JSON = "application/json"


class McpEndpoint:
    """Answers MCP requests once the SDK is loaded."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._stopping = asyncio.Event()
        self._loaded: asyncio.Future[ASGIApp] | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.state.is_from_foreign_origin:
            # A script of another site that has the address must not use the tools of this machine.
            problem = make_problem(
                403,
                "origin_not_allowed",
                "pages of that origin may not call the tools; the server's owner can add the origin to the setting "
                "allowed_origins",
            )
            await respond(request, problem)(scope, receive, send)
            return
        if not request.headers.get("content-type", "").lower().startswith(_JSON):
            problem = make_problem(
                415, "unsupported_media_type", f"an MCP message is JSON; send it with Content-Type: {_JSON}"
            )
            await respond(request, problem)(scope, receive, send)
            return
        try:
            body = await request.body()
            with suppress(ValueError):
                # The SDK says what is no JSON.
                parse_json(body)
        except ClientDisconnect:
            return
        except BodyInvalid as error:
            await respond_to(request, error)(scope, receive, send)
            return
        if self._loaded is None:
            self._loaded = asyncio.get_running_loop().create_future()
            self._serving = asyncio.create_task(self._serve(self._loaded))
        # A client that leaves must not cancel what others wait for.
        transport = await asyncio.shield(self._loaded)
        await transport(scope, replay(body, receive), send)

    async def close(self) -> None:
        """End the requests that still run."""
        self._stopping.set()
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)

    async def _serve(self, loaded: asyncio.Future[ASGIApp]) -> None:
        # The SDK's task group must be left by the task that entered it.
        try:
            manager = await asyncio.to_thread(_load, self._title)
            async with manager.run():
                loaded.set_result(manager.asgi_app)
                await self._stopping.wait()
        except Exception as error:
            if not loaded.done():
                loaded.set_exception(error)
                self._loaded = None
            raise


def mcp_route(endpoint: McpEndpoint, max_body_bytes: int) -> Route:
    route = Route(MCP_PATH, endpoint, methods=["POST"], max_body_size=max_body_bytes)
    require_rules([route])
    return route


def _load(title: str) -> "StreamableHTTPSessionManager":
    protocol = importlib.import_module("rag.api.mcp.protocol")
    transport = importlib.import_module("mcp.server.streamable_http_manager")
    # It would end replies as soon as the server is told to stop, before `drain_seconds`.
    importlib.import_module("sse_starlette.sse").AppStatus.disable_automatic_graceful_drain()
    manager: StreamableHTTPSessionManager = transport.StreamableHTTPSessionManager(
        # The host guard has checked the host, and the endpoint the origin.
        protocol.make_mcp_server(title, _asked_by),
        stateless=True,
    )
    return manager


def _asked_by(request: Request) -> Asked:
    collection = collection_of(request)
    # The SDK handles messages in tasks of its own.
    continue_request(request.state.request_id)
    links = links_of(request, collection)
    services = services_of(request)
    return Asked(
        collection.loader,
        collection.settings,
        links.caller,
        server_address(request),
        links,
        collection.feedback,
        services.metrics,
        services.admission,
        collection.shared,
        partial(services.rates.take, links.caller, client_address(request)),
    )
