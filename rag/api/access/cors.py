"""CORS for pages of this machine, the origins of the settings and those of the site keys."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.api.access.key_ring import KeyRing
from rag.api.access.sessions import is_foreign
from rag.api.access.visitors import VISITOR_HEADER
from rag.api.problems import METHODS
from rag.errors import KeysUnavailable

# Pages on this machine may always embed the widget. Other sites must be in the settings or in a
# site key, because they can also read the documents.
_LOOPBACK_ORIGIN = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"
_HEADERS = ("Content-Type", "Accept", "Authorization", "Idempotency-Key", "Last-Event-ID", VISITOR_HEADER)


class SiteCors(CORSMiddleware):
    """CORS that follows the site keys as they are created and revoked."""

    def __init__(self, app: ASGIApp, key_ring: KeyRing, allowed_origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=allowed_origins,
            allow_origin_regex=_LOOPBACK_ORIGIN,
            allow_methods=METHODS,
            allow_headers=_HEADERS,
            expose_headers=("Retry-After",),
        )
        self._key_ring = key_ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note whether a page that may not read the reply sends the request."""
        if scope["type"] == "http":
            request = Request(scope)
            origin = request.headers.get("origin", "")
            is_foreign_page = is_foreign(request.headers) and not self.is_allowed_origin(origin)
            request.state.is_from_foreign_origin = is_foreign_page
        await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        try:
            return super().is_allowed_origin(origin) or self._key_ring.is_site(origin)
        except KeysUnavailable:
            return False
