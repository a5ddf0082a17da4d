"""Talk to an LLM over the OpenAI chat protocol: one client for OpenAI, vLLM, Ollama, llama.cpp and our local model."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import openai
from openai.types.chat import ChatCompletionMessageParam

from rag.errors import GenerationFailed
from rag.prompting import Message
from rag.types import Usage


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the LLM, in seconds."""

    connect: float = 2.0
    first_token: float = 20.0
    between_tokens: float = 10.0
    total: float = 60.0


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

    @property
    def where(self) -> str:
        """The server's address, for messages."""
        return str(self._client.base_url)

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

    async def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Usage, None]:
        """Yield the reply's text as it comes and, last, what it cost where the server says so.

        Closing the iterator closes the connection, which stops the model.

        Raises:
            GenerationFailed: No connection, a refusal, silence beyond our patience, or a reply cut off.
        """
        model = await self.model_name()
        clock = asyncio.get_running_loop()
        deadline = clock.time() + self._patience.total
        async with self._as_our_errors():
            async with asyncio.timeout(self._patience.first_token):
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
                is_complete = False
                chunks = aiter(stream)
                # No timeout may span a `yield`: it would strike whatever our caller is doing then.
                while (
                    chunk := await asyncio.wait_for(anext(chunks, None), min(wait, deadline - clock.time()))
                ) is not None:
                    wait = self._patience.between_tokens
                    if chunk.choices and chunk.choices[0].delta.content:
                        yield chunk.choices[0].delta.content
                    is_complete = is_complete or any(choice.finish_reason for choice in chunk.choices)
                    if chunk.usage:
                        yield Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                if not is_complete:
                    raise GenerationFailed(
                        f"the LLM at {self.where} broke off in the middle of a reply; run `rag doctor`"
                    )
            finally:
                await stream.close()

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> str:
        """Return the whole reply's text. Raises as `stream` does."""
        return "".join([piece async for piece in self.stream(messages, max_tokens) if isinstance(piece, str)])

    async def close(self) -> None:
        await self._client.close()

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
