"""Choose what the model reads: pack hits into a token budget and fill the prompt templates.

Documents, questions and history are put in as data: a template is filled once, and what was put in is never read as a
template again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template
from typing import Literal, TypedDict

from rag.types import Context, Hit, Turn

CountTokens = Callable[[str], int]


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


def pack_context(hits: Sequence[Hit], count_tokens: CountTokens, max_tokens: int) -> Context:
    """Return the hits that fit into the budget, in the order given.

    The first is always taken; one that does not fit is passed over for smaller ones after it; the same words are not
    taken twice.
    """
    chosen: list[Hit] = []
    n_tokens = 0
    for hit in hits:
        n_passage = count_tokens(hit.passage.text)
        is_duplicate = any(hit.passage.text == other.passage.text for other in chosen)
        if is_duplicate or (chosen and n_tokens + n_passage > max_tokens):
            continue
        chosen.append(hit)
        n_tokens += n_passage
    return Context(tuple(chosen), n_tokens)


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
