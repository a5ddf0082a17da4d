"""That this process has no time or no connection is never reported as a fault of the LLM."""

import asyncio
import time

import openai
import pytest

from rag.errors import GenerationFailed, LlmBusy
from rag.llm.client import ChatModel, Patience
from rag.llm.transport import limit_connections
from rag.places import Places
from tests.fake_llm import Script, serve_llm
from tests.running import wait_until

# Longer than the client is patient, so that its timeouts have run out whenever it looks again.
HELD_UP_SECONDS = 1.0


def test_a_loop_that_was_held_up_does_not_blame_the_llm() -> None:
    async def ask_while_held_up(base_url: str) -> tuple[type[Exception], bool, bool]:
        patience = Patience(connect=600.0, first_token=0.3, between_tokens=600.0, total=600.0)
        model = ChatModel(base_url=base_url, api_key="k", model="m", patience=patience)
        asking = asyncio.create_task(model.complete([{"role": "user", "content": "Who?"}], 9))
        await asyncio.to_thread(wait_until, lambda: bool(script.requests))
        time.sleep(HELD_UP_SECONDS)  # noqa: ASYNC251 -- the fault under test
        try:
            await asking
        except GenerationFailed as error:
            return type(error), "answer in time" in str(model.problem), model.places.is_full
        finally:
            await model.close()
        raise AssertionError("its time ran out")

    script = Script(["Yes."], silent_after=0)
    with serve_llm(script) as base_url:
        assert asyncio.run(ask_while_held_up(base_url)) == (LlmBusy, False, False)


def test_an_llm_that_is_silent_while_this_process_is_idle_is_blamed() -> None:
    async def ask(base_url: str) -> GenerationFailed:
        patience = Patience(connect=600.0, first_token=0.3, between_tokens=600.0, total=600.0)
        model = ChatModel(base_url=base_url, api_key="k", model="m", patience=patience, max_retries=0)
        error: GenerationFailed = LlmBusy()
        # A busy machine may hold this process up too.
        while isinstance(error, LlmBusy):
            with pytest.raises(GenerationFailed) as caught:
                await model.complete([], 9)
            error = caught.value
        await model.close()
        return error

    with serve_llm(Script(["Yes."], silent_after=0)) as base_url:
        assert "did not answer in time" in str(asyncio.run(ask(base_url)))


def test_a_request_that_gets_no_connection_here_is_not_the_llms_fault() -> None:
    async def ask_more_than_fit(base_url: str) -> list[object]:
        patience = Patience(connect=600.0, first_token=600.0, between_tokens=600.0, total=600.0)
        model = ChatModel(base_url=base_url, api_key="k", model="m", patience=patience, places=Places(1, max_waiting=0))
        # Its pool waits as long as all of an answer may take, so the wait is made short here.
        model._client = model._client.with_options(timeout=openai.Timeout(600.0, pool=0.2))
        n_connections = limit_connections(1).max_connections or 0
        asking = [asyncio.create_task(model.complete([], 9)) for _ in range(n_connections)]
        await asyncio.to_thread(wait_until, lambda: len(script.requests) == n_connections)
        (refused,) = await asyncio.gather(model.complete([], 9), return_exceptions=True)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await model.close()
        return [type(refused), "busy" in str(model.problem)]

    script = Script(["Yes."], silent_after=0)
    with serve_llm(script) as base_url:
        assert asyncio.run(ask_more_than_fit(base_url)) == [LlmBusy, False]
