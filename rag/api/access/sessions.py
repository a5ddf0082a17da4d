"""Sign a person with an admin key in to the owner's pages: a signed cookie in place of the key.

The cookie names the key, never holds it, and ends with the key. All processes of a server sign it
with the same stored secret. A process remembers who has signed out, until the cookie would end.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from rag.api.access.attempts import WrongKeys
from rag.api.access.caller import Caller
from rag.api.access.key_ring import KeyRing
from rag.errors import KeyRefused

COOKIE = "footnote_owner"
SESSION_SECONDS = 2 * 3600
OWNER_PATH = "/admin"
SIGN_IN_PATH = "/admin/sign-in"
_PARTS = 4
_ID_BYTES = 8
_MAX_SIGNED_OUT = 10_000
# No key of the file has this id.
_ADMIN_KEY_ID = "admin-key"


class Sessions:
    """Signs in, and finds who is signed in."""

    def __init__(
        self, key_ring: KeyRing, wrong_keys: WrongKeys, secret: Callable[[], bytes], clock: Callable[[], float]
    ) -> None:
        """Take the keys.

        Args:
            secret: Returns what signs, at least 32 random bytes; raises KeysUnavailable.
            clock: Seconds since 1970.
        """
        self._key_ring = key_ring
        self._wrong_keys = wrong_keys
        self._secret = secret
        self._clock = clock
        self._ends_by_signed_out: dict[str, int] = {}

    def sign_in(self, key: str, address: str) -> str:
        """Return the cookie's value for a key with the scope admin.

        Args:
            address: Where the request comes from; it may send only so many wrong keys.

        Raises:
            KeyRefused: The key is wrong.
            KeysUnavailable: The file of keys cannot be read.
            ScopeMissing: The key is valid and lacks the scope.
            TooManyWrongKeys: The address has sent too many wrong ones.
        """
        # No other key was ever issued.
        secret = key if key.isascii() else ""
        caller = self._key_ring.find(secret, None)
        if caller is None:
            self._wrong_keys.require_left(address)
            caller = self._key_ring.find_owner(secret)
        if caller is None:
            self._wrong_keys.count(address)
            raise KeyRefused("the key is wrong", next_step="send one with the scope admin")
        caller.require(frozenset({"admin"}))
        ends = int(self._clock()) + SESSION_SECONDS
        signed = f"{caller.key_id or _ADMIN_KEY_ID}.{ends}.{secrets.token_hex(_ID_BYTES)}"
        return f"{signed}.{self._sign(signed).decode()}"

    def find(self, cookie: str | None) -> Caller | None:
        """Return who is signed in by a cookie; None if it is missing, forged, old or its key gone.

        Raises:
            KeysUnavailable: The file of keys cannot be read.
        """
        parts = self._read(cookie)
        if parts is None:
            return None
        key_id, ends, session_id = parts
        if ends <= self._clock() or session_id in self._ends_by_signed_out:
            return None
        caller = self._key_ring.find_by_id(None if key_id == _ADMIN_KEY_ID else key_id)
        return caller if caller and "admin" in caller.scopes else None

    def sign_out(self, cookie: str | None) -> None:
        """Let a cookie open nothing more; one that is missing or forged changes nothing."""
        if parts := self._read(cookie):
            _, ends, session_id = parts
            now, kept = self._clock(), self._ends_by_signed_out
            if len(kept) >= _MAX_SIGNED_OUT:
                kept = {one: end for one, end in kept.items() if end > now}
            self._ends_by_signed_out = {**kept, session_id: ends}

    def _read(self, cookie: str | None) -> tuple[str, int, str] | None:
        """Return the key, the end and the id of a session; None if this server signed none."""
        if cookie is None or not cookie.isascii():
            return None
        parts = cookie.split(".")
        if len(parts) != _PARTS or not hmac.compare_digest(self._sign(".".join(parts[:-1])), parts[-1].encode()):
            return None
        return parts[0], int(parts[1]), parts[2]

    def _sign(self, text: str) -> bytes:
        return base64.urlsafe_b64encode(hmac.digest(self._secret(), text.encode(), hashlib.sha256)).rstrip(b"=")


def is_owners_page(path: str) -> bool:
    """Return whether a path is one of the owner's pages."""
    return path == OWNER_PATH or path.startswith(f"{OWNER_PATH}/")


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a page of another origin sends a request.

    Pages of other ports of this machine are of the same site, so SameSite does not stop them.
    """
    origin = headers.get("origin")
    # The scheme differs behind a proxy with TLS.
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
