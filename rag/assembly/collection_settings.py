"""The settings of the collections that one server answers from, each an index of its own."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import get_args

from pydantic import Secret, SecretStr

from rag.errors import SettingsInvalid

COLLECTION_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_INDEX_FOLDER = "index_folder"
# The flags that choose the index, and so what a command is about.
_REPEATED = ("collection", _INDEX_FOLDER, "models_folder")
# The model that OpenAI's clients ask for where they name no collection.
_RESERVED = frozenset({"footnote"})


def read_collections(
    given: object, allowed: AbstractSet[str], secret: AbstractSet[str]
) -> dict[str, dict[str, object]]:
    """Return what each collection sets, by its name, in the order given.

    Args:
        given: A mapping of names to index folders or to mappings of settings, or texts such as
            "handbook=handbook-index": a list of them, or one with commas between.
        allowed: The settings that a collection can have.
        secret: Those whose values are never shown.

    Raises:
        ValueError: A name or a setting cannot be used.
    """
    texts = given.split(",") if isinstance(given, str) else given
    by_name = texts if isinstance(texts, Mapping) else _by_name(texts if isinstance(texts, list) else [texts])
    return {name: _read_one(name, settings, allowed, secret) for name, settings in by_name.items()}


def _by_name(texts: Iterable[object]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for name, folder in map(_split, texts):
        if name in by_name:
            raise ValueError(f"{name!r} is there twice; give each collection a name of its own")
        by_name[name] = folder
    return by_name


def _split(text: object) -> tuple[str, str]:
    name, equals, folder = str(text).partition("=")
    if not equals or not name.strip() or not folder.strip():
        raise ValueError(f"{text!r} has to be NAME=INDEX_FOLDER, such as handbook=handbook-index")
    return name.strip(), folder.strip()


def _read_one(name: object, settings: object, allowed: AbstractSet[str], secret: AbstractSet[str]) -> dict[str, object]:
    if not isinstance(name, str) or not COLLECTION_NAME.fullmatch(name) or name in _RESERVED:
        raise ValueError(f"{name!r} cannot name a collection; use small letters, digits and hyphens, at most 63")
    values = dict(settings) if isinstance(settings, Mapping) else {_INDEX_FOLDER: settings}
    if unknown := sorted(set(map(str, values)) - allowed):
        raise ValueError(f"the collection {name} cannot have the setting {unknown[0]}")
    if not values.get(_INDEX_FOLDER):
        raise ValueError(f"the collection {name} needs an index_folder")
    return {field: SecretStr(str(value)) if field in secret else value for field, value in values.items()}


def require_own_folders(folders: Mapping[str, Path]) -> None:
    """Require that no two collections have the same index folder, however it is written.

    Raises:
        ValueError: Two of them do.
    """
    name_by_folder: dict[Path, str] = {}
    for name, folder in folders.items():
        first = name_by_folder.setdefault(folder.resolve(), name)
        if first != name:
            raise ValueError(f"{first} and {name} have the same index_folder; give each a folder of its own")


def collection_flags(
    flags: Mapping[str, object], name: str, index_folder: object, kept: Iterable[str] = ()
) -> dict[str, object]:
    """Return the flags of a command that is about one collection of those that flags choose.

    Args:
        kept: Flags for which the collection has no value of its own.
    """
    left_out = {_INDEX_FOLDER, "collections"} - set(kept)
    shared = {flag: value for flag, value in flags.items() if flag not in left_out}
    # Other commands do not know the collections that `rag serve` gets by its command line.
    return shared | ({_INDEX_FOLDER: index_folder} if flags.get("collections") else {"collection": name})


def require_named_index(collections: Iterable[str], options: Mapping[str, str]) -> None:
    """Check that a command which reads one index names it, if the settings have collections.

    A folder that was the index before there were collections may still be there.

    Args:
        options: Those of the command line, as `repeated_options` returns them.

    Raises:
        SettingsInvalid: Names the collections.
    """
    names = list(collections)
    if names and not {"--collection", "--index-folder"} & options.keys():
        raise SettingsInvalid(
            f"the settings have the collections {', '.join(names)}, and none is named",
            next_step=f"name one, as in `rag --collection {names[0]} …`",
        )


def repeated_options(flags: Mapping[str, object]) -> dict[str, str]:
    """Return what another command about the same index repeats, by option."""
    return {f"--{flag.replace('_', '-')}": str(flags[flag]) for flag in _REPEATED if flags.get(flag) is not None}


def reveal(value: object) -> object:
    """Return the value of a setting as it was given."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def holds_secret(annotation: object) -> bool:
    """Return whether a type is secret, or one of those that it is made of."""
    if isinstance(annotation, type) and issubclass(annotation, (SecretStr, Secret)):
        return True
    return any(holds_secret(part) for part in get_args(annotation))
