"""What a client knows of its server without asking it."""

import asyncio
import contextlib

import pytest

from rag.errors import GenerationFailed
from rag.llm.client import ChatModel, Patience
from tests.fake_llm import Script, serve_llm


def test_a_check_shows_whether_the_server_works_until_the_next_one() -> None:
    script = Script(["Yes."])

    async def check_thrice(base_url: str) -> list[str]:
        model = ChatModel(base_url=base_url, api_key="k", model=None, patience=Patience())
        problems = [str(model.problem)]
        for status in (503, 200):
            script.status = status
            with contextlib.suppress(GenerationFailed):
                await model.check()
            problems.append(str(model.problem))
        await model.close()
        return [*problems, str(model.known_name)]

    with serve_llm(script) as base_url:
        unknown, ill, well, name = asyncio.run(check_thrice(base_url))

    assert unknown.endswith("has not answered yet; ask again in a few seconds")
    assert "answered with status 503" in ill
    assert (well, name) == ("None", "scripted")


def test_a_request_shows_whether_the_server_works() -> None:
    script = Script(["Yes."], status=503, headers={"Retry-After": "99"})

    async def ask_twice(base_url: str) -> list[str]:
        model = ChatModel(base_url=base_url, api_key="k", model="m", patience=Patience())
        with pytest.raises(GenerationFailed):
            await model.complete([], 1)
        problems = [str(model.problem)]
        script.status = 200
        await model.complete([], 1)
        await model.close()
        return [*problems, str(model.problem)]

    with serve_llm(script) as base_url:
        ill, well = asyncio.run(ask_twice(base_url))

    assert "answered with status 503" in ill
    assert well == "None"
    assert script.listings == []


def test_a_server_that_lists_its_models_may_still_fail_at_generating() -> None:
    script = Script(["Yes."], status=404)

    async def ask_and_check(base_url: str) -> tuple[str, str]:
        model = ChatModel(base_url=base_url, api_key="k", model="missing", patience=Patience())
        with pytest.raises(GenerationFailed):
            await model.complete([], 1)
        await model.check()
        failing = str(model.problem)
        script.status = 200
        await model.complete([], 1)
        await model.close()
        return failing, str(model.problem)

    with serve_llm(script) as base_url:
        failing, well = asyncio.run(ask_and_check(base_url))

    assert "404" in failing or "not know" in failing or "no model" in failing
    assert well == "None"
