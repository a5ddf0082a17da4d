"""Settings: flag > environment `RAG_…` > rag.toml > default, read once into one frozen object.

`OPENAI_API_KEY` and `OPENAI_BASE_URL` are read too, as every OpenAI client does. A name that we do not know is an
error, so that a misspelt setting is never silently ignored.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from rag.assembly.choices import LlmChoice
from rag.errors import SettingsInvalid

SETTINGS_FILE = "rag.toml"
CONVERSATIONS_FILE = "conversations.sqlite"
_PREFIX = "RAG_"
_LIST = "`rag settings` lists them all"
_LISTS = frozenset({"allowed_origins", "allowed_hosts"})
_OPENAI_VARIABLES = {"OPENAI_API_KEY": "openai_api_key", "OPENAI_BASE_URL": "openai_base_url"}

Device = Literal["cpu", "cuda", "mps"]


def _default_models_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "footnote"


class Settings(BaseModel):
    """Everything that can be set; `rag settings` prints each with its value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents_folder: Path | None = Field(
        None, description="The documents that `rag index` reads; the folder indexed last, or else seeds."
    )
    index_folder: Path = Field(Path("index"), description="Where the index lies.")
    models_folder: Path = Field(default_factory=_default_models_folder, description="Where models are kept.")
    encoder: str = Field(
        "all-MiniLM-L6-v2",
        description="The built-in sentence encoder, or one of sentence-transformers: a folder, or owner/name at a hub.",
    )
    device: Device = Field("cpu", description="Where encoder and reranker run: cpu, cuda or mps.")
    reranker: str | None = Field(
        None, description="A cross-encoder that puts what was found in order: a folder, or owner/name at a hub."
    )
    rerank_candidates: int = Field(20, ge=1, le=200, description="Passages that the reranker looks at.")
    rerank_ms: int = Field(
        300, ge=0, le=60_000, description="Milliseconds of a query for the reranker; the rest keeps its order."
    )
    entailment: str | None = Field(
        None, description="A cross-encoder (NLI, groundedness) that checks what is written: a folder, or owner/name."
    )
    llm: LlmChoice = Field(
        "auto", description="Who writes answers: openai where OPENAI_API_KEY or OPENAI_BASE_URL is set, else local."
    )
    llm_model: str | None = Field(
        None, description="The LLM's name; by default the first that its server offers, gpt-4o-mini at OpenAI."
    )
    llm_connect_seconds: float = Field(2, gt=0, le=600, description="The longest wait for a connection to the LLM.")
    llm_first_token_seconds: float | None = Field(
        None,
        gt=0,
        le=3600,
        description="The longest wait for its first word; by default 20 for the local one, else 10.",
    )
    llm_between_tokens_seconds: float = Field(5, gt=0, le=3600, description="The longest silence while it writes.")
    llm_total_seconds: float = Field(60, gt=0, le=3600, description="The longest that it may take for one answer.")
    llm_pause_seconds: float = Field(
        30, ge=0, le=3600, description="How long an LLM that failed five times in a row is not asked; 0 always asks."
    )
    openai_base_url: str | None = Field(None, description="An OpenAI-compatible server (OPENAI_BASE_URL).")
    openai_api_key: SecretStr | None = Field(None, description="Its key (OPENAI_API_KEY).")
    host: str = Field("127.0.0.1", description="The address to serve on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to serve on; 0 takes a free one.")
    allowed_origins: tuple[str, ...] = Field(
        (), description="Sites that may embed the widget, such as https://example.org; * for any."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Names under which readers reach a server on 127.0.0.1, through a proxy say; * for any."
    )
    title: str = Field("Footnote", description="The name on the chat page.")
    top_k: int = Field(8, ge=1, le=100, description="Passages considered for an answer.")
    max_per_document: int = Field(0, ge=0, le=100, description="Hits that one document may have; 0: any number.")
    passage_tokens: int = Field(200, ge=16, le=512, description="The most tokens in a passage.")
    passage_min_tokens: int = Field(32, ge=0, le=512, description="Smaller paragraphs join a neighbour.")
    local_context_tokens: int = Field(270, ge=32, le=3000, description="Tokens of context for the local LLM.")
    remote_context_tokens: int = Field(3000, ge=32, le=100_000, description="Tokens of context for a remote LLM.")
    min_near: float = Field(
        0.28, ge=0, le=1, description="Where nothing in the documents comes this near, the LLM is not called: declined."
    )
    min_quote: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Where search is this sure, sentences are quoted as an answer if no LLM writes one.",
    )
    min_answered: float = Field(
        0.45,
        ge=0,
        le=1,
        description="What the local LLM found counts as an answer where it is one with at least this probability.",
    )
    instant: bool = Field(default=True, description="Quote the documents at once as a draft while the LLM writes.")
    strict: bool = Field(
        default=True, description="Leave out what the check only doubts, instead of showing and marking it."
    )
    max_file_mb: int = Field(200, ge=1, le=100_000, description="Larger files are not indexed.")
    max_pages: int = Field(10_000, ge=1, le=10_000_000, description="Documents with more pages are not indexed.")
    parse_seconds: float = Field(120, gt=0, le=86_400, description="A file that takes longer to read is not indexed.")
    parse_memory_mb: int = Field(
        3000, ge=500, le=1_000_000, description="A file that takes more memory to read is not indexed."
    )
    admin_key: SecretStr | None = Field(
        None, description="Who sends it may add and remove documents over HTTP; without it nobody may."
    )
    conversations_file: Path | None = Field(
        None, description="Where conversations are stored; by default conversations.sqlite in the index folder."
    )
    conversation_days: int = Field(
        30, ge=0, le=36_500, description="Days a conversation is kept after its last answer; 0 stores none."
    )
    max_question_characters: int = Field(4000, ge=1, le=100_000, description="Longer ones are refused, searches cut.")
    threads: int = Field(0, ge=0, le=256, description="Of the LLM, the encoder, and for files; 0: one a core.")

    @field_validator("openai_base_url")
    @classmethod
    def _require_web_address(cls, address: str | None) -> str | None:
        if address is not None and not re.match(r"https?://[^/\s]", address):
            raise ValueError("it is no web address; give one such as http://127.0.0.1:8080/v1")
        return address

    @property
    def writes_with(self) -> Literal["local", "openai", "extractive"]:
        """Who writes answers, `auto` resolved."""
        if self.llm != "auto":
            return self.llm
        return "openai" if self.openai_api_key or self.openai_base_url else "local"


