"""Middleware: the server lives below a path of a proxy, such as https://example.org/footnote."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Puts the path before all links, and cuts it off a request's if the proxy did not."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path, root_path = scope["path"], self._root_path
            if path == root_path or path.startswith(f"{root_path}/"):
                path = path.removeprefix(root_path) or "/"
            scope = {**scope, "path": path, "root_path": root_path}
        await self._app(scope, receive, send)


def root_of(request: Request) -> str:
    """Return what the paths of links begin with, for the collection that is asked."""
    root: str = request.scope.get("root_path", "")
    return root
