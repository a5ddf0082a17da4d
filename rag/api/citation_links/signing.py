"""Sign links to documents, so that a browser opens what a key may see without sending the key.

A signed link opens one page for a day. It ends when its key is revoked, and when the document
changes or gets another group.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.types import Scope as Connection

from rag.errors import KeysUnavailable, LinkRefused
from rag.wire.documents import document_url

ACCESS = "access"
LIFETIME_SECONDS = 24 * 3600
_SECRET_BYTES = 32
_STATE_CHARACTERS = 16
_NO_KEY = "-"
_ACCESS = re.compile(r"(-|admin_key|[0-9a-f]{10})\.([1-9][0-9]{0,11})\.([0-9a-f]{16})\.([\w-]{43})", re.ASCII)
_DOCUMENT_PATH = re.compile(r"/documents/([\w-]+)(/file)?", re.ASCII)
_OFFSET = re.compile(r"[0-9]{1,11}", re.ASCII)
_ASK_AGAIN = "ask the question again for a new one"


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a signed link says.

    Attributes:
        key_name: As `Caller.key_name` of the reader who got it; None without a key.
        state: That of the document, see `state_of`.
    """

    key_name: str | None
    state: str


class LinkSigner:
    """Signs and reads links with a secret of this server, which its first link creates."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Take the file of the secret, readable only by its owner.

        Args:
            clock: Seconds since 1970.
        """
        self._path = path
        self._clock = clock
        self._secret = b""

    def sign(self, url: str, link: SignedLink) -> str:
        """Return what opens a path of this server, as the value of its parameter `access`.

        Args:
            url: As `document_url` makes it.

        Raises:
            KeysUnavailable: The secret cannot be read or stored.
        """
        expires = int(self._clock()) + LIFETIME_SECONDS
        claims = f"{link.key_name or _NO_KEY}.{expires}.{link.state}"
        return f"{claims}.{self._signature(url, claims)}"

    def read(self, scope: Connection) -> SignedLink | None:
        """Return the signed link that a request was sent to; None if it was sent to another page.

        Raises:
            LinkRefused: It was changed, or has expired.
            KeysUnavailable: The secret cannot be read.
        """
        values = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given, path = dict(values), _DOCUMENT_PATH.fullmatch(scope["path"])
        if ACCESS not in given or path is None:
            return None
        parts = _ACCESS.fullmatch(given[ACCESS])
        if parts is None or len(given) < len(values):
            raise LinkRefused("this link is not as the server made it", next_step=_ASK_AGAIN)
        key_name, expires, state, signature = parts.groups()
        url = _url_of(path[0], given)
        if not hmac.compare_digest(self._signature(url, f"{key_name}.{expires}.{state}"), signature):
            raise LinkRefused("this link is not as the server made it", next_step=_ASK_AGAIN)
        if int(expires) <= self._clock():
            raise LinkRefused("a link to a document lasts a day, and this one has expired", next_step=_ASK_AGAIN)
        return SignedLink(None if key_name == _NO_KEY else key_name, state)

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that sign something else than links.

        Raises:
            KeysUnavailable: The secret cannot be read or stored.
        """
        self._secret = self._secret or self._open_secret()
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def _signature(self, url: str, claims: str) -> str:
        self._secret = self._secret or self._open_secret()
        signature = hmac.digest(self._secret, f"{url}\n{claims}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(signature).decode().rstrip("=")

    def _open_secret(self) -> bytes:
        try:
            if not self._path.exists():
                self._create_secret()
            secret = self._path.read_bytes()
        except OSError as error:
            raise KeysUnavailable(f"{self._path} cannot be used ({error.strerror})") from error
        if len(secret) != _SECRET_BYTES:
            raise KeysUnavailable(f"{self._path} holds no secret of this server", next_step="delete it")
        return secret

    def _create_secret(self) -> None:
        """Store a whole secret in one step: another process may do the same."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        written = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_SECRET_BYTES))
                file.flush()
                os.fsync(descriptor)
            with suppress(FileExistsError):
                os.link(written, self._path)
        finally:
            written.unlink()


def state_of(document_state: str, collection_path: str) -> str:
    """Return the state of a document in one of the server's collections."""
    return hashlib.sha256(f"{collection_path}\n{document_state}".encode()).hexdigest()[:_STATE_CHARACTERS]


def _url_of(path: str, given: dict[str, str]) -> str:
    """Return what was signed; any other parameter makes it another URL."""
    start, end = given.get("start", ""), given.get("end", "")
    if set(given) == {ACCESS}:
        return path
    if set(given) != {ACCESS, "start", "end"} or not _OFFSET.fullmatch(start) or not _OFFSET.fullmatch(end):
        raise LinkRefused("this link is not as the server made it", next_step=_ASK_AGAIN)
    return document_url(path.removeprefix("/documents/"), int(start), int(end))
