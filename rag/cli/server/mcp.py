"""`rag mcp`: serve the documents to an assistant that starts this command."""

import typer


def mcp(ctx: typer.Context) -> None:
    """Serve the tools search, fetch, ask and list_documents over stdin and stdout (MCP)."""
    import asyncio

    from rag.api.mcp.stdio import serve_stdio
    from rag.assembly.settings import read_settings

    asyncio.run(serve_stdio(read_settings(ctx.obj)))
