"""The turn of one answer with the LLM: it waits in line once, then has the LLM's time.

It also counts what the answer takes of the LLM. A reply that ends before its server has counted it
is estimated, so that a reader who leaves early counts too.
"""

import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager

from rag.answering.prompts import PromptedLlm, Prompts
from rag.errors import GenerationFailed, LlmBusy
from rag.events import AnswerQueued
from rag.llm.client import ChatModel
from rag.llm.replies import Weighed
from rag.llm.requests import Message
from rag.places import Claim, PlacesTaken
from rag.types import Usage

# https://platform.openai.com/tokenizer: about four letters of English; a letter is one byte there.
_BYTES_PER_TOKEN = 4


class LlmTurn:
    """What one answer has of the LLM.

    Attributes:
        deadline: When the answer must be complete; None before the turn has come.
        usage: The tokens of all requests that have ended.
    """

    def __init__(self, llm: PromptedLlm) -> None:
        self.model: ChatModel = llm.model
        self.prompts: Prompts = llm.prompts
        self.deadline: float | None = None
        self.usage = Usage()
        self._claim: Claim | None = None

    async def come(self) -> AsyncGenerator[AnswerQueued, None]:
        """Yield the position in line while it changes; end when it is this answer's turn.

        The time of the LLM begins then. A turn that has come stays until the answer ends.

        Raises:
            LlmBusy: Too many answers wait already.
        """
        if self._claim is None:
            try:
                self._claim = self.model.places.claim()
            except PlacesTaken:
                raise LlmBusy from None
        async with aclosing(self._claim.wait()) as positions:
            async for n_before in positions:
                yield AnswerQueued(n_before)
        if self.deadline is None:
            self.deadline = self.model.deadline()

    async def stream(
        self, messages: Sequence[Message], max_tokens: int, *, asks_probabilities: bool
    ) -> AsyncGenerator[str | Weighed | Usage, None]:
        """Yield a reply as `ChatModel.stream` does."""
        with self._metering(messages) as meter:
            reply = self.model.stream(messages, max_tokens, self.deadline, asks_probabilities=asks_probabilities)
            async with aclosing(reply) as pieces:
                async for piece in pieces:
                    meter.read(piece)
                    yield piece

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> tuple[str, Usage]:
        """Return a reply as `ChatModel.complete` does."""
        with self._metering(messages) as meter:
            text, usage = await self.model.complete(messages, max_tokens, self.deadline)
            meter.read(text)
            meter.read(usage)
            return text, usage

    async def weigh_opening(
        self, messages: Sequence[Message], word: str, *, reads_text: bool = False
    ) -> tuple[float | None, Usage]:
        """Return how likely a reply opens with a word, as `ChatModel.weigh_opening` does."""
        with self._metering(messages) as meter:
            probability, usage = await self.model.weigh_opening(messages, word, self.deadline, reads_text=reads_text)
            # One token is requested.
            meter.read(word)
            meter.read(usage)
            return probability, usage

    @contextmanager
    def _metering(self, messages: Sequence[Message]) -> Iterator["_Meter"]:
        meter, is_refused = _Meter(messages), False
        try:
            yield meter
        except GenerationFailed:
            # A request that the server refuses costs nothing; one that it cuts off does.
            is_refused = not meter.has_text
            raise
        finally:
            # Also if the reader has left: the server reads the prompt all the same.
            if not is_refused:
                self.usage = sum_usage(self.usage, meter.usage)

    def usage_beyond(self, reported: Usage) -> Usage:
        """Return the tokens taken so far without those that an answer reports."""
        return Usage(
            max(self.usage.prompt_tokens - reported.prompt_tokens, 0),
            max(self.usage.completion_tokens - reported.completion_tokens, 0),
        )

    def end(self) -> None:
        """Let the next answer have its turn."""
        if self._claim is not None:
            self._claim.give_back()


class _Meter:
    """Counts the tokens of one request: as its server does, or else by its bytes."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._n_prompt_bytes = sum(len(message["content"].encode()) for message in messages)
        self._n_bytes = 0
        self._n_pieces = 0
        self._counted = Usage()

    @property
    def has_text(self) -> bool:
        return self._n_pieces > 0

    @property
    def usage(self) -> Usage:
        if self._counted != Usage():
            return self._counted
        # Most servers send each token by itself.
        n_written = max(self._n_pieces, math.ceil(self._n_bytes / _BYTES_PER_TOKEN))
        return Usage(math.ceil(self._n_prompt_bytes / _BYTES_PER_TOKEN), n_written)

    def read(self, piece: str | Weighed | Usage) -> None:
        if isinstance(piece, Usage):
            self._counted = piece
        elif isinstance(piece, str):
            self._n_pieces += 1
            self._n_bytes += len(piece.encode())


@contextmanager
def turn_with(llm: PromptedLlm | None) -> Iterator[LlmTurn | None]:
    """Yield the turn of an answer, which ends with the block; None without an LLM."""
    if llm is None:
        yield None
        return
    turn = LlmTurn(llm)
    try:
        yield turn
    finally:
        turn.end()


def sum_usage(one: Usage, other: Usage) -> Usage:
    """Return the tokens of both."""
    return Usage(one.prompt_tokens + other.prompt_tokens, one.completion_tokens + other.completion_tokens)
