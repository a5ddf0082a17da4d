"""Whose conversations a caller begins, and whose it may read."""

from rag.api.access.caller import Caller
from rag.api.conversations.store import Owner


def owner_of(caller: Caller) -> Owner:
    """Return the owner of the conversations that a caller begins and may continue."""
    return Owner(caller.key_id, caller.user)


def reader_of(caller: Caller) -> Owner | None:
    """Return whose conversations a caller may read and delete; None, with the scope admin: all."""
    return None if "admin" in caller.scopes else owner_of(caller)
