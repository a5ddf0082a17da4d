"""Fill the prompt templates.

Documents, questions and history are data: a template is filled once. A random boundary ends the
data, so that no document can pretend to be the prompt. Nothing random may come before the data: a
server keeps what it has read only as far as two requests begin alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from rag.llm.client import ChatModel
from rag.llm.requests import Message
from rag.types import Context, Turn

# The first tokens of the replies that `Prompts.decline` and `Prompts.verify` ask for.
DECLINES_WITH = "not"
VERIFIES_WITH = "yes"
MakeBoundary = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates for one kind of LLM; each has $boundary at the end of its data.

    Attributes:
        answer: Uses $context and $question.
        rewrite: Uses $history and $question.
        numbers_passages: Whether $context shows the numbers of the passages.
        decline: As `answer`, but asks for a reply that begins with `DECLINES_WITH` if the text does
            not say. Only an LLM that gives probabilities, and that the gate was fitted on, has it.
    """

    system: str
    answer: str
    rewrite: str
    numbers_passages: bool
    decline: str | None = None
    verify: str | None = None


def draw_boundary(make_boundary: MakeBoundary, data: Sequence[str]) -> str:
    """Return a boundary that occurs in none of the data.

    Args:
        make_boundary: Returns a random boundary, another one each time.
    """
    boundary = make_boundary()
    while any(boundary in text for text in data):
        boundary = make_boundary()
    return boundary


def answer_messages(prompts: Prompts, context: Context, question: str, boundary: str) -> list[Message]:
    """Return the request for an answer from the context."""
    return _request(prompts, prompts.answer, context, boundary, question=question)


def decline_messages(prompts: Prompts, context: Context, question: str, boundary: str) -> list[Message]:
    """Return the request that lets the LLM decline; the prompts must have one."""
    assert prompts.decline is not None, "there is a prompt that lets the LLM decline"
    return _request(prompts, prompts.decline, context, boundary, question=question)


def verify_messages(prompts: Prompts, context: Context, statement: str, boundary: str) -> list[Message]:
    """Return the request that asks whether the context says a statement; there must be a prompt."""
    assert prompts.verify is not None, "there is a prompt that asks about statements"
    return _request(prompts, prompts.verify, context, boundary, statement=statement)


def rewrite_messages(prompts: Prompts, history: Sequence[Turn], question: str, boundary: str) -> list[Message]:
    """Return the request to rewrite a follow-up so that it stands alone."""
    conversation = "\n".join(f"Question: {turn.question}\nAnswer: {turn.answer}" for turn in history)
    content = Template(prompts.rewrite).substitute(history=conversation, question=question, boundary=boundary)
    return [{"role": "user", "content": content}]


def _request(prompts: Prompts, template: str, context: Context, boundary: str, **asked: str) -> list[Message]:
    passages = [f"{label}:\n{hit.passage.text}" for label, hit in zip(context.labels, context.hits, strict=True)]
    if prompts.numbers_passages:
        passages = [f"[{number}] {text}" for number, text in enumerate(passages, start=1)]
    content = Template(template).substitute(context="\n\n".join(passages), boundary=boundary, **asked)
    return [{"role": "system", "content": prompts.system}, {"role": "user", "content": content}]


@dataclass(frozen=True, slots=True)
class PromptedLlm:
    """An LLM with its prompts."""

    model: ChatModel
    prompts: Prompts
