"""Have an LLM generate a reply, check each sentence as it comes, and show those that are supported.

The LLM itself is asked about a sentence that the check doubts, after its reply.

Goes in: an answer being built, the evidence found, and an LLM. Comes out: the events that show the
checked sentences. The caller ends the answer and adds the quotes.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from rag.answering.answer_builder import AnswerBuilder
from rag.answering.llm_turn import LlmTurn
from rag.answering.prompts import (
    DECLINES_WITH,
    VERIFIES_WITH,
    answer_messages,
    decline_messages,
    verify_messages,
)
from rag.answering.reply.judge import ReplyJudge
from rag.answering.reply.sentence_check import CheckedSentence, SentenceChecker
from rag.answering.reply.sentence_reader import GeneratedSentence, SentenceReader
from rag.errors import GenerationFailed
from rag.events import AnswerEvent
from rag.llm.replies import Weighed
from rag.types import Usage

# The reader is fed this much at a time, so that other questions run in between. A piece without a
# full stop takes longest: 10 ms.
_PIECE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class GeneratedReply:
    """One reply of an LLM, from the request to the last checked sentence."""

    llm: LlmTurn
    builder: AnswerBuilder
    reader: SentenceReader
    checker: SentenceChecker
    judge: ReplyJudge
    max_tokens: int

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events that show each supported sentence.

        Raises:
            GenerationFailed: The LLM failed, was too slow or broke off.
        """
        waiting: list[CheckedSentence] = []
        async with aclosing(self._sentences()) as sentences:
            async for sentence in sentences:
                with self.builder.checking():
                    checked = await asyncio.to_thread(self.checker.check, sentence)
                # The LLM can be asked once it has finished; the order of the sentences is kept.
                if waiting or self._can_verify(checked):
                    waiting.append(checked)
                    continue
                for event in await asyncio.to_thread(self._show, checked):
                    yield event
        for checked in waiting:
            verified = await self._verify(checked) if self._can_verify(checked) else checked
            for event in await asyncio.to_thread(self._show, verified):
                yield event

    def _can_verify(self, checked: CheckedSentence) -> bool:
        has_place = checked.result == "doubtful" and bool(checked.places)
        return has_place and self.llm.prompts.verify is not None

    async def _verify(self, checked: CheckedSentence) -> CheckedSentence:
        """Ask the LLM whether the context says a doubtful sentence; without a reply it stays so."""
        llm, checker = self.llm, self.checker
        messages = verify_messages(llm.prompts, checker.found.context, checked.text, checker.boundary)
        try:
            probability, usage = await llm.weigh_opening(messages, VERIFIES_WITH, reads_text=True)
        except GenerationFailed:
            self.builder.had_fault = True
            return checked
        self.builder.spend(usage)
        return checked if probability is None else checker.verify(checked, probability)

    async def _sentences(self) -> AsyncGenerator[GeneratedSentence, None]:
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self.builder.spend(piece)
                elif isinstance(piece, Weighed):
                    self.judge.log_probabilities += piece.log_probabilities
                else:
                    for start in range(0, len(piece), _PIECE_CHARACTERS):
                        for sentence in self.reader.feed(piece[start : start + _PIECE_CHARACTERS]):
                            yield sentence
                        await asyncio.sleep(0)
        for sentence in self.reader.close():
            yield sentence

    async def _pieces(self) -> AsyncGenerator[str | Weighed | Usage, None]:
        """Stream the reply; if the LLM gives probabilities, first weigh how likely it declines."""
        llm, found = self.llm, self.checker.found
        request = (llm.prompts, found.context, found.query, self.checker.boundary)
        is_weighed = llm.prompts.decline is not None
        reply = llm.stream(answer_messages(*request), self.max_tokens, asks_probabilities=is_weighed)
        async with aclosing(reply) as pieces:
            if is_weighed:
                # The server keeps what it has read; the requests differ in the last line only.
                self.judge.declining, usage = await llm.weigh_opening(decline_messages(*request), DECLINES_WITH)
                self.builder.spend(usage)
            async for piece in pieces:
                yield piece

    def _show(self, checked: CheckedSentence) -> list[AnswerEvent]:
        """Return the events that show a sentence, none if it is not shown."""
        if checked.result == "declines":
            self.judge.has_declined = True
            return []
        if checked.result == "empty" or self.builder.has_sentence(checked.text):
            return []
        is_shown = self.judge.judge(checked) == "shown"
        return self.builder.add_sentence(checked.text, checked.places) if is_shown else []
