"""The LLM client against a real HTTP server that behaves as LLM servers do on good and bad days."""

import asyncio
import math

import pytest

from rag.errors import GenerationFailed
from rag.llm.client import ChatModel, Patience
from rag.llm.replies import Weighed
from rag.llm.requests import Message
from rag.types import Usage
from tests.fake_llm import Script, serve_llm

MESSAGES: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
# What must not run out is long, so that a busy machine changes nothing; what must run out is short.
PATIENCE = Patience(connect=600.0, first_token=600.0, between_tokens=600.0, total=600.0)
MAX_SECONDS = 300.0


class Clock:
    """Seconds that pass when a test says so, or while the client sleeps before it asks again."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


def chat_with(base_url: str, patience: Patience = PATIENCE) -> ChatModel:
    return ChatModel(base_url=base_url, api_key="k", model="m", patience=patience, max_retries=0)


async def collect(
    base_url: str, model: str | None = None, patience: Patience = PATIENCE, *, asks_probabilities: bool = False
) -> list[str | Weighed | Usage]:
    chat = ChatModel(base_url=base_url, api_key="k", model=model, patience=patience, max_retries=0)
    try:
        writing = chat.stream(MESSAGES, max_tokens=9, asks_probabilities=asks_probabilities)
        return [piece async for piece in writing]
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


def test_how_likely_the_model_found_a_piece_comes_before_it_where_it_is_asked_for() -> None:
    script = Script(["He ", "said so."], log_probabilities=[-0.5, -1.5])
    with serve_llm(script) as base_url:
        asked = asyncio.run(collect(base_url, model="m", asks_probabilities=True))
        plain = asyncio.run(collect(base_url, model="m"))

    assert asked == [Weighed((-0.5,)), "He ", Weighed((-1.5,)), "said so.", Usage(7, 3)]
    assert plain == ["He ", "said so.", Usage(7, 3)]
    assert [request.get("logprobs", False) for request in script.requests] == [True, False]


NOWHERE = "http://127.0.0.1:9/v1"
OPENINGS = {"not": math.log(0.5), " Not": math.log(0.25), "Note": math.log(0.125), "The": math.log(0.125)}


@pytest.mark.parametrize(("word", "probability"), [("not", 0.75), ("the", 0.125), ("no", 0.0)])
def test_how_likely_a_reply_opens_with_a_word_is_asked_with_one_token(word: str, probability: float) -> None:
    script = Script(["not"], log_probabilities=[-0.7], alternatives=OPENINGS, finish_reason="length")
    with serve_llm(script) as base_url:
        weighed = asyncio.run(
            ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE).weigh_opening(MESSAGES, word)
        )

    assert weighed == (pytest.approx(probability), Usage(7, 3))
    (request,) = script.requests
    assert (request["max_tokens"], request["logprobs"]) == (1, True)


def test_a_server_that_tells_no_alternatives_leaves_the_opening_open() -> None:
    with serve_llm(Script(["not"])) as base_url:
        weighed = asyncio.run(
            ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE).weigh_opening(MESSAGES, "not")
        )

    assert weighed == (None, Usage(7, 3))


def test_a_server_that_tells_no_probabilities_writes_all_the_same() -> None:
    with serve_llm(Script(["He said so."])) as base_url:
        pieces = asyncio.run(collect(base_url, model="m", asks_probabilities=True))

    assert pieces == ["He said so.", Usage(7, 3)]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (Script(status=401), "refused the key; set OPENAI_API_KEY"),
        (Script(status=404), "does not know this model"),
        (Script(status=500), "status 500"),
        (Script(status=429), "status 429"),
        (Script(body="<html>Welcome</html>"), "sent no chat reply; check OPENAI_BASE_URL"),
        (Script(body='{"error": {"message": "no"}}'), "sent no chat reply; check OPENAI_BASE_URL"),
        (Script(body="?", headers={"Content-Encoding": "gzip"}), "sent a reply that cannot be read"),
        (Script(["a" * 5_000_000]), "sent a reply that cannot be read"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_with_the_next_command(script: Script, message: str) -> None:
    with serve_llm(script) as base_url, pytest.raises(GenerationFailed, match=message) as caught:
        asyncio.run(collect(base_url, model="m"))
    assert "rag doctor" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("script", "patience"),
    [
        (Script(["a"], silent_after=0), Patience(600.0, 0.2, 600.0, 600.0)),
        (Script(["a", "b"], silent_after=1), Patience(600.0, 600.0, 0.2, 600.0)),
        # Chunks in which nothing is written are silence.
        (Script(["a", *[""] * 100_000], pause_seconds=0.02), Patience(600.0, 600.0, 0.2, 600.0)),
        (Script(["a"] * 400, pause_seconds=0.05), Patience(600.0, 600.0, 600.0, 0.4)),
    ],
    ids=["silent at first", "silent after a word", "empty chunks", "too slow in all"],
)
def test_a_server_that_takes_longer_than_we_wait_is_left(script: Script, patience: Patience) -> None:
    with serve_llm(script) as base_url, pytest.raises(GenerationFailed, match="did not answer in time"):
        asyncio.run(collect(base_url, model="m", patience=patience))


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(GenerationFailed, match=r"http://127\.0\.0\.1:9 cannot be reached; start it"):
        asyncio.run(collect("http://127.0.0.1:9/v1", model="m"))


def test_closing_the_stream_ends_the_connection() -> None:
    script = Script(["word "] * 100_000, pause_seconds=0.02)

    async def read_one(base_url: str) -> None:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE)
        stream = chat.stream(MESSAGES, max_tokens=9)
        await anext(stream)
        await stream.aclose()
        await chat.close()

    with serve_llm(script) as base_url:
        asyncio.run(read_one(base_url))
        assert script.was_cut_off.wait(MAX_SECONDS)


def test_a_reader_who_leaves_while_a_word_comes_stops_the_reading() -> None:
    script = Script([""] * 100_000, pause_seconds=0.001)

    async def leave_after(n_turns_of_the_loop: int, chat: ChatModel) -> bool:
        async def read() -> None:
            async for _ in chat.stream(MESSAGES, max_tokens=9):
                pass

        reading = asyncio.create_task(read())
        for _ in range(n_turns_of_the_loop):
            await asyncio.sleep(0.0001)
        reading.cancel()
        done, _ = await asyncio.wait({reading}, timeout=MAX_SECONDS)
        return bool(done) and reading.cancelled()

    async def leave_often(base_url: str) -> list[bool]:
        chat = chat_with(base_url)
        try:
            return [await leave_after(20 + n, chat) for n in range(30)]
        finally:
            await chat.close()

    with serve_llm(script) as base_url:
        assert asyncio.run(leave_often(base_url)) == [True] * 30


def test_a_reply_cut_at_its_limit_is_a_failure_but_a_short_one_may_be_asked_for() -> None:
    script = Script(["The ferry carries pro"], finish_reason="length")

    async def complete(base_url: str) -> str:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE)
        try:
            text, _ = await chat.complete(MESSAGES, max_tokens=3)
            return text
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
    with serve_llm(Script([" ", "\n"])) as base_url, pytest.raises(GenerationFailed, match="generated nothing"):
        asyncio.run(collect(base_url, model="m"))


def test_what_may_pass_is_asked_once_more_and_what_will_not_is_not() -> None:
    async def ask(base_url: str) -> None:
        clock = Clock()
        chat = ChatModel(
            base_url=base_url,
            api_key="k",
            model="m",
            patience=PATIENCE,
            clock=clock,
            sleep=clock.sleep,
            draw=lambda: 0.0,
        )
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

    assert n_asked == {503: 2, 429: 2, 400: 3, 401: 1, 404: 1}


def ask_with_waits(
    script: Script, patience: Patience, *, max_tokens: int = 9, model: str | None = "m"
) -> tuple[str, list[float]]:
    """Return what came of a question, be it the error's text, and what was waited before it was asked again."""
    clock = Clock()

    async def ask(base_url: str) -> str:
        chat = ChatModel(
            base_url=base_url,
            api_key="k",
            model=model,
            patience=patience,
            clock=clock,
            sleep=clock.sleep,
            draw=lambda: 0.0,
        )
        try:
            text, _ = await chat.complete(MESSAGES, max_tokens)
        except GenerationFailed as error:
            return str(error)
        else:
            return text
        finally:
            await chat.close()

    with serve_llm(script) as base_url:
        return asyncio.run(ask(base_url)), clock.waits


