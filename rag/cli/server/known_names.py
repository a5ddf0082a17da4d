"""Compare the collections and groups that a command names with those that there are."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from rag.errors import IndexMissing, KeyInvalid, SettingsInvalid, repeating_options

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


def require_indexes(settings: "Settings") -> None:
    """Check that each collection of the command line has an index.

    Raises:
        IndexMissing: Names the option, and the command that builds the index.
    """
    from rag.index.versions import live_version

    for name in settings.collections:
        chosen = settings.of_collection(name)
        if live_version(chosen.index_folder) is None:
            with repeating_options(chosen.options):
                raise IndexMissing(
                    f"--collection {name}={chosen.index_folder}: there is no index in {chosen.index_folder}",
                    next_step="correct the folder, or run `rag index FOLDER` with the folder of the documents first",
                )


def require_whole_server(collection: str | None) -> None:
    """Check that no collection is named for `rag serve`: its keys are those of the whole server.

    Raises:
        SettingsInvalid: Names the address at which the collection is served.
    """
    if collection is not None:
        raise SettingsInvalid(
            f"rag serve answers from all collections, so it takes no --collection {collection} before it",
            next_step=f"run `rag serve`, which serves this one below /collections/{collection}",
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
