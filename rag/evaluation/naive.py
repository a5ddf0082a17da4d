"""The naive chatbot that `rag eval --naive` compares with.

It has the same retrieval and the same LLM. It reads the first passages under one plain prompt; its
reply is not checked and cites nothing.
"""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from string import Template

from rag.answering.answerer import Answerer
from rag.answering.llm_turn import turn_with
from rag.answering.question.rewriting import Rewritten
from rag.assembly.engine import Engine
from rag.assembly.open_llm import prompts_folder
from rag.assembly.settings import Settings
from rag.errors import GenerationFailed
from rag.events import AnswerEvent, AnswerFinished, SourcesFound, TextDelta
from rag.llm.client import ChatModel
from rag.llm.local import CONTEXT_TOKENS
from rag.llm.requests import Message
from rag.retrieval.retriever import Retriever
from rag.text.tokens import count_tokens
from rag.types import Answer, AnswerSentence, Hit, Turn, Usage

N_PASSAGES = 3
# The context window of the local LLM, less the prompt around the passages and the reply.
_LOCAL_TOKENS = CONTEXT_TOKENS - 600
# The decline that the prompt asks for, and what small LLMs generate instead. Only the opening
# counts: "You need not say so at the desk" is an answer.
_DECLINES = re.compile(
    r"^[^.!?]{0,80}\bnot in the text\b|^\W*(?:the|this) (?:given |provided )?text (?:does not|doesn['’]t|did not)\b"
    r"|^[^.!?]{0,80}\bnot (?:\w+ )?(?:mentioned|specified|stated|provided|given) in the (?:\w+ )?text\b",
    re.IGNORECASE,
)
_MAX_TOKENS = 300


class NaiveChatbot:
    """Answers as most chatbots over documents do."""

    def __init__(self, answerer: Answerer, model: ChatModel, prompt: str, fits: Callable[[str], bool]) -> None:
        """Take the collaborators.

        Args:
            answerer: Retrieves, and rewrites follow-ups.
            prompt: A template that uses $context and $question.
            fits: Returns whether a context fits into the LLM's window. The last passages are left
                out until it does.
        """
        self._answerer = answerer
        self._model = model
        self._prompt = prompt
        self._fits = fits

    @property
    def retriever(self) -> Retriever:
        return self._answerer.retriever

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the sources, the text and the finished answer; declined if the LLM fails."""
        with turn_with(self._answerer.llm) as llm:
            steps = [step async for step in self._answerer.rewriter.rewrite(question, history, llm)]
        rewritten = steps[-1]
        assert isinstance(rewritten, Rewritten), "it comes last"
        found = self._answerer.finder.find(rewritten.query, question=question)
        hits = found.hits[:N_PASSAGES]
        yield SourcesFound(self._answerer.finder.sources(hits))
        usage, degraded = Usage(), None
        try:
            reply, usage = await self._model.complete(self._messages(hits, rewritten.query), _MAX_TOKENS)
        except GenerationFailed as error:
            reply, degraded = "", str(error)
        text = " ".join(reply.split())
        has_answered = bool(text) and not _DECLINES.search(text)
        if has_answered:
            yield TextDelta(text)
        yield AnswerFinished(
            Answer(
                id="",
                conversation_id="",
                question=question,
                query=rewritten.query,
                outcome="answered" if has_answered else "declined",
                answer=text,
                note="" if has_answered else text,
                sentences=(AnswerSentence(text, (), supported=False),) if has_answered else (),
                citations=(),
                abstention=None if has_answered else "llm_declined",
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


def make_naive_chatbot(settings: Settings, engine: Engine) -> NaiveChatbot:
    """Make the naive chatbot with the LLM of an engine.

    Raises:
        RagError: There is no LLM, or it cannot be used.
    """
    llm = engine.require_llm()
    budget = _LOCAL_TOKENS if settings.answers_with == "local" else settings.remote_context_tokens
    prompt = (prompts_folder() / "naive.txt").read_text(encoding="utf-8").strip()
    return NaiveChatbot(engine.answerer, llm.model, prompt, lambda text: count_tokens(text) <= budget)


def _context_of(hits: Sequence[Hit]) -> str:
    """Return the passages under their title and headings, as they are encoded."""
    passages = [
        "\n".join([*dict.fromkeys(filter(None, (hit.passage.title, *hit.passage.headings))), hit.passage.text])
        for hit in hits
    ]
    return "\n\n".join(passages)
