"""The settings of the collections that one server answers from, each an index of its own."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from pydantic import SecretStr

COLLECTION_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_INDEX_FOLDER = "index_folder"
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
    by_name = texts if isinstance(texts, Mapping) else dict(map(_split, texts if isinstance(texts, list) else [texts]))
    return {name: _read_one(name, settings, allowed, secret) for name, settings in by_name.items()}


def _split(text: object) -> tuple[str, str]:
    name, equals, folder = str(text).partition("=")
    if not equals or not folder.strip():
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


def reveal(value: object) -> object:
    """Return the value of a setting as it was given."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value
