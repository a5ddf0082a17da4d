"""The admin key: the routes of an `admin_router` run only for requests that carry it."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import SecretStr

from rag.api.services import services_of
from rag.errors import KeyRefused
from rag.wire.answers import ProblemBody

_bearer = HTTPBearer(scheme_name="adminKey", description="The setting `admin_key`.", auto_error=False)


def admin_router(tag: str) -> APIRouter:
    """Return a router whose routes need the admin key, also in the OpenAPI description."""
    return APIRouter(
        tags=[tag],
        route_class=_AdminRoute,
        dependencies=[Security(_bearer)],
        responses={401: {"model": ProblemBody, "description": "The admin key is missing or wrong."}},
    )


class _AdminRoute(APIRoute):
    """Checks the key before the body is read; FastAPI calls dependencies only afterwards."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_with_key(request: Request) -> Response:
            credentials = await _bearer(request)
            _require_key(credentials.credentials if credentials else "", services_of(request).settings.admin_key)
            return await handle(request)

        return handle_with_key


def _require_key(given: str, admin_key: SecretStr | None) -> None:
    """Check a key in constant time.

    Args:
        given: As Starlette decodes a header: Latin-1, without white space at the ends.

    Raises:
        KeyRefused: No key is set, or it is not this one.
    """
    if admin_key is None:
        raise KeyRefused("the server has no admin key", next_step="set RAG_ADMIN_KEY and restart it")
    key = admin_key.get_secret_value()
    # Clients send other characters than ASCII as Latin-1 or as UTF-8.
    accepted = (key.strip(), key.encode().decode("latin-1").strip())
    if not given or not any(hmac.compare_digest(given.encode(), one.encode()) for one in accepted):
        raise KeyRefused("the admin key is missing or wrong", next_step="send it: Authorization: Bearer KEY")
