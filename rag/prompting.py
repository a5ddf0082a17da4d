"""Fill the prompt templates: what the model is asked.

Documents, questions and history are put in as data: a template is filled once, and what was put in is never read as a
template again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Literal, TypedDict

from rag.types import Context, Turn


class Message(TypedDict):
    """One message of an OpenAI chat request."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates of one kind of model, as texts.

    Attributes:
        answer: Uses $context and $question.
        rewrite: Uses $history and $question.
        numbers_passages: Whether $context shows the passages' numbers.
    """

    system: str
    answer: str
    rewrite: str
    numbers_passages: bool


def answer_messages(prompts: Prompts, context: Context, question: str) -> list[Message]:
    """Return the chat request that asks for an answer from the context."""
    texts = [hit.passage.text for hit in context.hits]
    if prompts.numbers_passages:
        texts = [f"[{number}] {text}" for number, text in enumerate(texts, start=1)]
    filled = Template(prompts.answer).substitute(context="\n\n".join(texts), question=question)
    return [{"role": "system", "content": prompts.system}, {"role": "user", "content": filled}]


def rewrite_messages(prompts: Prompts, history: Sequence[Turn], question: str) -> list[Message]:
    """Return the chat request that asks for a follow-up rewritten to stand alone."""
    told = "\n".join(f"Question: {turn.question}\nAnswer: {turn.answer}" for turn in history)
    return [{"role": "user", "content": Template(prompts.rewrite).substitute(history=told, question=question)}]
