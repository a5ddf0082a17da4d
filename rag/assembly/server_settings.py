"""The settings of the HTTP server: where it listens, who may ask, what it stores and its limits."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Secret, SecretStr, field_validator

from rag.llm.addresses import origin_of

LogFormat = Literal["text", "json"]
LISTS = frozenset({"allowed_origins", "allowed_hosts", "trusted_proxies"})
_MIN_KEY_CHARACTERS = 16
_OWN_PATHS = frozenset({"v1", "documents", "collections", "static", "admin", "mcp"})
_ALL = "*"
# As browsers send it: no path, no upper case, no standard port.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_STANDARD_PORT = re.compile(r"http:.*:80|https:.*:443")
_HOST_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
# What nginx writes into X-Forwarded-For for a client that came through a socket file.
_SOCKET_FILE = "unix:"


class _Address(Secret[str]):
    """An address that may hold a key; shown as scheme, host and port."""

    def _display(self) -> str:
        return origin_of(self.get_secret_value())


def _require_web_address(address: _Address) -> _Address:
    origin_of(address.get_secret_value())
    return address


SecretAddress = Annotated[_Address, AfterValidator(_require_web_address)]


class ServerSettings(BaseModel):
    """What only the server needs; part of `Settings`."""

    # The traceback of an error would show a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address to serve on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to serve on; 0 chooses a free one.")
    allowed_origins: tuple[str, ...] = Field(
        (), description="Sites that may embed the widget, such as https://example.org; * for all."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Host names of a server on 127.0.0.1, for example behind a proxy; * for all."
    )
    root_path: str = Field(
        "", description="Path below which a proxy serves this server, such as /footnote; the proxy cuts it off."
    )
    title: str = Field("Footnote", description="Name on the chat page.")
    greeting: str = Field("What would you like to know?", description="First line of an empty chat page.")
    suggestions: tuple[str, ...] = Field(
        (), description="Up to three questions to begin with; by default drawn from the headings of the documents."
    )
    language: str = Field(
        "en", pattern="^[a-z]{2}$", description="Language of notes where that of a question is uncertain, such as de."
    )
    openai_links: bool = Field(
        default=True, description="List the links of the citations below the answers that OpenAI clients get."
    )
    admin_key: SecretStr | None = Field(
        None, description="A key with all scopes, besides those of `rag keys create`; at least 16 characters."
    )
    public_documents: bool = Field(
        default=True,
        description="Whoever may ask may read whole documents; if false, only the cited words, and all with the scope "
        "documents.",
    )
    insecure: bool = Field(default=False, description="Without keys, answer everybody who reaches the server.")
    conversations_file: Path | None = Field(
        None, description="File of the conversations; by default conversations.sqlite in the index folder."
    )
    conversation_days: int = Field(
        30, ge=0, le=36_500, description="Days to keep a conversation after its last answer; 0 stores none."
    )
    answer_days: int = Field(
        365, ge=0, le=36_500, description="Days to keep the figures of an answer and the feedback on it; 0 keeps none."
    )
    keep_questions: bool = Field(
        default=False, description="Keep the words of questions and answers for the owner's pages."
    )
    question_days: int = Field(
        30, ge=0, le=36_500, description="Days to keep the words of questions, answers and feedback."
    )

    max_connections: int = Field(
        1000,
        ge=1,
        le=100_000,
        description="Most connections at the same time; if all are being answered, further ones get 503.",
    )
    max_answers: int = Field(
        100, ge=1, le=100_000, description="Most answers in work, open streams too; further questions get 429."
    )
    max_waiting: int = Field(
        32,
        ge=0,
        le=100_000,
        description="Most questions and searches that wait to be begun; further ones get 429.",
    )
    address_questions_per_minute: int = Field(
        300,
        ge=0,
        le=1_000_000,
        description="Most questions and searches a minute from one address, but not with a secret key; further ones "
        "get 429. 0: no limit.",
    )
    key_questions_per_minute: int = Field(
        1200,
        ge=0,
        le=1_000_000,
        description="Most questions and searches a minute with one key; further ones get 429. 0: no limit.",
    )
    site_key_tokens_per_day: int = Field(
        2_000_000,
        ge=0,
        description="Most LLM tokens a day, in UTC, for the answers to one site key; then 429. 0: no limit.",
    )
    price_per_million_read: float = Field(
        0, ge=0, le=1_000_000, description="Price of a million tokens that the LLM reads, for the owner's pages."
    )
    price_per_million_generated: float = Field(
        0, ge=0, le=1_000_000, description="Price of a million tokens that the LLM generates; 0 with both: no cost."
    )
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Currency of the prices, such as EUR.")
    request_head_seconds: float = Field(
        10, gt=0, le=3600, description="Longest time for a client to send the head of a request."
    )
    request_body_seconds: float = Field(
        20, gt=0, le=3600, description="How often a client must have sent 16 KB more of a body, or its end."
    )
    slow_reader_seconds: float = Field(
        60, gt=0, le=3600, description="Longest time for a client to take nothing of a reply; then it is cut off."
    )
    drain_seconds: float = Field(
        5, ge=0, le=3600, description="Time for answers in progress to end when the server stops."
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks of proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Request-ID count.",
    )
    otlp_endpoint: SecretAddress | None = Field(
        None, description="Where OpenTelemetry traces go, such as http://127.0.0.1:4318/v1/traces; by default nowhere."
    )
    local_metrics: bool = Field(
        default=False, description="Answer GET /metrics without a key to programs on this machine, not through a proxy."
    )
    log_format: LogFormat = Field("text", description="Lines of the server's log: text or json.")

    @field_validator("root_path")
    @classmethod
    def _require_path(cls, path: str) -> str:
        if path and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
            raise ValueError("it is not a path such as /footnote, without a slash at its end")
        if path.split("/")[1:2] and path.split("/")[1] in _OWN_PATHS:
            raise ValueError(f"{path} begins like a path of this server; choose another")
        return path

    @field_validator("allowed_origins")
    @classmethod
    def _require_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != _ALL and not is_origin(origin):
                raise ValueError(
                    f"{origin[:100]!r} is not an origin as browsers send it; use one such as https://example.org, "
                    "with no slash at its end, or * for all"
                )
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _require_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if host != _ALL and not _HOST_NAME.fullmatch(host) and not is_address(host):
                raise ValueError(
                    f"{host[:100]!r} is not a host name; use one such as docs.example.org, "
                    "with no scheme, port or path, or * for all"
                )
        return hosts

    @field_validator("trusted_proxies")
    @classmethod
    def _require_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        if _ALL in proxies and len(proxies) > 1:
            raise ValueError("* trusts all addresses only if it stands alone; remove it or the others")
        for proxy in proxies:
            if proxy not in {_ALL, _SOCKET_FILE} and not is_address(proxy) and not _is_network(proxy):
                raise ValueError(
                    f"{proxy[:100]!r} is not an IP address such as 10.0.0.2, and not a network such as 10.0.0.0/8, "
                    "whose bits after the prefix are 0; use one of these, or * for all"
                )
        return proxies

    @field_validator("admin_key")
    @classmethod
    def _require_usable(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        if not key.get_secret_value().strip():
            raise ValueError("it is blank; set a key, or remove the setting")
        if not re.fullmatch(f"[!-~]{{{_MIN_KEY_CHARACTERS},}}", key.get_secret_value()):
            raise ValueError(
                f"it has to be at least {_MIN_KEY_CHARACTERS} letters, digits and signs of ASCII without a space; "
                "take one from `openssl rand -hex 24`"
            )
        return key

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the server, if no proxy stands before it."""
        return self.host == "localhost" or (is_address(self.host) and ip_address(self.host).is_loopback)


def split_list(text: str) -> list[str]:
    """Split a list at its commas; browsers send origins without a slash at the end."""
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def is_origin(text: str) -> bool:
    """Return whether a text is an origin as browsers send it."""
    return bool(_ORIGIN.fullmatch(text)) and not _STANDARD_PORT.fullmatch(text)


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
