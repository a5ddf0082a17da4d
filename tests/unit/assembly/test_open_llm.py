"""The LLM of the settings: how long it is paused after failures, and how it is closed."""

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from rag.answering.prompts import PromptedLlm
from rag.assembly.open_llm import OpenedLlm, open_llm, read_prompts, with_local_server
from rag.assembly.settings import Settings
from rag.errors import GenerationFailed
from rag.llm.client import ChatModel, Patience
from rag.places import Places
from tests.fake_llm import Script, serve_llm

N_FAILURES_TO_PAUSE = 5


@dataclass
class Server:
    base_url: str
    api_key: str = "k"
    places: Places = field(default_factory=lambda: Places(1, max_waiting=0))
    closed: list[str] = field(default_factory=list)

    def close(self) -> None:
        self.closed.append("server")


class FailingModel(ChatModel):
    async def close(self) -> None:
        raise OSError("the client is broken")


async def problem_after_failures(opened: OpenedLlm) -> str:
    assert opened.llm
    for _ in range(N_FAILURES_TO_PAUSE):
        with pytest.raises(GenerationFailed):
            await opened.llm.model.complete([{"role": "user", "content": "Yes?"}], 1)
    await opened.close()
    return str(opened.llm.model.problem)


@pytest.mark.parametrize(("pause_seconds", "is_paused"), [(1000, True), (0, False)])
@pytest.mark.parametrize("kind", ["local", "openai"])
def test_an_llm_of_either_kind_is_paused_as_the_settings_say(kind: str, pause_seconds: int, *, is_paused: bool) -> None:
    with serve_llm(Script(status=501)) as base_url:
        settings = Settings(llm_pause_seconds=pause_seconds, llm="openai", llm_model="m", openai_base_url=base_url)
        opened = with_local_server(settings, Server(base_url)) if kind == "local" else open_llm(settings)

        problem = asyncio.run(problem_after_failures(opened))

    assert "answered with status 501" in problem
    assert ("it is asked again in" in problem) == is_paused


def test_the_server_is_closed_though_the_client_fails_to(caplog: pytest.LogCaptureFixture) -> None:
    server = Server("http://127.0.0.1:1/v1")
    model = FailingModel(base_url=server.base_url, api_key="k", model="m", patience=Patience())

    with caplog.at_level(logging.ERROR):
        asyncio.run(OpenedLlm(PromptedLlm(model, read_prompts("local")), server).close())

    assert server.closed == ["server"]
    assert [record.getMessage() for record in caplog.records] == ["the LLM's client did not close cleanly"]
    assert "the client is broken" in caplog.text
