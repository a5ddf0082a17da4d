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
    """Files and folders by their names in a backup; the folders hold documents."""

    databases: dict[str, Path]
    folders: dict[str, Path]


def places_of(settings: Settings, find_folder: Callable[[Settings], Path]) -> Places:
    """Return what the settings name, whether it exists or not.

    Args:
        find_folder: Returns the documents folder of one index.
    """
    databases = {"keys.sqlite": settings.keys_path}
    folders = {}
    named = {f"collections/{name}": settings.of_collection(name) for name in settings.collections}
    for place, own in (named or {"main": settings}).items():
        databases[f"{place}/conversations.sqlite"] = own.conversations_path
        databases[f"{place}/answers.sqlite"] = own.answers_path
        folders[f"{place}/documents"] = find_folder(own)
    return Places(databases, folders)
