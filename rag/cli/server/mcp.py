"""`rag mcp`: serve the documents to an assistant that starts this command."""

import typer


def mcp(ctx: typer.Context) -> None:
    """Serve the tools search, fetch, ask and list_documents over stdin and stdout (MCP)."""
    import asyncio

    from rag.api.addresses import configured_address
    from rag.api.mcp.stdio import serve_stdio
    from rag.api.middleware.collections import COLLECTIONS
    from rag.assembly.collection_settings import require_named_index
    from rag.assembly.settings import read_settings

    settings, name = read_settings(ctx.obj), ctx.obj["collection"]
    require_named_index(settings.collections, settings.options)
    if settings.port == 0:
        address = configured_address(settings)
        port = address.rpartition(":")[2]
        typer.echo(
            f"The setting port is 0, which gives links no address: they lead to {address}. For them, set the port of "
            f"the server, or run `rag serve --port {port}`.",
            err=True,
        )
    asyncio.run(serve_stdio(settings, f"{COLLECTIONS}{name}" if name else ""))
