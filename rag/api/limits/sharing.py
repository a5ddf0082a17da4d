"""Answer a question in its turn, or with what another reader gets to the same question."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from rag.answering.shared_answers import QuestionKey, SharedAnswers, key_of
from rag.api.limits.admission import Admitted, begin_in_turn
from rag.api.telemetry.tracing import AnswerSpans, our_tracer
from rag.events import AnswerEvent
from rag.filters import Filters
from rag.types import Turn, Usage

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.answering.answerer import Answerer


def answer_in_turn(
    answerer: "Answerer",
    question: str,
    admitted: Admitted,
    shared: SharedAnswers | None,
    *,
    count_unreported: Callable[[Usage], None],
    history: Sequence[Turn] = (),
    conversation_id: str | None = None,
    top_k: int | None = None,
    filters: Filters | None = None,
) -> AsyncGenerator[AnswerEvent, None]:
    """Return the events of an answer, shared with those who ask the same question.

    A question with turns before it is answered for its reader alone: what it means depends on them,
    and they are private.

    Args:
        shared: None shares none.
        count_unreported: As `on_unreported` of `Answerer.answer`; who asked first pays for all.
        history, conversation_id, top_k, filters: As of `Answerer.answer`.

    Raises:
        ServerBusy: There is no place for it, and nobody to share with.
    """
    spans = AnswerSpans(our_tracer())
    answering = answerer.answer(
        question,
        history,
        conversation_id=conversation_id,
        top_k=top_k,
        filters=filters,
        on_unreported=count_unreported,
        trace_step=spans.step,
    )
    begun = begin_in_turn(spans.around(answering), admitted)
    if history:
        # Its LLM rewrites it first, which takes no time of the processor.
        admitted.require().give_back()
        return begun
    if shared is None:
        admitted.require()
        return begun
    key = key_of(answerer, question, top_k=top_k, filters=filters)
    if not shared.has(key):
        admitted.require()
    return _share(shared, key, question, begun, admitted)


async def _share(
    shared: SharedAnswers,
    key: QuestionKey,
    question: str,
    begun: AsyncGenerator[AnswerEvent, None],
    admitted: Admitted,
) -> AsyncGenerator[AnswerEvent, None]:
    events = shared.join(key, question)
    if events:
        admitted.give_back()
    else:
        events = shared.begin(key, begun)
    async with aclosing(events):
        async for event in events:
            yield event
