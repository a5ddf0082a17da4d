"""Middleware: the headers that protect readers, on every response."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
"""Sent with every response."""
PRIVATE = {"Cache-Control": "no-store"}
"""Sent with what is no page and says nothing about caches: answers, searches, errors."""
CHECKED_EACH_TIME = {"Cache-Control": "private, no-cache"}
"""Sent with what a cache of the reader's may keep, if it asks each time: access may have ended."""
_PAGE = {
    **CHECKED_EACH_TIME,
    # The pages load nothing from other sites and run no inline script or style.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "SAMEORIGIN",
}


class ResponseHeaders:
    """Adds headers to each response; one that a route sets itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                for name, value in (ALWAYS | (_PAGE if is_page else PRIVATE)).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
