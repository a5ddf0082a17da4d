"""Middleware: a path below /collections/NAME asks the collection with that name."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

COLLECTIONS = "/collections/"
NAMED_COLLECTION = "footnote.collection"
"""The key of a request's scope that holds the path of the collection, if the path has one."""


class CollectionPaths:
    """Cuts the name off the path, so that every route exists for each collection.

    What was cut off is the end of `root_path`, so links lead back to the same collection.
    """

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = "/".join(scope["path"].split("/", 3)[:3])
            if path in self._paths:
                rest = scope["path"].removeprefix(path) or "/"
                root_path = scope.get("root_path", "") + path
                scope = {**scope, "path": rest, "root_path": root_path, NAMED_COLLECTION: path}
        await self._app(scope, receive, send)
