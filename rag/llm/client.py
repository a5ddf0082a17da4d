"""Call an LLM over the OpenAI chat protocol: OpenAI, vLLM, Ollama, llama.cpp or the local LLM.

Every call ends in time, with text or GenerationFailed. All retries are made here, behind a circuit
breaker.
"""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import openai

from rag.errors import GenerationFailed, LlmBusy
from rag.llm.addresses import origin_of
from rag.llm.circuit_breaker import Attempt, CircuitBreaker
from rag.llm.faults import LLM_ERRORS, Fault, ReplyUnusable, diagnose
from rag.llm.loop_lag import watch_loop
from rag.llm.replies import ReplyPart, Weighed, probability_of, read_first_model, read_part
from rag.llm.requests import FORMS, Form, Message, chat_body
from rag.llm.retrying import seconds_before_retry
from rag.llm.transport import TransportError, bound_reply, limit_connections
from rag.places import Places
from rag.types import Usage

N_AT_ONCE = 100
"""Answers that a server generates at the same time, if nothing else is known of it."""
# OpenAI returns at least so many.
_N_ALTERNATIVES = 10
_CUT_OFF = frozenset(("length", "content_filter"))
# No token of any vocabulary in use is longer. It stops a server that ignores the limit of tokens.
_MAX_CHARACTERS_A_TOKEN = 50
# The usage comes with the ending or not at all. Some servers do not close the connection.
_SECONDS_AFTER_ENDING = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the LLM, in seconds.

    Attributes:
        total: For all requests of one answer, retries included.
        pause: How long no request is made after failures in a row, at first; 0: no pause.
    """

    connect: float = 2.0
    first_token: float = 20.0
    between_tokens: float = 5.0
    total: float = 60.0
    pause: float = 30.0


class ChatModel:
    """One model behind one base URL, of which `where` is scheme, host and port."""

    def __init__(
        self,
        *,
        base_url: str | None,
        api_key: str,
        model: str | None,
        patience: Patience,
        max_retries: int = 1,
        places: Places | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Take the place of the model; makes no request.

        Args:
            max_retries: How often a call is retried if that may help and no text has come yet.
            places: Of the answers that the server generates at the same time; by default 100.
            clock: Seconds; only differences count.
            draw: Uniform from 0 to 1, so that calls that failed together are not retried together.
        """
        self.places = places or Places(N_AT_ONCE, max_waiting=0)
        self._patience = patience
        self._max_retries = max_retries
        self._clock = clock
        self._sleep = sleep
        self._draw = draw
        self._breaker = CircuitBreaker(clock, pause_seconds=patience.pause)
        timeout = openai.Timeout(patience.total, connect=patience.connect)
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,
            timeout=timeout,
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=timeout,
                limits=limit_connections(self.places.n_places),
                follow_redirects=False,
                event_hooks={"response": [bound_reply]},
            ),
        )
        self.where = origin_of(str(self._client.base_url))
        self._model = model
        self._is_model_given = model is not None
        self._form: Form = FORMS[0]
        self._last_fault: Fault | None = None
        # A server that lists its models may fail all the same at generating.
        self._request_problem: GenerationFailed | None = None
        self._check_problem: GenerationFailed | None = self._failure(
            "has not answered yet", "ask again in a few seconds"
        )

    def deadline(self) -> float:
        """Return the deadline of all calls for one answer that begins now."""
        return self._clock() + self._patience.total

    @property
    def known_name(self) -> str | None:
        """The model's name; None until the server has listed its models."""
        return self._model

    @property
    def is_paused(self) -> bool:
        """Whether no request is made for a while, because too many failed."""
        return self._breaker.seconds_left > 0

    @property
    def problem(self) -> GenerationFailed | None:
        """Why the last request or check failed, or requests are paused; None where all is well."""
        return self._left_alone() if self.is_paused else self._request_problem or self._check_problem

    async def model_name(self) -> str:
        """Return the model's name; if none is set, the first that the server lists.

        Raises:
            GenerationFailed: The server cannot be reached, rejects the key or lists no model.
        """
        async with self._as_our_errors():
            return await self._name_model()

    async def check(self) -> str:
        """Check that the server answers and accepts the key; return the model's name.

        Raises:
            GenerationFailed: It does not.
        """
        try:
            async with self._as_our_errors(), asyncio.timeout(self._patience.first_token):
                # Servers without a list of models have answered too.
                with contextlib.suppress(openai.NotFoundError):
                    await self._client.get("/models", cast_to=object)
            name = await self.model_name()
        except LlmBusy:
            raise
        except GenerationFailed as error:
            self._check_problem = error
            raise
        self._check_problem = None
        return name

    async def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        deadline: float | None = None,
        *,
        asks_probabilities: bool = False,
    ) -> AsyncGenerator[str | Weighed | Usage, None]:
        """Yield the reply's text as it comes and, last, its usage if the server sends it.

        Closing the iterator closes the connection, which stops the model.

        Args:
            deadline: Returned by `deadline()` when the answer began; None starts one with this
                call.
            asks_probabilities: Yield the probabilities of each text before it, if the server sends
                them.

        Raises:
            GenerationFailed: No connection, an error, no text, too long a silence, or a reply cut
                off, also by `max_tokens`.
        """
        n_characters = 0
        ending: str | None = None
        reading = self._read(messages, max_tokens, deadline, n_alternatives=0 if asks_probabilities else None)
        async with contextlib.aclosing(reading) as parts:
            async for part in parts:
                ending = part.ending or ending
                if part.log_probabilities:
                    yield Weighed(part.log_probabilities)
                if part.text:
                    n_characters += len(part.text.strip())
                    yield part.text
                if part.usage:
                    yield part.usage
        if ending in _CUT_OFF:
            raise self._failure(f"was cut off ({ending})", "run `rag doctor`")
        if not n_characters:
            raise self._failure("generated nothing", "run `rag doctor`")

    async def complete(
        self, messages: Sequence[Message], max_tokens: int, deadline: float | None = None
    ) -> tuple[str, Usage]:
        """Return the reply's text, possibly empty, and its usage; else as `stream`."""
        found = await self._read_all(messages, max_tokens, deadline)
        return "".join(part.text for part in found), _cost_of(found)

    async def weigh_opening(
        self, messages: Sequence[Message], word: str, deadline: float | None = None, *, reads_text: bool = False
    ) -> tuple[float | None, Usage]:
        """Return the probability that the reply opens with a word in lower case, and the usage.

        Args:
            reads_text: Without probabilities, count whether the reply opens with the word.

        Returns:
            0 to 1; None if the server sends no probabilities and the text does not count.

        Raises:
            GenerationFailed: As in `stream`.
        """
        found = await self._read_all(messages, 1, deadline, n_alternatives=_N_ALTERNATIVES)
        if alternatives := next((part.alternatives for part in found if part.alternatives), ()):
            return probability_of(word, alternatives), _cost_of(found)
        opens_so = "".join(part.text for part in found).strip().lower().startswith(word)
        return float(opens_so) if reads_text else None, _cost_of(found)

    async def close(self) -> None:
        await self._client.close()

    async def _read_all(
        self, messages: Sequence[Message], max_tokens: int, deadline: float | None, *, n_alternatives: int | None = None
    ) -> list[ReplyPart]:
        reading = self._read(messages, max_tokens, deadline, n_alternatives=n_alternatives)
        async with contextlib.aclosing(reading) as parts:
            return [part async for part in parts]

    async def _read(
        self, messages: Sequence[Message], max_tokens: int, deadline: float | None, *, n_alternatives: int | None = None
    ) -> AsyncGenerator[ReplyPart, None]:
        """Yield the parts of the reply; retry if that may help and no text has come yet."""
        deadline = self.deadline() if deadline is None else deadline
        for n_left in range(self._max_retries, -1, -1):
            attempt = self._breaker.begin()
            if attempt is None:
                raise self._left_alone()
            has_written = False
            try:
                with watch_loop() as watch:
                    parts = self._attempt(messages, max_tokens, deadline, n_alternatives=n_alternatives)
                    async with contextlib.aclosing(parts):
                        async for part in parts:
                            has_written = has_written or part.is_written
                            yield part
            except LLM_ERRORS as error:
                fault = diagnose(error, was_held_up=watch.was_held_up)
                self._note(attempt, fault)
                wait = seconds_before_retry(fault.retry_after, deadline - self._clock(), self._draw)
                if has_written or not fault.is_retryable or not n_left or wait is None:
                    raise self._error_of(fault) from error
            else:
                self._breaker.succeed(attempt)
                self._request_problem = self._check_problem = None
                return
            finally:
                self._breaker.abandon(attempt)
            await self._sleep(wait)

    async def _attempt(
        self, messages: Sequence[Message], max_tokens: int, deadline: float, *, n_alternatives: int | None
    ) -> AsyncGenerator[ReplyPart, None]:
        async with asyncio.timeout(deadline - self._clock()):
            model = await self._name_model()
        first_by = self._clock() + self._patience.first_token
        async with self._forgetting_a_lost_model(), asyncio.timeout(min(first_by, deadline) - self._clock()):
            stream = await self._open(
                lambda form: chat_body(form, model, messages, max_tokens, n_alternatives=n_alternatives)
            )
        try:
            async for part in self._parts_of(stream, max_tokens, first_by, deadline):
                yield part
        finally:
            await stream.close()

    async def _open(self, body_of: Callable[[Form], dict[str, object]]) -> "openai.AsyncStream[object]":
        """Send the form of request that the server last accepted, else those after it."""
        refusal: openai.APIStatusError | None = None
        for form in FORMS[FORMS.index(self._form) :]:
            try:
                stream = await self._client.post(
                    "/chat/completions",
                    body=body_of(form),
                    cast_to=object,
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                refusal = refusal or error
            else:
                self._form = form
                return stream
        assert refusal is not None, "there is a form"
        raise refusal

    async def _parts_of(
        self, stream: "openai.AsyncStream[object]", max_tokens: int, first_by: float, deadline: float
    ) -> AsyncGenerator[ReplyPart, None]:
        """Yield the parts of a reply; parts without text count as silence.

        Raises:
            ReplyUnusable: The reply breaks off or does not end.
            TimeoutError: No text comes in time.
        """
        next_by = first_by
        n_characters, n_parts, ending = 0, 0, None
        chunks = aiter(stream)
        # A timeout around a `yield` would cancel the caller. In Python 3.11, `asyncio.wait_for`
        # loses a cancellation that comes together with a chunk; reading would go on for no client.
        while True:
            try:
                async with asyncio.timeout(min(next_by, deadline) - self._clock()):
                    chunk = await anext(chunks, None)
            except (TimeoutError, openai.APIConnectionError, TransportError):
                if ending is None:
                    raise
                break
            if chunk is None:
                break
            part = read_part(chunk)
            n_parts += 1
            ending = part.ending or ending
            if ending:
                next_by = min(next_by, self._clock() + _SECONDS_AFTER_ENDING)
            elif part.is_written:
                next_by = self._clock() + self._patience.between_tokens
            n_characters += len(part.text)
            if n_characters > max_tokens * _MAX_CHARACTERS_A_TOKEN:
                raise ReplyUnusable("does not stop generating")
            yield part
        if not n_parts:
            # For example a web page of another kind of server.
            raise ReplyUnusable("sent no chat reply", mend="check OPENAI_BASE_URL", is_retryable=True)
        if ending is None:
            raise ReplyUnusable("broke off in mid-reply", is_retryable=True)

    async def _name_model(self) -> str:
        if self._model is None:
            async with asyncio.timeout(self._patience.first_token):
                self._model = read_first_model(await self._client.get("/models", cast_to=object))
        if self._model is None:
            raise ReplyUnusable("offers no model", mend="set RAG_LLM_MODEL")
        return self._model

    def _note(self, attempt: Attempt, fault: Fault) -> None:
        if fault.blame == "here":
            return
        self._request_problem = self._error_of(fault)
        if fault.blame == "request":
            return
        self._last_fault = fault
        if fault.blame == "server":
            self._breaker.fail(attempt)
        else:
            self._breaker.refuse(attempt)

    def _left_alone(self) -> GenerationFailed:
        assert self._last_fault is not None
        seconds = math.ceil(self._breaker.seconds_left)
        next_step = f"{self._last_fault.next_step} (it is asked again in {seconds} s)"
        return self._failure(self._last_fault.what, next_step)

    def _error_of(self, fault: Fault) -> GenerationFailed:
        return LlmBusy() if fault.blame == "here" else self._failure(fault.what, fault.next_step)

    def _failure(self, what: str, next_step: str) -> GenerationFailed:
        return GenerationFailed(f"the LLM at {self.where} {what}", next_step=next_step, for_readers=f"the LLM {what}")

    @contextlib.asynccontextmanager
    async def _forgetting_a_lost_model(self) -> AsyncIterator[None]:
        """Forget a model that the server listed once it no longer knows it."""
        try:
            yield
        except openai.NotFoundError:
            if not self._is_model_given:
                self._model = None
            raise

    @contextlib.asynccontextmanager
    async def _as_our_errors(self) -> AsyncIterator[None]:
        """Raise errors as GenerationFailed, in words for the operator."""
        try:
            with watch_loop() as watch:
                yield
        except LLM_ERRORS as error:
            raise self._error_of(diagnose(error, was_held_up=watch.was_held_up)) from error


def _cost_of(parts: Sequence[ReplyPart]) -> Usage:
    return next((part.usage for part in reversed(parts) if part.usage), Usage())
