"""The scopes that each route needs, in one table; a route that is not in it cannot be served."""

from collections.abc import Iterable
from typing import cast

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope as Connection

from rag.api.access.caller import ALL_SCOPES, READING, Scope
from rag.api.middleware.collections import NAMED_COLLECTION

PUBLIC: frozenset[Scope] = frozenset()
_ADMIN: frozenset[Scope] = frozenset({"admin"})
_ASK: frozenset[Scope] = frozenset({"ask"})
_SEARCH: frozenset[Scope] = frozenset({"search"})
_DOCUMENTS: frozenset[Scope] = frozenset({"documents"})
# One of the scopes is enough.
_SCOPES_BY_ROUTE: dict[str, frozenset[Scope]] = {
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /widget.js": PUBLIC,
    "GET /widget/{name}": PUBLIC,
    "GET /static/{name}": PUBLIC,
    "GET /metrics": _ADMIN,
    "GET /version": ALL_SCOPES,
    "GET /": _ASK,
    "POST /v1/ask": _ASK,
    "DELETE /v1/ask/{key}": _ASK,
    "POST /v1/chat/completions": _ASK,
    "POST /v1/responses": _ASK,
    "GET /v1/widget": _ASK,
    "GET /v1/models": _ASK,
    "GET /v1/models/{name:path}": _ASK,
    "GET /v1/conversations/{conversation_id}": _ASK,
    "DELETE /v1/conversations/{conversation_id}": _ASK,
    "GET /v1/conversations": _ADMIN,
    # A visitor deletes his own, the admin those of a user.
    "DELETE /v1/conversations": _ASK,
    "POST /v1/feedback": _ASK,
    "DELETE /v1/feedback/{answer_id}": _ASK,
    "GET /v1/search": _SEARCH,
    "GET /v1/collections": ALL_SCOPES,
    # Each tool checks its own scope.
    "POST /mcp": READING,
    "GET /v1/documents": _DOCUMENTS,
    "GET /v1/documents/{document_id}": _DOCUMENTS,
    "POST /v1/documents": _ADMIN,
    "DELETE /v1/documents/{document_id}": _ADMIN,
    "GET /admin": _ADMIN,
    "GET /admin/open": _ADMIN,
    "POST /admin/open": _ADMIN,
    "GET /admin/questions": _ADMIN,
    "GET /admin/questions.jsonl": _ADMIN,
    "GET /admin/documents": _ADMIN,
    "GET /admin/documents/{document_id}": _ADMIN,
    "GET /admin/citations": _ADMIN,
    "GET /admin/sign-in": PUBLIC,
    "POST /admin/sign-in": PUBLIC,
    "POST /admin/sign-out": PUBLIC,
    "GET /documents": _DOCUMENTS,
    # Citations and hits lead here.
    "GET /documents/{document_id}": ALL_SCOPES,
    "GET /documents/{document_id}/file": ALL_SCOPES,
    "GET /openapi.json": ALL_SCOPES,
}
# Those who ask or search are counted, but for these.
_NOT_COUNTED = frozenset(
    {
        "GET /",
        "DELETE /v1/ask/{key}",
        "GET /v1/widget",
        "GET /v1/models",
        "GET /v1/models/{name:path}",
        "GET /v1/conversations/{conversation_id}",
        "DELETE /v1/conversations/{conversation_id}",
        "DELETE /v1/conversations",
        "POST /v1/feedback",
        "DELETE /v1/feedback/{answer_id}",
    }
)


def _route_of(line: str) -> Route:
    """Return a route that only matches; its response is never sent."""
    method, path = line.split()
    return Route(path, Response(), methods=[method])


_ROUTES = {line: _route_of(line) for line in _SCOPES_BY_ROUTE}
_HEALTH = {"GET /healthz", "GET /readyz"}
_COUNTED = {line for line, scopes in _SCOPES_BY_ROUTE.items() if scopes in {_ASK, _SEARCH}} - _NOT_COUNTED
_OF_TEXTS = {line for line in _ROUTES if line.startswith("GET /documents/")}


def scopes_for(request: Connection, *, public_documents: bool = True) -> frozenset[Scope] | None:
    """Return the scopes of which a request needs one: none if public; None if there is no route.

    Args:
        public_documents: Whether each scope opens the pages and files of documents.
    """
    has_path = False
    for line, route in _ROUTES.items():
        match, _ = route.matches(request)
        if match is Match.FULL and line in _HEALTH and NAMED_COLLECTION in request:
            # To strangers it would tell which collections there are.
            return ALL_SCOPES
        if match is Match.FULL:
            return _DOCUMENTS if line in _OF_TEXTS and not public_documents else _SCOPES_BY_ROUTE[line]
        has_path = has_path or match is Match.PARTIAL
    # The reply to another method says which there are.
    return ALL_SCOPES if has_path else None


def is_counted(request: Connection) -> bool:
    """Return whether a request is a question or a search, of which there may be so many a minute.

    The tools of `POST /mcp` count their own calls.
    """
    return any(_ROUTES[line].matches(request)[0] is Match.FULL for line in _COUNTED)


def template_of(request: Connection) -> str | None:
    """Return the path of a request's route, with names in place of ids; None if there is none."""
    path_by_match = {route.matches(request)[0]: route.path for route in reversed(_ROUTES.values())}
    return path_by_match.get(Match.FULL, path_by_match.get(Match.PARTIAL))


def require_rules(routes: Iterable[BaseRoute]) -> None:
    """Check that each route is in the table.

    Raises:
        LookupError: One is missing, so that nothing says who may call it.
    """
    for route in cast("Iterable[Route]", routes):
        for method in (route.methods or set()) - {"HEAD"}:
            if f"{method} {route.path}" not in _SCOPES_BY_ROUTE:
                raise LookupError(f"{method} {route.path} has no scopes in rag/api/access/rules.py")
