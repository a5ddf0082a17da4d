"""`rag mcp`: the tools over stdin and stdout, for an assistant that starts this program."""

import asyncio
import importlib
from typing import TYPE_CHECKING

from mcp.server.stdio import stdio_server

from rag.api.access.caller import NO_KEYS_NEEDED
from rag.api.engine_loader import EngineLoader
from rag.api.mcp.protocol import make_mcp_server
from rag.api.mcp.toolbox import Asked
from rag.assembly.settings import Settings

if TYPE_CHECKING:
    from rag.assembly.engine import Engine


async def serve_stdio(settings: Settings) -> None:
    """Answer until stdin ends; the index and the models load meanwhile.

    Links lead to the address where `rag serve` runs with the same settings.
    """

    async def open_engine() -> "Engine":
        assembly = await asyncio.to_thread(importlib.import_module, "rag.assembly.engine")
        engine: Engine = await assembly.open_engine(settings)
        return engine

    loader = EngineLoader(open_engine)
    loader.start()
    asked = Asked(loader, settings, NO_KEYS_NEEDED, f"http://{settings.host}:{settings.port}")
    server = make_mcp_server(settings.title, lambda _: asked)
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    finally:
        await loader.close()
