"""Compare the collections and groups that a key is to open with those that there are."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from rag.errors import KeyInvalid

if TYPE_CHECKING:
    from rag.assembly.settings import Settings


def require_collections(settings: "Settings", names: Iterable[str]) -> None:
    """Check that the settings configure each collection, if they configure any.

    Raises:
        KeyInvalid: One is not configured; names those that are.
    """
    unknown = sorted(set(names) - settings.collections.keys())
    if settings.collections and unknown:
        raise KeyInvalid(
            f"there is no collection {unknown[0]!r}", next_step=f"take one of {', '.join(settings.collections)}"
        )


def describe_unknown(settings: "Settings", groups: Iterable[str], collections: Collection[str]) -> list[str]:
    """Return a sentence about collections, and one about groups, that may be misspelt.

    The server may get the collections by its command line, and documents their groups later.

    Args:
        collections: Those that the key opens; none of them means all.
    """
    if collections and not settings.collections:
        names = " ".join(f"--collection {name}=INDEX_FOLDER" for name in sorted(collections))
        return [f"The settings name no collections; the key opens nothing before `rag serve {names}` does."]
    opened = [settings.of_collection(name) for name in collections or settings.collections]
    known = _groups_of(opened or [settings])
    unknown = [] if known is None else sorted(set(groups) - known)
    if known is None or not unknown:
        return []
    named = f"the groups of the documents are {', '.join(sorted(known))}" if known else "no document has a group"
    return [f"No document has the group {', '.join(unknown)} yet; {named}."]


def _groups_of(indexes: Sequence["Settings"]) -> frozenset[str] | None:
    """Return the groups of all documents; None while an index is missing or unreadable."""
    import sqlite3

    from rag.index.store import Store
    from rag.index.versions import STORE_FILE, live_version, version_folder

    groups: set[str] = set()
    for settings in indexes:
        name = live_version(settings.index_folder)
        if name is None:
            return None
        store = Store(version_folder(settings.index_folder, name) / STORE_FILE)
        try:
            groups |= store.groups()
        except sqlite3.Error:
            return None
        finally:
            store.close()
    return frozenset(groups)
