"""Who asks: what the guard knows about the sender of a request."""

from dataclasses import dataclass
from typing import Literal

from rag.errors import ScopeMissing

Scope = Literal["ask", "search", "documents", "admin"]
Kind = Literal["open", "secret", "site", "link"]

READING: frozenset[Scope] = frozenset({"ask", "search", "documents"})
ALL_SCOPES: frozenset[Scope] = READING | {"admin"}
SITE_SCOPES: frozenset[Scope] = frozenset({"ask", "search"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request.

    Attributes:
        key_id: None without a key, and with the setting `admin_key`.
        kind: `open` without a key, `secret` or `site` with one of that kind, `link` with a signed
            link to one page.
        groups: The groups whose documents it may see, besides documents without a group; None: all
            documents.
        collections: The collections that it may ask; None: all.
        user: The visitor whom a company's server has signed in; None without one.
        daily_tokens: The LLM tokens a day of a site key with a budget of its own, 0 for no limit;
            None: as the settings say.
        link_state: The state that the document of a signed link must have; None without a link.
    """

    key_id: str | None
    kind: Kind
    scopes: frozenset[Scope]
    groups: frozenset[str] | None
    user: str | None = None
    collections: frozenset[str] | None = None
    link_state: str | None = None
    daily_tokens: int | None = None

    def may_ask(self, collection: str) -> bool:
        """Return whether a collection exists for the caller."""
        return self.collections is None or collection in self.collections

    @property
    def key_name(self) -> str | None:
        """What the log calls the key: its id, `admin_key` for the setting; None without a key."""
        return self.key_id or ("admin_key" if self.kind == "secret" else None)

    def may(self, needed: frozenset[Scope]) -> bool:
        """Return whether one of the scopes is enough; `admin` includes all."""
        return "admin" in self.scopes or bool(self.scopes & needed)

    def sees_texts(self, *, public_documents: bool) -> bool:
        """Return whether it sees whole documents and their list, and not only cited words.

        Args:
            public_documents: As in the settings.
        """
        return public_documents or self.may(frozenset({"documents"}))

    def require(self, needed: frozenset[Scope]) -> None:
        """Raise ScopeMissing unless one of the scopes is there."""
        if not self.may(needed):
            raise ScopeMissing(
                f"the key lacks the scope {' or '.join(sorted(needed))}", next_step="use a key that has it"
            )


NO_KEYS_NEEDED = Caller(None, "open", READING, groups=None)
"""Any sender while the server is open; changes still need a key."""
NO_TEXTS = Caller(None, "open", READING - {"documents"}, groups=None)
"""The same, if the documents are not public."""
ONLY_PUBLIC = Caller(None, "open", frozenset(), groups=frozenset())
"""The sender of a request for a public route; its key is not read."""
OWN_MACHINE = Caller(None, "open", ALL_SCOPES, groups=None)
"""Who reads the owner's pages of a server without any key, on its own machine."""
OWNER = Caller(None, "secret", ALL_SCOPES, groups=None)
"""The sender of the setting `admin_key`."""
