"""Open the LLM that the settings ask for, with the prompts that suit it."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rag.answering.prompts import PromptedLlm, Prompts, answer_messages
from rag.assembly.closing import close_all
from rag.assembly.settings import Settings, Verify
from rag.errors import GenerationFailed, ModelCorrupt, ModelMissing, RagError
from rag.llm.client import N_AT_ONCE, ChatModel, Patience
from rag.llm.local import running_server
from rag.model_files.builtin import LLM, locate_llm
from rag.places import Places
from rag.types import Context

_OPENAI_MODEL = "gpt-4o-mini"
# The local LLM reads the prompt first, and may have other requests before it.
_LOCAL_FIRST_TOKEN_SECONDS = 20.0
_REMOTE_FIRST_TOKEN_SECONDS = 10.0
# With fewer, two replies at once would both take about twice as long.
_THREADS_A_SLOT = 4


class RunningServer(Protocol):
    """An LLM server of this process."""

    base_url: str
    api_key: str
    places: Places

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenedLlm:
    """The LLM with the server that runs it, or why there is none; all None where none is set."""

    llm: PromptedLlm | None = None
    server: RunningServer | None = None
    problem: RagError | None = None

    async def close(self) -> None:
        client = [("the LLM's client", self.llm.model.close)] if self.llm else []
        server = [("the LLM's server", self.server.close)] if self.server else []
        await close_all(*client, *server)


def open_llm(settings: Settings) -> OpenedLlm:
    """Open the LLM; one that cannot be opened is returned as a problem."""
    try:
        if settings.answers_with == "local":
            path = locate_llm(settings.models_folder)
            n_threads = settings.threads or os.cpu_count() or 1
            n_slots = settings.llm_slots or max(1, n_threads // _THREADS_A_SLOT)
            return with_local_server(settings, running_server(path, n_threads, n_slots, settings.llm_queue))
        if settings.answers_with == "openai":
            return OpenedLlm(PromptedLlm(open_remote_model(settings), read_prompts("remote", settings.verify)))
    except (ModelMissing, ModelCorrupt, GenerationFailed) as error:
        error.repeat_options(settings.options)
        return OpenedLlm(problem=error)
    return OpenedLlm()


def with_local_server(settings: Settings, server: RunningServer) -> OpenedLlm:
    """Return the LLM that a server of this process runs."""
    model = ChatModel(
        base_url=server.base_url,
        api_key=server.api_key,
        model=LLM.name,
        patience=_patience(settings, _LOCAL_FIRST_TOKEN_SECONDS),
        places=server.places,
    )
    return OpenedLlm(PromptedLlm(model, read_prompts("local", settings.verify)), server)


def open_remote_model(settings: Settings) -> ChatModel:
    """Return the client of the server in the settings; makes no request."""
    key, address = settings.openai_api_key, settings.openai_base_url
    return ChatModel(
        base_url=address.get_secret_value() if address else None,
        # Private servers need no key, but the client does.
        api_key=key.get_secret_value() if key else "none",
        # OpenAI lists a hundred models in any order; a private server lists what it runs.
        model=settings.llm_model or (None if address else _OPENAI_MODEL),
        patience=_patience(settings, _REMOTE_FIRST_TOKEN_SECONDS),
        places=Places(settings.llm_slots or N_AT_ONCE, max_waiting=settings.llm_queue),
    )


async def warm_up(opened: OpenedLlm) -> None:
    """Make a local LLM read the prompt's fixed opening, which its server keeps."""
    if opened.llm and opened.server:
        # A machine too busy for that reads the opening with the first question.
        with contextlib.suppress(GenerationFailed):
            messages = answer_messages(opened.llm.prompts, Context((), (), 0), "Ready?", "0")
            await opened.llm.model.complete(messages, max_tokens=1)


def prompts_folder() -> Path:
    """Return the folder of prompts: in an installed package, or at the root of a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "prompts"
    return packaged if packaged.is_dir() else package.parent / "prompts"


def read_prompts(kind: Literal["local", "remote"], verify: Verify = "auto") -> Prompts:
    """Return the prompts for the local LLM or for one of a server."""

    def read(name: str) -> str:
        return (prompts_folder() / f"{kind}_{name}.txt").read_text(encoding="utf-8").strip()

    is_local = kind == "local"
    return Prompts(
        system=read("system"),
        answer=read("answer"),
        rewrite=read("rewrite"),
        numbers_passages=not is_local,
        decline=read("decline") if is_local else None,
        verify=read("verify") if verify == "always" or (verify == "auto" and is_local) else None,
    )


def _patience(settings: Settings, first_token_seconds: float) -> Patience:
    return Patience(
        connect=settings.llm_connect_seconds,
        first_token=settings.llm_first_token_seconds or first_token_seconds,
        between_tokens=settings.llm_between_tokens_seconds,
        total=settings.llm_total_seconds,
        pause=settings.llm_pause_seconds,
    )
