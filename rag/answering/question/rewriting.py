"""Rewrite a follow-up to stand alone: by the LLM, or else by rule.

Goes in: a question and the turns before it. Comes out: a query that can be understood without them.
Words that no document holds are corrected in it.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from rag.answering.llm_turn import LlmTurn
from rag.answering.prompts import MakeBoundary, draw_boundary, rewrite_messages
from rag.answering.question.follow_ups import accept_rewrite, list_readings, needs_rewriting
from rag.answering.question.history import recent_turns
from rag.answering.reply.leaks import repeats
from rag.errors import GenerationFailed
from rag.events import AnswerQueued
from rag.retrieval.evidence_finder import EvidenceFinder
from rag.text.tools import LanguageTools
from rag.text.words import Stem
from rag.types import Turn, Usage

_REWRITE_TOKENS = 80


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The query for a question, the tokens spent on it, and why the LLM failed, if it did."""

    query: str
    usage: Usage = field(default_factory=Usage)
    failure: str | None = None


class Rewriter:
    """Rewrites follow-ups to stand alone."""

    def __init__(self, finder: EvidenceFinder, tools: LanguageTools, make_boundary: MakeBoundary) -> None:
        self._finder = finder
        self._tools = tools
        self._make_boundary = make_boundary

    async def rewrite(
        self, question: str, history: Sequence[Turn], llm: LlmTurn | None
    ) -> AsyncGenerator[AnswerQueued | Rewritten, None]:
        """Yield the query for a question, after the positions in line where it waits for the LLM.

        A question that stands alone is only corrected.

        Args:
            history: Oldest first; only as many of the last turns are read as an LLM has time for.
            llm: None rewrites by rule.
        """
        turns, stem, language = self._read(question, history)
        if not needs_rewriting(question, turns, stem, language):
            yield Rewritten(await asyncio.to_thread(self._finder.correct, question))
            return
        by_rule = partial(asyncio.to_thread, self.rewrite_by_rule, question, turns)
        if llm is None:
            yield Rewritten(await by_rule())
            return
        boundary = draw_boundary(self._make_boundary, [f"{turn.question} {turn.answer}" for turn in turns])
        messages = rewrite_messages(llm.prompts, turns, question, boundary)
        try:
            async with aclosing(llm.come()) as positions:
                async for position in positions:
                    yield position
            reply, usage = await llm.complete(messages, _REWRITE_TOKENS)
        except GenerationFailed as error:
            yield Rewritten(await by_rule(), failure=str(error))
            return
        repeats_prompt = boundary in reply or repeats(reply, llm.prompts.rewrite)
        accepted = None if repeats_prompt else accept_rewrite(reply, question, turns, stem, language)
        query = await asyncio.to_thread(self._finder.correct, accepted) if accepted else await by_rule()
        yield Rewritten(query, usage)

    def rewrite_by_rule(self, question: str, history: Sequence[Turn]) -> str:
        """Return the reading of a follow-up that the documents answer best."""
        turns, stem, language = self._read(question, history)
        if not needs_rewriting(question, turns, stem, language):
            return self._finder.correct(question)
        return self._finder.choose_reading(list_readings(question, turns, stem, language))

    def _read(self, question: str, history: Sequence[Turn]) -> tuple[list[Turn], Stem, str]:
        language = self._tools.detect_language(question) if history else ""
        return recent_turns(history, self._tools.count_tokens), self._tools.stem, language