def test_a_server_that_was_busy_for_a_moment_writes_the_answer() -> None:
    script = Script(["He said so."], n_busy=1)

    assert ask_with_waits(script, PATIENCE) == ("He said so.", [0.25])
    assert len(script.requests) == 2


def test_a_server_that_stays_busy_is_asked_twice_and_no_more() -> None:
    script = Script(["He said so."], n_busy=2)

    said, waits = ask_with_waits(script, PATIENCE)

    assert "status 503" in said
    assert waits == [0.25]
    assert len(script.requests) == 2


def test_nothing_is_asked_again_once_a_word_was_told() -> None:
    script = Script(["He ", "said"], break_after=1)

    said, waits = ask_with_waits(script, PATIENCE)

    assert "broke off" in said
    assert waits == []
    assert len(script.requests) == 1


def test_what_broke_off_before_a_word_was_told_is_asked_again() -> None:
    script = Script(["", "He said"], break_after=1)

    _, waits = ask_with_waits(script, PATIENCE)

    assert waits == [0.25]
    assert len(script.requests) == 2


def test_a_server_is_asked_again_when_it_says_so_but_not_later_than_the_reader_waits() -> None:
    within, beyond = (Script(status=429, headers={"Retry-After": seconds}) for seconds in ("300", "601"))

    assert ask_with_waits(within, PATIENCE)[1] == [300.0]
    assert ask_with_waits(beyond, PATIENCE)[1] == []
    assert (len(within.requests), len(beyond.requests)) == (2, 1)


