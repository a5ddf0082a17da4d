"""Where a server keeps what cannot be made again, and what each is called in a backup."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.assembly.settings import Settings

SETTINGS_NAME = "rag.toml"
MANIFEST_NAME = "manifest.json"
FORMAT = "footnote-backup"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Files and folders by their names in a backup; the folders hold documents.

    Attributes:
        collections: By the names of their folders; None for the only index of a server.
    """

    databases: dict[str, Path]
    folders: dict[str, Path]
    collections: dict[str, str | None]


def places_of(settings: Settings, find_folder: Callable[[str | None, Settings], Path]) -> Places:
    """Return what the settings name, whether it exists or not.

    Args:
        find_folder: Returns the documents folder of an index: of the collection with a name, or of
            the only one.
    """
    places = Places({"keys.sqlite": settings.keys_path}, {}, {})
    named: dict[str | None, Settings] = {name: settings.of_collection(name) for name in settings.collections}
    for name, own in (named or {None: settings}).items():
        place = "main" if name is None else f"collections/{name}"
        places.databases[f"{place}/conversations.sqlite"] = own.conversations_path
        places.databases[f"{place}/answers.sqlite"] = own.answers_path
        places.folders[f"{place}/documents"] = find_folder(name, own)
        places.collections[f"{place}/documents"] = name
    return places
