"""What every request passes before it reaches a route: is the body small, is the host ours, is it a HEAD?"""

import hmac
from collections.abc import Collection
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import MAX_BODY_BYTES, make_problem, problem_response, too_large

_BEARER = "bearer "
_UPLOAD_PATH = "/v1/documents"
# What a form adds to the file in it.
_FORM_BYTES = 10_000


class BodyLimit:
    """Refuses request bodies over a size before they are read into memory."""

    def __init__(
        self, app: ASGIApp, max_upload_bytes: int, upload_key: SecretStr | None, max_bytes: int = MAX_BODY_BYTES
    ) -> None:
        """Take the limits: of documents that whoever has the key sends, and of all other bodies."""
        self._app = app
        self._upload_key = upload_key
        self._max_upload_bytes = max_upload_bytes
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        is_upload = scope["path"] == _UPLOAD_PATH and holds_key(authorization, self._upload_key)
        max_bytes = self._max_upload_bytes + _FORM_BYTES if is_upload else self._max_bytes
        n_bytes = 0
        declared = dict(scope["headers"]).get(b"content-length", b"0")

        async def receive_limited() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(max_bytes))
            return message

        if declared.isdigit() and int(declared) > max_bytes:
            await problem_response(too_large(max_bytes), scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive_limited, send)


class HostGuard:
    """Answers only under the names that readers know this server by.

    A page of any site can have its own name point to this machine (DNS rebinding) and would then read the documents as
    if they were its own. Bare addresses and localhost are nobody's name and always allowed.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_allowed(dict(scope["headers"]).get(b"host", b"")):
            problem = make_problem(
                421,
                "host_not_allowed",
                "this server does not answer under that name; its owner can add the name to the setting allowed_hosts",
            )
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, header: bytes) -> bool:
        try:
            host = (urlsplit("//" + header.decode("ascii")).hostname or "").lower()
        except ValueError:
            return False
        return not header or "*" in self._allowed or host in self._allowed | {"localhost"} or _is_address(host)


class HeadAsGet:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def holds_key(authorization: str, key: SecretStr | None) -> bool:
    """Tell whether an Authorization header holds the key; none does where there is no key."""
    given = authorization[len(_BEARER) :] if authorization.lower().startswith(_BEARER) else ""
    return key is not None and hmac.compare_digest(given.encode(), key.get_secret_value().encode())


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
