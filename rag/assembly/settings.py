"""Read the settings once into a frozen object: flag > environment `RAG_…` > rag.toml > default.

`OPENAI_API_KEY` and `OPENAI_BASE_URL` count too. An unknown name is an error, so a misspelt setting
is never ignored.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from rag.assembly.choices import LlmChoice
from rag.assembly.collection_settings import (
    collection_flags,
    holds_secret,
    read_collections,
    repeated_options,
    require_own_folders,
    reveal,
)
from rag.assembly.server_settings import LISTS, SecretAddress, ServerSettings, split_list
from rag.errors import SettingsInvalid
from rag.files import own_cache_folder
from rag.wire.invalid_fields import explain_field, explain_value

SETTINGS_FILE = "rag.toml"
_CONVERSATIONS_FILE = "conversations.sqlite"
_ANSWERS_FILE = "answers.sqlite"
_KEYS_FILE = "keys.sqlite"
_LINKS_FILE = "links.secret"
AUTO_ENCODER = "auto"
_PREFIX = "RAG_"
_COLLECTION = "collection"
_FLAGS = {"collections": "--collection"}
_LIST = "`rag settings` lists them all"
_OPENAI_VARIABLES = {"OPENAI_API_KEY": "openai_api_key", "OPENAI_BASE_URL": "openai_base_url"}

Device = Literal["cpu", "cuda", "mps"]
Verify = Literal["auto", "always", "never"]

# What a collection can have besides the settings of documents and answers, and which of these not.
_PER_INDEX = frozenset({"title", "greeting", "suggestions", "language", "conversations_file", "conversation_days"})
_OF_THE_PROCESS = frozenset({"models_folder", "device", "threads", "collections"})
# What no collection takes over from the server, because it belongs to one index.
_OF_ONE_INDEX = frozenset({"documents_folder", "index_folder", "conversations_file"})


class Settings(ServerSettings):
    """All settings; `rag settings` prints each with its value."""

    # The traceback of an error would show a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    documents_folder: Path | None = Field(
        None, description="The folder that `rag index` reads; by default the folder indexed last, or else seeds."
    )
    index_folder: Path = Field(Path("index"), description="Folder of the index.")
    models_folder: Path = Field(default_factory=own_cache_folder, description="Folder of the models.")
    encoder: str = Field(
        AUTO_ENCODER,
        description="all-MiniLM-L6-v2, multilingual-e5-small, a folder, or owner/name on a hub; auto: by the languages "
        "of the documents.",
    )
    device: Device = Field("cpu", description="Device of the encoder, the reranker and the judge: cpu, cuda or mps.")
    reranker: str | None = Field(
        None, description="A cross-encoder that reorders the hits: a folder, or owner/name on a hub."
    )
    rerank_candidates: int = Field(20, ge=1, le=200, description="Hits that the reranker reads.")
    rerank_ms: int = Field(
        300, ge=0, le=60_000, description="Milliseconds for reranking a query; hits left over keep their order."
    )
    judge: str | None = Field(
        None,
        description="A cross-encoder (NLI, groundedness) that checks generated sentences in place of the built-in "
        "judge: a folder, or owner/name on a hub.",
    )
    llm: LlmChoice = Field(
        "auto",
        description="What generates answers; auto: openai if OPENAI_API_KEY or OPENAI_BASE_URL is set, else local.",
    )
    llm_model: str | None = Field(
        None, description="Name of the LLM; by default the first that its server lists, gpt-4o-mini at OpenAI."
    )
    llm_connect_seconds: float = Field(2, gt=0, le=600, description="Longest wait for a connection to the LLM.")
    llm_first_token_seconds: float | None = Field(
        None,
        gt=0,
        le=3600,
        description="Longest wait for its first token; by default 20 for the local LLM, else 10.",
    )
    llm_between_tokens_seconds: float = Field(5, gt=0, le=3600, description="Longest wait between two tokens.")
    llm_total_seconds: float = Field(60, gt=0, le=3600, description="Longest time for one answer.")
    llm_pause_seconds: float = Field(
        30, ge=0, le=3600, description="Pause of requests to an LLM after five failures in a row; 0: no pause."
    )
    llm_slots: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Answers that the LLM generates at the same time; by default one for each 4 threads with the "
        "local LLM, else 100.",
    )
    llm_queue: int = Field(
        8, ge=0, le=10_000, description="Questions that wait for the LLM; further ones are answered with quotes."
    )
    openai_base_url: SecretAddress | None = Field(
        None, description="Address of an OpenAI-compatible server (OPENAI_BASE_URL)."
    )
    openai_api_key: SecretStr | None = Field(None, description="Its key (OPENAI_API_KEY).")
    top_k: int = Field(8, ge=1, le=100, description="Passages retrieved for an answer.")
    max_per_document: int = Field(0, ge=0, le=100, description="Most hits of one document; 0: no limit.")
    passage_tokens: int = Field(200, ge=16, le=512, description="Most tokens of a passage.")
    passage_min_tokens: int = Field(32, ge=0, le=512, description="Paragraphs with fewer tokens join a neighbour.")
    local_context_tokens: int = Field(270, ge=32, le=3000, description="Tokens of context for the local LLM.")
    remote_context_tokens: int = Field(3000, ge=32, le=100_000, description="Tokens of context for a remote LLM.")
    min_near: float = Field(
        0.28,
        ge=0,
        le=1,
        description="Least nearness of the best hit; below it the question is declined without calling the LLM.",
    )
    min_quote: float = Field(
        0.57,
        ge=0,
        le=1,
        description="Least likelihood, by judge and retrieval, for quotes to be an answer or answer an open part.",
    )
    min_possible: float = Field(
        0.1, ge=0, le=1, description="Least likelihood for quotes to be shown as a possible answer."
    )
    min_answered: float = Field(
        0.45,
        ge=0,
        le=1,
        description="Least probability that what the local LLM generated is an answer.",
    )
    instant: bool = Field(default=True, description="Show quotes at once as a draft while the LLM generates.")
    verify: Verify = Field(
        "auto",
        description="Ask the LLM whether the text says a sentence that the check doubts, one request each: "
        "auto asks the local LLM, always any LLM.",
    )
    strict: bool = Field(
        default=True, description="Leave out sentences that the check doubts; false shows and marks them."
    )
    cached_answers: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Answers kept in memory for readers who ask the same question; 0 keeps none, and the same question "
        "asked twice at the same time is worked on twice.",
    )
    cached_answer_seconds: float = Field(
        3600, gt=0, le=86_400, description="How long an answer is kept for other readers."
    )
    max_file_mb: int = Field(
        200, ge=1, le=100_000, description="Most megabytes of a file; larger ones are neither uploaded nor indexed."
    )
    max_question_characters: int = Field(
        4000,
        ge=1,
        le=100_000,
        description="Most characters of a question; longer ones are rejected, search queries cut.",
    )
    max_pages: int = Field(
        10_000, ge=1, le=10_000_000, description="Most pages of a document; longer ones are not indexed."
    )
    parse_seconds: float = Field(
        120, gt=0, le=86_400, description="Longest time to read a file; slower ones are not indexed."
    )
    ocr_seconds: float = Field(
        300, ge=0, le=86_400, description="Longest time to read the pictures of a file, if OCR is installed; 0: none."
    )
    parse_memory_mb: int = Field(
        3000, ge=500, le=1_000_000, description="Most megabytes of memory to read a file; others are not indexed."
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads for the LLM, the encoder and reading files; 0: one for each core."
    )
    collections: dict[str, dict[str, object]] = Field(
        default_factory=dict,
        description="Index folders that the server answers from in place of index_folder, by name: each with settings "
        "of its own in rag.toml, or name=folder. The first is asked where none is named.",
    )

    _flags: Mapping[str, object] = {}

    @field_validator("collections", mode="before")
    @classmethod
    def _read_collections(cls, given: object) -> dict[str, dict[str, object]]:
        of_the_server = ServerSettings.model_fields.keys() - _PER_INDEX
        allowed = cls.model_fields.keys() - of_the_server - _OF_THE_PROCESS
        return read_collections(given, allowed, _secret_names())

    @model_validator(mode="after")
    def _check_collections(self) -> "Settings":
        folders = {}
        for name in self.collections:
            try:
                folders[name] = self.of_collection(name).index_folder
            except ValidationError as error:
                # The whole error shows all values, keys too.
                first = error.errors(include_url=False, include_input=False)[0]
                raise ValueError(f"in {name}, {explain_field(str(first['loc'][0]), first)}") from None
        require_own_folders(folders)
        return self

    @field_validator("openai_api_key")
    @classmethod
    def _require_sendable(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch("[!-~]+", key.get_secret_value()):
            raise ValueError("it has a space, a line break or a letter that is not ASCII; copy it again")
        return key

    def of_collection(self, name: str, flags: Iterable[str] = ()) -> "Settings":
        """Return these settings with those of a collection in their place.

        Args:
            flags: The settings that the command line gives, which no collection changes.

        Raises:
            ValidationError: A value is bad.
        """
        mine = {field: getattr(self, field) for field in self.model_fields_set - {"collections", *_OF_ONE_INDEX}}
        own = {field: reveal(value) for field, value in self.collections[name].items()}
        given = {field: getattr(self, field) for field in flags}
        chosen = Settings.model_validate({**mine, **own, **given})
        return chosen.remember(collection_flags(self._flags, name, own["index_folder"], given))

    def remember(self, flags: Mapping[str, object]) -> "Settings":
        """Keep the flags of the command line for `options`."""
        self._flags = flags
        return self

    @property
    def options(self) -> dict[str, str]:
        """What a command about the same index repeats from the command line, by option."""
        return repeated_options(self._flags)

    @property
    def conversations_path(self) -> Path:
        return self.conversations_file or self.index_folder / _CONVERSATIONS_FILE

    @property
    def keys_path(self) -> Path:
        """The file of keys, beside the conversations."""
        return self.conversations_path.with_name(_KEYS_FILE)

    @property
    def answers_path(self) -> Path:
        """The file of answers and feedback, beside the conversations."""
        return self.conversations_path.with_name(_ANSWERS_FILE)

    @property
    def retention_clock_path(self) -> Path:
        """The file that remembers the time by which conversations and records are deleted."""
        return self.conversations_path.with_name("retention-clock.json")

    @property
    def link_secret_path(self) -> Path:
        """The secret that signs links, beside the keys."""
        return self.keys_path.with_name(_LINKS_FILE)

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * 1_000_000

    @property
    def answers_with(self) -> Literal["local", "openai", "extractive"]:
        """What generates answers, with `auto` resolved."""
        if self.llm != "auto":
            return self.llm
        return "openai" if self.openai_api_key or self.openai_base_url else "local"


def read_settings(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings in force; with the flag `collection` those of a collection.

    Args:
        flags: Command-line values by setting name; None means not given.
        environment: The process's own when None.
        file: `rag.toml` in the working directory when None, if it is there.

    Raises:
        SettingsInvalid: An unknown name or a bad value; names where it was set.
    """
    values = _read_values(flags, environment, file)
    try:
        settings = Settings.model_validate({name: value for name, (value, _) in values.items()}).remember(flags or {})
    except ValidationError as error:
        raise _invalid(error, values) from error
    name = (flags or {}).get(_COLLECTION)
    return settings if name is None else _choose(settings, str(name), _given(flags).keys())


