"""The LLM client against a real HTTP server that behaves as LLM servers do on good and bad days."""

import asyncio

import pytest

from rag.errors import GenerationFailed
from rag.generation import ChatModel, Patience
from rag.prompting import Message
from rag.types import Usage
from tests.fake_llm import Script, serve_llm

MESSAGES: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
PATIENCE = Patience(connect=0.5, first_token=0.2, between_tokens=0.2, total=0.4)


async def collect(base_url: str, model: str | None = None) -> list[str | Usage]:
    chat = ChatModel(base_url=base_url, api_key="k", model=model, patience=PATIENCE, max_retries=0)
    try:
        return [piece async for piece in chat.stream(MESSAGES, max_tokens=9)]
    finally:
        await chat.close()


def test_the_reply_comes_in_pieces_and_then_its_cost() -> None:
    script = Script(["He ", "said so."])
    with serve_llm(script) as base_url:
        pieces = asyncio.run(collect(base_url))

    assert pieces == ["He ", "said so.", Usage(7, 3)]
    assert script.requests[0]["model"] == "scripted"
    assert script.requests[0]["messages"] == MESSAGES
    assert script.requests[0]["max_tokens"] == 9
    assert script.requests[0]["temperature"] == 0


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (Script(status=401), "refused the key; set OPENAI_API_KEY"),
        (Script(status=404), "does not know this model"),
        (Script(status=500), "status 500"),
        (Script(status=429), "status 429"),
        (Script(["a", "b"], pause_seconds=0.3), "did not answer in time"),
        (Script(["a "] * 30, pause_seconds=0.05), "did not answer in time"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_with_the_next_command(script: Script, message: str) -> None:
    with serve_llm(script) as base_url, pytest.raises(GenerationFailed, match=message) as caught:
        asyncio.run(collect(base_url, model="m"))
    assert "rag doctor" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(GenerationFailed, match=r"127\.0\.0\.1:9/v1/ cannot be reached; start it"):
        asyncio.run(collect("http://127.0.0.1:9/v1", model="m"))


def test_closing_the_stream_ends_the_connection() -> None:
    script = Script(["word "] * 100, pause_seconds=0.02)

    async def read_one(base_url: str) -> None:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE)
        stream = chat.stream(MESSAGES, max_tokens=9)
        await anext(stream)
        await stream.aclose()
        await chat.close()

    with serve_llm(script) as base_url:
        asyncio.run(read_one(base_url))
        assert script.was_cut_off.wait(2.0)


def test_a_reply_cut_at_its_limit_is_a_failure_but_a_short_one_may_be_asked_for() -> None:
    script = Script(["The ferry carries pro"], finish_reason="length")

    async def complete(base_url: str) -> str:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE)
        try:
            return await chat.complete(MESSAGES, max_tokens=3)
        finally:
            await chat.close()

    with serve_llm(script) as base_url:
        assert asyncio.run(complete(base_url)) == "The ferry carries pro"
        with pytest.raises(GenerationFailed, match=r"was cut off \(length\)"):
            asyncio.run(collect(base_url))


def test_a_password_in_the_address_is_never_shown() -> None:
    with pytest.raises(GenerationFailed) as caught:
        asyncio.run(collect("http://user:secret@127.0.0.1:9/v1", model="m"))
    assert "secret" not in str(caught.value)


def test_a_reply_without_a_word_is_a_failure() -> None:
    with serve_llm(Script([" ", "\n"])) as base_url, pytest.raises(GenerationFailed, match="wrote nothing"):
        asyncio.run(collect(base_url, model="m"))


def lean(script: Script) -> float | None:
    async def ask(base_url: str) -> float | None:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE)
        try:
            return await chat.yes_probability(MESSAGES)
        finally:
            await chat.close()

    with serve_llm(script) as base_url:
        return asyncio.run(ask(base_url))


def test_a_server_without_probabilities_is_taken_at_its_word() -> None:
    script = Script(["Yes."])

    assert lean(script) == 1.0
    assert (script.requests[0]["max_tokens"], script.requests[0]["logprobs"]) == (1, True)
    assert lean(Script(["no"])) == 0.0
    assert lean(Script(["Perhaps"])) is None


def test_what_may_pass_is_asked_once_more_and_what_will_not_is_not() -> None:
    async def ask(base_url: str) -> None:
        async def no_sleep(_: float) -> None:
            return None

        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE, sleep=no_sleep, draw=lambda: 0.0)
        try:
            await chat.complete(MESSAGES, max_tokens=9)
        finally:
            await chat.close()

    n_asked = {}
    for status in (503, 429, 400, 401, 404):
        script = Script(status=status)
        with serve_llm(script) as base_url, pytest.raises(GenerationFailed):
            asyncio.run(ask(base_url))
        n_asked[status] = len(script.requests)

    assert n_asked == {503: 2, 429: 2, 400: 1, 401: 1, 404: 1}


def test_nothing_is_asked_again_once_a_word_was_told() -> None:
    script = Script(["He ", "said"], break_after=1)
    with serve_llm(script) as base_url, pytest.raises(GenerationFailed, match="broke off"):
        asyncio.run(collect(base_url, model="m"))

    assert len(script.requests) == 1
