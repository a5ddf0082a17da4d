"""Fill the prompt templates: what the model is asked.

Documents, questions and history are put in as data: a template is filled once, and what was put in is never read as a
template again. A mark that is drawn for each request says where the data ends, so that no document can hold it and go
on as if it were the system. Before the data there may be none: a server that keeps what it has read need not read the
same passages again for another question, which a mark before them would have it do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from rag.llm.client import ChatModel
from rag.llm.requests import Message
from rag.types import Context, Turn

# The first token of the reply that `Prompts.decline` asks for.
DECLINES_WITH = "not"
MakeBoundary = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates of one kind of model, as texts; each uses $boundary at the end of what is data.

    Attributes:
        answer: Uses $context and $question.
        rewrite: Uses $history and $question.
        numbers_passages: Whether $context shows the passages' numbers.
        decline: As `answer`, and asks for a reply that begins with `DECLINES_WITH` where the text does not say. There
            is one where the LLM's server tells probabilities, and the gate was fitted on what this LLM gives to it.
    """

    system: str
    answer: str
    rewrite: str
    numbers_passages: bool
    decline: str | None = None


def draw_boundary(make_boundary: MakeBoundary, data: Sequence[str]) -> str:
    """Return a mark that none of the data holds.

    Args:
        make_boundary: Makes a mark that nobody can guess, another one each time.
        data: What it is to end.
    """
    boundary = make_boundary()
    while any(boundary in text for text in data):
        boundary = make_boundary()
    return boundary


def answer_messages(prompts: Prompts, context: Context, question: str, boundary: str) -> list[Message]:
    """Return the chat request that asks for an answer from the context."""
    return _asked_of(prompts, prompts.answer, context, question, boundary)


def decline_messages(prompts: Prompts, context: Context, question: str, boundary: str) -> list[Message]:
    """Return the same request with leave to decline; there must be a prompt for it."""
    assert prompts.decline is not None, "the LLM may be asked so"
    return _asked_of(prompts, prompts.decline, context, question, boundary)


def rewrite_messages(prompts: Prompts, history: Sequence[Turn], question: str, boundary: str) -> list[Message]:
    """Return the chat request that asks for a follow-up rewritten to stand alone."""
    told = "\n".join(f"Question: {turn.question}\nAnswer: {turn.answer}" for turn in history)
    content = Template(prompts.rewrite).substitute(history=told, question=question, boundary=boundary)
    return [{"role": "user", "content": content}]


def _asked_of(prompts: Prompts, template: str, context: Context, question: str, boundary: str) -> list[Message]:
    shown = [f"{label}:\n{hit.passage.text}" for label, hit in zip(context.labels, context.hits, strict=True)]
    if prompts.numbers_passages:
        shown = [f"[{number}] {text}" for number, text in enumerate(shown, start=1)]
    content = Template(template).substitute(context="\n\n".join(shown), question=question, boundary=boundary)
    return [{"role": "system", "content": prompts.system}, {"role": "user", "content": content}]


@dataclass(frozen=True, slots=True)
class PromptedLlm:
    """An LLM and how it is prompted.

    Attributes:
        deadline: When the LLM must be done with the answer in hand, see `ChatModel.deadline`.
    """

    model: ChatModel
    prompts: Prompts
    deadline: float | None = None
