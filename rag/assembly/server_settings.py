"""The settings of the HTTP server: where it listens, who may ask, what it stores and its limits."""

import re
from ipaddress import ip_address
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_MIN_KEY_CHARACTERS = 16


class ServerSettings(BaseModel):
    """What only the server needs; part of `Settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to serve on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to serve on; 0 chooses a free one.")
    allowed_origins: tuple[str, ...] = Field(
        (), description="Sites that may embed the widget, such as https://example.org; * for all."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Host names of a server on 127.0.0.1, for example behind a proxy; * for all."
    )
    title: str = Field("Footnote", description="Name on the chat page.")
    admin_key: SecretStr | None = Field(
        None, description="A key with all scopes, besides those of `rag keys create`; at least 16 characters."
    )
    insecure: bool = Field(default=False, description="Without keys, answer everybody who reaches the server.")
    conversations_file: Path | None = Field(
        None, description="File of the conversations; by default conversations.sqlite in the index folder."
    )
    conversation_days: int = Field(
        30, ge=0, le=36_500, description="Days to keep a conversation after its last answer; 0 stores none."
    )

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
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False
