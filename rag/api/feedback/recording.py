"""Make the record of an answer, and pass finished answers on to where records are kept."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rag.api.engine_loader import EngineLoader
from rag.api.feedback.records import AnswerRecord, CitedDocument, KeptWords
from rag.errors import RagError
from rag.events import AnswerEvent, AnswerFinished
from rag.types import Answer
from rag.wire.answers import answer_body

if TYPE_CHECKING:
    from rag.api.access.caller import Caller

ShaOf = Callable[[str, str], str | None]
"""Returns the sha256 of a document in an index version, or None if another version serves."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer, to whom it was given, and when, in milliseconds since 1970."""

    answer: Answer
    caller: "Caller"
    answered_ms: int


class TakesAnswers(Protocol):
    """Takes each answer without waiting for a disk."""

    def note(self, answer: Answer, caller: "Caller") -> None: ...


async def note_finished(
    events: AsyncGenerator[AnswerEvent, None], keeper: TakesAnswers, caller: "Caller"
) -> AsyncGenerator[AnswerEvent, None]:
    """Pass events on; have the finished answer recorded."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished):
                keeper.note(event.answer, caller)
            yield event


def record_of(given: GivenAnswer, sha_of: ShaOf, *, keeps_questions: bool) -> AnswerRecord:
    """Return the record of an answer; this reads the index."""
    answer = given.answer
    uris = {citation.document_id: citation.uri for citation in answer.citations}
    cited = tuple(CitedDocument(id_, uri, sha_of(answer.index_version, id_)) for id_, uri in uris.items())
    body = answer_body(answer).model_dump_json()
    words = KeptWords(answer.question, body, given.caller.user) if keeps_questions else None
    return AnswerRecord(
        id=answer.id,
        conversation_id=answer.conversation_id,
        answered_ms=given.answered_ms,
        outcome=answer.outcome,
        kind=answer.kind,
        answered_by=answer.answered_by,
        is_degraded=answer.degraded is not None,
        first_ms=answer.timings_ms.first_token,
        total_ms=answer.timings_ms.total,
        prompt_tokens=answer.usage.prompt_tokens,
        completion_tokens=answer.usage.completion_tokens,
        key_id=given.caller.key_id,
        cited=cited,
        words=words,
    )


def sha_in(loader: EngineLoader) -> ShaOf:
    """Return what looks documents up in the index that serves."""

    def sha_of(version: str, document_id: str) -> str | None:
        try:
            retriever = loader.engine_now().retriever
            return retriever.entry(document_id).sha256 if retriever.version == version else None
        except RagError:
            return None

    return sha_of
