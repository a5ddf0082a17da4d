"""The choices of settings that the command line offers too; `rag --help` reads only this of them."""

from typing import Literal

LlmChoice = Literal["auto", "local", "openai", "extractive"]