def _choose(settings: Settings, name: str, flags: Iterable[str]) -> Settings:
    if name not in settings.collections:
        raise SettingsInvalid(
            f"there is no collection {name!r}",
            next_step=f"take one of {', '.join(settings.collections)}"
            if settings.collections
            else "name them in rag.toml, each as [collections.NAME] with its index_folder",
        )
    return settings.of_collection(name, flags)


def origins_of_settings(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> dict[str, str]:
    """Return the flag, variable or file that sets each setting; defaults are left out."""
    return {name: origin for name, (_, origin) in _read_values(flags, environment, file).items()}


def _read_values(
    flags: Mapping[str, object] | None, environment: Mapping[str, str] | None, file: Path | None
) -> dict[str, tuple[object, str]]:
    """Return the value of each setting that is set, and where it comes from."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("RAG_SETTINGS_FILE")
    file = file or Path(chosen or SETTINGS_FILE)
    return {
        **{name: (value, str(file)) for name, value in _read_file(file, is_chosen=bool(chosen)).items()},
        **_read_environment(environment),
        **{name: (value, _FLAGS.get(name, f"--{name.replace('_', '-')}")) for name, value in _given(flags).items()},
    }


def _given(flags: Mapping[str, object] | None) -> dict[str, object]:
    """Return the settings that the command line gives."""
    return {name: value for name, value in (flags or {}).items() if value is not None and name != _COLLECTION}


def _read_file(file: Path, *, is_chosen: bool) -> dict[str, object]:
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if is_chosen:
            raise SettingsInvalid(
                f"RAG_SETTINGS_FILE names {file}, and there is no such file", next_step="correct or unset the variable"
            ) from error
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{file} cannot be read ({error})", next_step="correct or remove it") from error
    try:
        values = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(f"{file} is not valid TOML: {error}", next_step="correct that line") from error
    for name in values:
        _require_known(name, f"{name} in {file}")
    return values


def _read_environment(environment: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    values: dict[str, tuple[object, str]] = {}
    for variable, name in _OPENAI_VARIABLES.items():
        if environment.get(variable):
            values[name] = (environment[variable], variable)
    for variable, text in environment.items():
        if not text or not variable.startswith(_PREFIX) or variable == "RAG_SETTINGS_FILE":
            continue
        name = variable.removeprefix(_PREFIX).lower()
        _require_known(name, variable)
        values[name] = (split_list(text) if name in LISTS else text, variable)
    return values


def _require_known(name: str, shown: str) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise SettingsInvalid(f"unknown setting {shown}{hint}", next_step=_LIST)


def _secret_names() -> frozenset[str]:
    """Return the settings whose values are never shown."""
    return frozenset(name for name, field in Settings.model_fields.items() if holds_secret(field.annotation))


def _invalid(error: ValidationError, values: Mapping[str, tuple[object, str]]) -> SettingsInvalid:
    first = error.errors(include_url=False)[0]
    # What is checked as a whole are the collections.
    name = str(first["loc"][0]) if first["loc"] else "collections"
    value = "" if name in {*_secret_names(), "collections"} else f": {first['input']!r}"
    _, origin = values.get(name, (None, name))
    return SettingsInvalid(f"{origin}{value} is not valid for {name}: {explain_value(first)}", next_step=_LIST)
