"""Talk to an LLM over the OpenAI chat protocol: one client for OpenAI, vLLM, Ollama, llama.cpp and our local model."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

import openai
from openai.types.chat import ChatCompletionMessageParam

from rag.errors import GenerationFailed
from rag.prompting import Message
from rag.types import Usage

_CUT_OFF = frozenset(("length", "content_filter"))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the LLM, in seconds."""

    connect: float = 2.0
    first_token: float = 20.0
    between_tokens: float = 10.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why the model stopped writing, in the protocol's words."""

    reason: str


class ChatModel:
    """One model behind one base URL."""

    def __init__(
        self, *, base_url: str | None, api_key: str, model: str | None, patience: Patience, max_retries: int = 1
    ) -> None:
        self._patience = patience
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=max_retries,
            timeout=openai.Timeout(patience.total, connect=patience.connect),
        )
        self._model = model
        self._is_model_given = model is not None

    @property
    def where(self) -> str:
        """The server's address, for messages, without a password that may stand in it."""
        return str(self._client.base_url.copy_with(username=None, password=None))

    async def model_name(self) -> str:
        """Return the model's name; where none is set, the first that the server offers.

        Raises:
            GenerationFailed: The server cannot be reached, refuses us or offers none.
        """
        if self._model is None:
            async with self._as_our_errors():
                page = await self._client.models.list()
            if not page.data:
                raise GenerationFailed(f"{self.where} offers no model; set RAG_LLM_MODEL")
            self._model = page.data[0].id
        return self._model

    async def check(self) -> str:
        """Ask the server whether it is there and takes our key; return the model's name.

        Raises:
            GenerationFailed: It is not, or does not.
        """
        async with self._as_our_errors():
            # A few servers have no list of models; they answered all the same.
            with contextlib.suppress(openai.NotFoundError):
                await self._client.models.list()
        return await self.model_name()

    async def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Usage, None]:
        """Yield the reply's text as it comes and, last, what it cost where the server says so.

        Closing the iterator closes the connection, which stops the model.

        Raises:
            GenerationFailed: No connection, a refusal, silence beyond our patience, or a reply cut off, be it by
                `max_tokens`.
        """
        async with contextlib.aclosing(self._read(messages, max_tokens)) as pieces:
            async for piece in pieces:
                if isinstance(piece, _Ending):
                    if piece.reason in _CUT_OFF:
                        raise GenerationFailed(
                            f"the LLM at {self.where} was cut off ({piece.reason}); run `rag doctor`"
                        )
                else:
                    yield piece

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> str:
        """Return the reply's text, at most `max_tokens` of it. Raises as `stream` does, but not at that limit."""
        async with contextlib.aclosing(self._read(messages, max_tokens)) as pieces:
            return "".join([piece async for piece in pieces if isinstance(piece, str)])

    async def close(self) -> None:
        await self._client.close()

    async def _read(
        self, messages: Sequence[Message], max_tokens: int
    ) -> "AsyncGenerator[str | Usage | _Ending, None]":
        model = await self.model_name()
        clock = asyncio.get_running_loop()
        deadline = clock.time() + self._patience.total
        async with self._as_our_errors():
            async with self._forgetting_a_lost_model(), asyncio.timeout(self._patience.first_token):
                stream = await self._client.chat.completions.create(
                    model=model,
                    messages=_as_params(messages),
                    temperature=0,
                    max_tokens=max_tokens,
                    stream=True,
                    stream_options={"include_usage": True},
                )
            try:
                wait = self._patience.first_token
                ending: str | None = None
                chunks = aiter(stream)
                # No timeout may span a `yield`: it would strike whatever our caller is doing then.
                while (
                    chunk := await asyncio.wait_for(anext(chunks, None), min(wait, deadline - clock.time()))
                ) is not None:
                    wait = self._patience.between_tokens
                    if chunk.choices and chunk.choices[0].delta.content:
                        yield chunk.choices[0].delta.content
                    ending = next((choice.finish_reason for choice in chunk.choices if choice.finish_reason), ending)
                    if chunk.usage:
                        yield Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                if ending is None:
                    raise GenerationFailed(f"the LLM at {self.where} broke off in mid-reply; run `rag doctor`")
                yield _Ending(ending)
            finally:
                await stream.close()

    @contextlib.asynccontextmanager
    async def _forgetting_a_lost_model(self) -> AsyncIterator[None]:
        """Have the server asked again for its models once it no longer knows the one that it named."""
        try:
            yield
        except openai.NotFoundError:
            if not self._is_model_given:
                self._model = None
            raise

    def _as_our_errors(self) -> "_OurErrors":
        return _OurErrors(self.where)


class _OurErrors:
    """Raises what goes wrong with an LLM as GenerationFailed, in words for the person who runs the server."""

    def __init__(self, where: str) -> None:
        self._where = where

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, (openai.OpenAIError, TimeoutError, ValueError)):
            raise GenerationFailed(_explain(error, self._where)) from error


def _explain(error: Exception, where: str) -> str:
    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        return f"the LLM at {where} refused the key; set OPENAI_API_KEY, then run `rag doctor`"
    if isinstance(error, openai.NotFoundError):
        return f"the LLM at {where} does not know this model or address; set RAG_LLM_MODEL, then run `rag doctor`"
    if isinstance(error, (openai.APITimeoutError, TimeoutError)):
        return f"the LLM at {where} did not answer in time; run `rag doctor`"
    if isinstance(error, openai.APIConnectionError):
        return f"the LLM at {where} cannot be reached; start it or set OPENAI_BASE_URL, then run `rag doctor`"
    if isinstance(error, openai.APIStatusError):
        return f"the LLM at {where} answered with status {error.status_code}; run `rag doctor`"
    return f"the LLM at {where} sent a reply that cannot be read; run `rag doctor`"


def _as_params(messages: Sequence[Message]) -> list[ChatCompletionMessageParam]:
    params: list[ChatCompletionMessageParam] = []
    for message in messages:
        if message["role"] == "system":
            params.append({"role": "system", "content": message["content"]})
        elif message["role"] == "user":
            params.append({"role": "user", "content": message["content"]})
        else:
            params.append({"role": "assistant", "content": message["content"]})
    return params
