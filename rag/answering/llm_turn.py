"""The turn of one answer with the LLM: it waits in line once, then has the LLM's time."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from rag.answering.prompts import PromptedLlm, Prompts
from rag.errors import LlmBusy
from rag.events import AnswerQueued
from rag.llm.client import ChatModel
from rag.places import Claim, PlacesTaken


class LlmTurn:
    """What one answer has of the LLM.

    Attributes:
        deadline: When the answer must be complete; None before the turn has come.
    """

    def __init__(self, llm: PromptedLlm) -> None:
        self.model: ChatModel = llm.model
        self.prompts: Prompts = llm.prompts
        self.deadline: float | None = None
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

    def end(self) -> None:
        """Let the next answer have its turn."""
        if self._claim is not None:
            self._claim.give_back()


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