def test_a_server_that_writes_far_more_than_it_was_asked_for_is_stopped() -> None:
    script = Script(["word " * 20] * 50)

    said, _ = ask_with_waits(script, PATIENCE, max_tokens=9)

    assert "does not stop generating" in said


def test_asking_for_the_models_again_ends_when_the_time_for_the_reply_is_over() -> None:
    # A moment before that time is over, the server is asked again and says nothing more.
    script = Script(status=503, headers={"Retry-After": "599.8"}, n_models_told=1)

    said, waits = ask_with_waits(script, PATIENCE, model=None)

    assert waits == [599.8]
    assert "did not answer in time" in said


def test_a_refused_key_is_not_tried_with_every_question() -> None:
    script = Script(status=401)

    async def ask_twice(base_url: str) -> list[str]:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE, clock=lambda: 0.0)
        said = []
        for _ in range(2):
            with pytest.raises(GenerationFailed) as caught:
                await chat.complete(MESSAGES, max_tokens=9)
            said.append(str(caught.value))
        await chat.close()
        return said

    with serve_llm(script) as base_url:
        first, second = asyncio.run(ask_twice(base_url))

    assert "refused the key" in first
    assert second == f"{first} (it is asked again in 30 s)"
    assert len(script.requests) == 1


def test_a_reply_that_has_ended_does_not_wait_for_what_it_cost_as_long_as_for_a_word() -> None:
    script = Script(["He said so."], silent_after=2)

    async def read(base_url: str) -> list[str | Weighed | Usage]:
        async with asyncio.timeout(MAX_SECONDS):
            return await collect(base_url, model="m")

    with serve_llm(script) as base_url:
        pieces = asyncio.run(read(base_url))

    assert pieces == ["He said so."]


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ({"temperature", "max_tokens"}, {"max_completion_tokens", "stream_options"}),
        ({"stream_options", "max_completion_tokens"}, {"max_tokens"}),
    ],
)
def test_a_server_that_refuses_parameters_is_asked_without_them_from_then_on(
    refused: set[str], asked: set[str]
) -> None:
    script = Script(["He said so."], refused=frozenset(refused))

    async def ask_twice(base_url: str) -> list[str]:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE, max_retries=0)
        said = [(await chat.complete(MESSAGES, max_tokens=9))[0] for _ in range(2)]
        await chat.close()
        return said

    with serve_llm(script) as base_url:
        said = asyncio.run(ask_twice(base_url))

    assert said == ["He said so."] * 2
    *_, first_taken, second = (request.keys() - {"model", "messages", "stream"} for request in script.requests)
    assert first_taken == second == asked


def test_all_that_is_asked_for_one_answer_ends_at_one_deadline() -> None:
    clock = Clock()

    async def ask_late(base_url: str) -> None:
        chat = ChatModel(base_url=base_url, api_key="k", model="m", patience=PATIENCE, max_retries=0, clock=clock)
        deadline = chat.deadline()
        clock.seconds = 599.8
        try:
            # With a deadline of its own, the call would wait ten minutes for the server.
            async with asyncio.timeout(MAX_SECONDS):
                await chat.complete(MESSAGES, 99, deadline)
        finally:
            await chat.close()

    silent = Script(["word"], silent_after=0)
    with serve_llm(silent) as base_url, pytest.raises(GenerationFailed, match="did not answer in time"):
        asyncio.run(ask_late(base_url))
