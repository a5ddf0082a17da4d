"""The metadata of an OpenAI client's request: the collection and the filters.

OpenAI's types allow only texts, so a list is a JSON list in a text. Names that are not known are
the client's own, unless they look like a misspelt one: a filter must not be lost. The name of one
thing (`title`, `language`) or of an id (`folder_id`) is the client's too.
"""

import difflib
import json
from typing import Annotated

from pydantic import ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator
from pydantic_core import PydanticCustomError

from rag.wire.filters import FiltersBody

_LISTS = ("documents", "titles", "links", "tags", "groups", "languages", "media_types")
_TEXTS = ("collection", "folder", "date_from", "date_to")
_KNOWN = (*_TEXTS, *_LISTS)
# OpenAI allows 16, but Open WebUI has more of its own.
_MAX_NAMES = 64
_MAX_NAME_CHARACTERS = 64
_MIN_LIKENESS = 0.8


class MetadataBody(FiltersBody):
    """What a request's metadata say; the filters are those of POST /v1/ask."""

    model_config = ConfigDict(extra="ignore")

    collection: str | None = Field(None, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _require_clear_names(cls, given: object) -> object:
        names = [str(name) for name in given] if isinstance(given, dict) else []
        if len(names) > _MAX_NAMES:
            raise PydanticCustomError("too_many", "at most {n} names are allowed", {"n": _MAX_NAMES})
        for name in names:
            if misspelt := _nearest(name):
                raise PydanticCustomError(
                    "misspelt",
                    "{name} is unknown; did you mean {near}?",
                    {"name": name[:_MAX_NAME_CHARACTERS], "near": misspelt},
                )
        return given

    @field_validator(*_KNOWN, mode="before")
    @classmethod
    def _read_text(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            raise PydanticCustomError("no_text", "it must be a text")
        if not value.strip():
            raise PydanticCustomError("empty", "it is empty; leave it out")
        return _read_list(value) if info.field_name in _LISTS else value


Metadata = Annotated[
    MetadataBody | None,
    Field(description="`collection`, and the filters of POST /v1/ask, as texts; a list as JSON in a text."),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "properties": {name: {"type": "string", "minLength": 1} for name in _KNOWN}},
                {"type": "null"},
            ]
        }
    ),
]


def _nearest(name: str) -> str:
    """Return the known name that an unknown one resembles, or nothing."""
    if name in _KNOWN or len(name) > _MAX_NAME_CHARACTERS or _is_own(name.lower()):
        return ""
    return next(iter(difflib.get_close_matches(name.lower(), _KNOWN, n=1, cutoff=_MIN_LIKENESS)), "")


def _is_own(name: str) -> bool:
    """Return whether a name is that of one thing of the client's, or of a thing's property."""
    return f"{name}s" in _LISTS or any(name.startswith(f"{known.removesuffix('s')}_") for known in _KNOWN)


def _read_list(text: str) -> object:
    """Return the list that a text writes as JSON, or the text alone."""
    if not text.lstrip().startswith("["):
        return (text,)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PydanticCustomError("no_list", 'not a list; write one as ["a", "b"], or one value') from None
