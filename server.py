"""The ASGI app: `uvicorn server:app`, or `rag serve`, which also checks the port."""

from rag.api.app import create_app

__all__ = ["app", "create_app"]

app = create_app()
