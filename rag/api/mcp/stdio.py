"""`rag mcp`: the tools over stdin and stdout, for an assistant that starts this program."""

import time

from mcp.server.stdio import stdio_server

from rag.api.access.caller import NO_KEYS_NEEDED
from rag.api.addresses import configured_address
from rag.api.citation_links.issuing import Links
from rag.api.citation_links.signing import LinkSigner
from rag.api.engine_loader import EngineLoader, open_engine
from rag.api.mcp.protocol import make_mcp_server
from rag.api.mcp.toolbox import Asked
from rag.assembly.settings import Settings


async def serve_stdio(settings: Settings, collection_path: str = "") -> None:
    """Answer until stdin ends; the index and the models load meanwhile.

    Links lead to the address where `rag serve` runs with the same settings.

    Args:
        collection_path: What the paths of the collection begin with there.
    """
    loader = EngineLoader(lambda: open_engine(settings))
    loader.start()
    links = Links(LinkSigner(settings.link_secret_path, time.time), NO_KEYS_NEEDED, public_documents=True)
    base_url = configured_address(settings) + collection_path
    asked = Asked(loader, settings, NO_KEYS_NEEDED, base_url, links)
    server = make_mcp_server(settings.title, lambda _: asked)
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    finally:
        await loader.close()
