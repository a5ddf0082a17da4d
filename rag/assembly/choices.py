"""The choices of settings on the command line; `rag --help` imports no other settings."""

from typing import Literal

LlmChoice = Literal["auto", "local", "openai", "extractive"]
