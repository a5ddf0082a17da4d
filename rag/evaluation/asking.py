"""Ask an answerer the questions of a set, and time it."""

import time
from collections.abc import Sequence

from rag.answering.answerer import Answerer
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.evaluation.naive import NaiveChatbot
from rag.events import AnswerFinished, SourcesFound, TextDelta
from rag.types import Answer, Turn


async def ask(answerer: Answerer | NaiveChatbot, gold: GoldQuestion) -> JudgedAnswer:
    """Return the answer to one question, with its times; ask the questions before it first."""
    history = list(gold.history)
    for question in gold.asked_before:
        judged = await _ask_once(answerer, gold, question, history)
        history.append(judged.answer.turn)
    return await _ask_once(answerer, gold, gold.question, history)


def decline(gold: GoldQuestion) -> JudgedAnswer:
    """Return what a question gets whose documents could not be indexed."""
    answer = Answer(
        id="",
        conversation_id="",
        question=gold.question,
        query=gold.question,
        outcome="declined",
        answer="",
        note="",
        sentences=(),
        citations=(),
        abstention="no_hits",
        answered_by="none",
        model=None,
        index_version="",
    )
    return JudgedAnswer(gold, answer, are_quotes_exact=True, sources_ms=0.0, first_text_ms=None, total_ms=0.0)


async def _ask_once(
    answerer: Answerer | NaiveChatbot, gold: GoldQuestion, question: str, history: Sequence[Turn]
) -> JudgedAnswer:
    began = time.monotonic()
    sources_ms = total_ms = 0.0
    first_text_ms: float | None = None
    answer: Answer | None = None
    async for event in answerer.answer(question, history):
        elapsed_ms = (time.monotonic() - began) * 1000
        if isinstance(event, SourcesFound):
            sources_ms = elapsed_ms
        elif isinstance(event, TextDelta):
            first_text_ms = first_text_ms or elapsed_ms
        elif isinstance(event, AnswerFinished):
            answer, total_ms = event.answer, elapsed_ms
    assert answer is not None, "an answer ends with AnswerFinished"
    documents = {citation.document_id for citation in answer.citations}
    texts = {document_id: answerer.retriever.document(document_id).text for document_id in documents}
    return JudgedAnswer(
        gold=gold,
        answer=answer,
        are_quotes_exact=all(texts[c.document_id][c.start : c.end] == c.quote for c in answer.citations),
        sources_ms=round(sources_ms, 1),
        first_text_ms=None if first_text_ms is None else round(first_text_ms, 1),
        total_ms=round(total_ms, 1),
    )
