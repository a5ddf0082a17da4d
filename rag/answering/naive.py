"""The naive chatbot that ours must beat: the same search, the first passages, one plain prompt, no gate and no check.

Goes in: a question and the turns before it. Comes out: the events of an answer, in one sentence that cites nothing.
Only `rag eval --naive` asks it.
"""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from string import Template

from rag.answering.answerer import Answerer
from rag.errors import GenerationFailed
from rag.events import AnswerEvent, AnswerFinished, SourcesFound, TextDelta
from rag.llm.client import ChatModel
from rag.llm.requests import Message
from rag.retrieval.retriever import Retriever
from rag.types import Answer, AnswerSentence, Hit, Turn, Usage

N_PASSAGES = 3
# The reply that the prompt asks for where the text does not say, and what small models make of it. Only an opening
# counts: "You need not say so at the desk" is an answer.
_DECLINES = re.compile(
    r"^[^.!?]{0,80}\bnot in the text\b|^\W*(?:the|this) (?:given |provided )?text (?:does not|doesn['’]t|did not)\b"
    r"|^[^.!?]{0,80}\bnot (?:\w+ )?(?:mentioned|specified|stated|provided|given) in the (?:\w+ )?text\b",
    re.IGNORECASE,
)
_MAX_TOKENS = 300


class NaiveChatbot:
    """Answers as most such chatbots do."""

    def __init__(self, answerer: Answerer, model: ChatModel, prompt: str, fits: Callable[[str], bool]) -> None:
        """Take the parts.

        Args:
            answerer: Whose search and whose rewriting of follow-ups are used.
            prompt: A template that uses $context and $question.
            fits: Tells whether the LLM can read a context; passages are left off from the last until it can.
        """
        self._answerer = answerer
        self._model = model
        self._prompt = prompt
        self._fits = fits

    @property
    def retriever(self) -> Retriever:
        return self._answerer.retriever

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the sources, the text, and the finished answer; where the LLM fails it is declined and degraded."""
        rewritten = await self._answerer.rewriter.rewrite(question, history, self._answerer.llm)
        found = self._answerer.finder.find(rewritten.query, question=question)
        hits = found.hits[:N_PASSAGES]
        yield SourcesFound(self._answerer.finder.sources(hits))
        usage, degraded = Usage(), None
        try:
            reply, usage = await self._model.complete(self._messages(hits, rewritten.query), _MAX_TOKENS)
        except GenerationFailed as error:
            reply, degraded = "", str(error)
        said = " ".join(reply.split())
        is_told = bool(said) and not _DECLINES.search(said)
        if is_told:
            yield TextDelta(said)
        yield AnswerFinished(
            Answer(
                id="",
                conversation_id="",
                question=question,
                query=rewritten.query,
                outcome="answered" if is_told else "declined",
                answer=said,
                note="" if is_told else said,
                sentences=(AnswerSentence(said, (), supported=False),) if is_told else (),
                citations=(),
                abstention=None if is_told else "model_declined",
                answered_by="llm",
                model=None,
                index_version=self.retriever.version,
                usage=usage,
                degraded=degraded,
            )
        )

    def _messages(self, hits: Sequence[Hit], question: str) -> list[Message]:
        n_read = len(hits)
        while n_read > 1 and not self._fits(_context_of(hits[:n_read])):
            n_read -= 1
        content = Template(self._prompt).substitute(context=_context_of(hits[:n_read]), question=question)
        return [{"role": "user", "content": content}]


def _context_of(hits: Sequence[Hit]) -> str:
    """Return the passages as they are embedded: under their title and headings, which any chatbot would index."""
    shown = [
        "\n".join([*dict.fromkeys(filter(None, (hit.passage.title, *hit.passage.headings))), hit.passage.text])
        for hit in hits
    ]
    return "\n\n".join(shown)
