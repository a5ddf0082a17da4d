"""Find the caller behind the key of a request, in the newest state of the file of keys."""

import hmac

from rag.api.access.caller import OWNER, Caller
from rag.api.access.keys import Key, KeyStore, hash_secret
from rag.api.access.visitors import Visitor, read_visitor
from rag.api.citation_links.signing import SignedLink
from rag.errors import KeyRefused, KeysBusy, VisitorRefused

_N_SHOWN_ORIGINS = 3


class KeyRing:
    """The keys of one server; reads the file again when it has changed."""

    def __init__(self, store: KeyStore, admin_key: str | None) -> None:
        self._store = store
        self._admin_key = admin_key
        self._state: tuple[int, bytes] | None = None
        self._key_by_hash: dict[str, Key] = {}
        self._is_closed = False

    @property
    def has_keys(self) -> bool:
        """Whether any key exists, the setting `admin_key` included.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        return self.is_closed or self._admin_key is not None

    @property
    def is_closed(self) -> bool:
        """Whether readers need a key: one was created, even if it is revoked or gone since.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        return self._is_closed

    def find(self, secret: str, origin: str | None, visitor_token: str | None = None) -> Caller | None:
        """Return the caller with this secret; None for a wrong one.

        Args:
            visitor_token: Says which visitor asks through a key that has a public key for visitors.
                Without it such a key opens no group, because everybody who sees the page has it.

        Raises:
            KeyRefused: It is a site key, and the request comes from another site.
            VisitorRefused: The token is wrong, or the key takes none.
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        key = self._key_by_hash.get(hash_secret(secret))
        if key is None or key.revoked_ms is not None:
            return None
        if key.kind == "site" and origin not in key.origins:
            raise _refuse_origin(key, origin)
        visitor = None if visitor_token is None else self._read_visitor(visitor_token, key)
        return _caller_of(key, visitor)

    def find_by_id(self, key_id: str | None) -> Caller | None:
        """Return the caller with the valid key of this id; None is the setting `admin_key`.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        self._update()
        if key_id is None:
            return OWNER if self._admin_key else None
        found = (key for key in self._key_by_hash.values() if key.id == key_id and key.revoked_ms is None)
        return next((_caller_of(key, None) for key in found), None)

    def follow(self, link: SignedLink) -> Caller | None:
        """Return who opens a signed link; None if its reader would get none now.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        if link.key_name in {None, OWNER.key_name}:
            is_valid = self._admin_key is not None if link.key_name else not self.is_closed
            return Caller(None, "link", frozenset(), groups=None, link_state=link.state) if is_valid else None
        self._update()
        key = next((one for one in self._key_by_hash.values() if one.id == link.key_name), None)
        if key is None or key.revoked_ms is not None:
            return None
        return Caller(key.id, "link", frozenset(), key.groups, collections=key.collections, link_state=link.state)

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

    def _read_visitor(self, token: str, key: Key) -> Visitor:
        if key.visitors is None:
            raise VisitorRefused(
                "this key takes none", next_step="create one by `rag keys create` with --visitor-public-key"
            )
        return read_visitor(token, key.visitors, key.id, self._store.clock())

    def _update(self) -> None:
        state = self._store.state()
        if state != self._state:
            try:
                self._key_by_hash = self._store.read()
            except KeysBusy:
                # What was read before holds until the other process has finished.
                if self._state is None:
                    raise
            else:
                self._state = state
        self._is_closed = self._is_closed or bool(self._key_by_hash)


def _refuse_origin(key: Key, origin: str | None) -> KeyRefused:
    if origin is not None:
        return KeyRefused("this site key is for pages of another origin", next_step="`rag keys list` shows which")
    shown = ", ".join(sorted(key.origins)[:_N_SHOWN_ORIGINS])
    more = " and others" if len(key.origins) > _N_SHOWN_ORIGINS else ""
    return KeyRefused(
        f"this site key is for pages of {shown}{more}, and the request has no header Origin",
        next_step="for a program, create a secret key: run `rag keys create` without --site",
    )


def _caller_of(key: Key, visitor: Visitor | None) -> Caller:
    return Caller(
        key_id=key.id,
        kind=key.kind,
        scopes=key.scopes,
        groups=_groups_of(key, visitor),
        user=visitor.user if visitor else None,
        collections=key.collections,
        daily_tokens=key.daily_tokens,
    )


def _groups_of(key: Key, visitor: Visitor | None) -> frozenset[str] | None:
    if key.visitors is None:
        return key.groups
    vouched = visitor.groups if visitor else frozenset()
    return vouched if key.groups is None else vouched & key.groups