def read_settings(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings in force.

    Args:
        flags: Command-line values by setting name; None means not given.
        environment: The process's own when None.
        file: `rag.toml` in the working directory when None, if it is there.

    Raises:
        SettingsInvalid: An unknown name or a bad value; says where it was set.
    """
    environment = os.environ if environment is None else environment
    file = file or Path(environment.get("RAG_SETTINGS_FILE", SETTINGS_FILE))
    from_file = _read_file(file)
    from_environment = _read_environment(environment)
    from_flags = {name: value for name, value in (flags or {}).items() if value is not None}
    origins = {
        **dict.fromkeys(from_file, str(file)),
        **{name: _variable_of(name) for name in from_environment},
        **{name: "--" + name.replace("_", "-") for name in from_flags},
    }
    try:
        return Settings.model_validate({**from_file, **from_environment, **from_flags})
    except ValidationError as error:
        raise SettingsInvalid(_explain(error, origins), next_step=_LIST) from error


def _read_file(file: Path) -> dict[str, object]:
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{file} cannot be read ({error})") from error
    try:
        values = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(f"{file} is not valid TOML: {error}") from error
    for name in values:
        _require_known(name, f"{name} in {file}")
    return values


def _read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, name in _OPENAI_VARIABLES.items():
        if environment.get(variable):
            values[name] = environment[variable]
    for variable, text in environment.items():
        if not text or not variable.startswith(_PREFIX) or variable == "RAG_SETTINGS_FILE":
            continue
        name = variable.removeprefix(_PREFIX).lower()
        _require_known(name, variable)
        values[name] = _split_list(text) if name in _LISTS else text
    return values


def _split_list(text: str) -> list[str]:
    """Return the parts of a list with commas; browsers send origins without a slash at the end."""
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def _require_known(name: str, shown: str) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise SettingsInvalid(f"unknown setting {shown}{hint}", next_step=_LIST)


def _variable_of(name: str) -> str:
    return next((variable for variable, field in _OPENAI_VARIABLES.items() if field == name), _PREFIX + name.upper())


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    value = "" if "key" in name else f" {first['input']!r}"
    where = origins.get(name, name)
    why = first["msg"].removeprefix("Value error, ")
    return f"{where}:{value} is not valid for {name}: {why[:1].lower()}{why[1:]}"
