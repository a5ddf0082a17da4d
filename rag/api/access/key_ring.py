"""Find the caller behind the key of a request, in the newest state of the file of keys."""

import hmac

from rag.api.access.caller import OWNER, Caller
from rag.api.access.keys import Key, KeyStore, hash_secret
from rag.errors import KeyRefused


class KeyRing:
    """The keys of one server; reads the file again when it has changed."""

    def __init__(self, store: KeyStore, admin_key: str | None) -> None:
        self._store = store
        self._admin_key = admin_key
        self._state: tuple[int, bytes] | None = None
        self._key_by_hash: dict[str, Key] = {}
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether readers need a key: one was created, even if it is revoked or gone since.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        return self._is_closed

    def find(self, secret: str, origin: str | None) -> Caller | None:
        """Return the caller with this secret; None for a wrong one.

        Raises:
            KeyRefused: It is a site key, and the request comes from another site.
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        key = self._key_by_hash.get(hash_secret(secret))
        if key is None or key.revoked_ms is not None:
            return None
        if key.kind == "site" and origin not in key.origins:
            raise KeyRefused("this site key is for pages of another origin", next_step="`rag keys list` shows which")
        return Caller(key.id, key.kind, key.scopes, key.groups)

    def find_owner(self, secret: str) -> Caller | None:
        """Return the owner if this is the setting `admin_key`, compared in constant time."""
        if self._admin_key and hmac.compare_digest(secret.encode(), self._admin_key.encode()):
            return OWNER
        return None

    def is_site(self, origin: str) -> bool:
        """Return whether a valid site key names this origin.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        return any(key.revoked_ms is None and origin in key.origins for key in self._key_by_hash.values())

    def _update(self) -> None:
        state = self._store.state()
        if state != self._state:
            self._key_by_hash = self._store.read()
            self._state = state
        self._is_closed = self._is_closed or bool(self._key_by_hash)
