"""Records for tests."""

from rag.api.feedback.records import AnswerRecord, CitedDocument, KeptWords

DAY_MS = 24 * 3600 * 1000


def record(
    answer_id: str, *, at: int = 0, conversation: str = "c", question: str | None = None, **more
) -> AnswerRecord:
    """Return the record of an answer; with a question its words are kept."""
    fields: dict = {
        "id": answer_id,
        "conversation_id": conversation,
        "answered_ms": at,
        "outcome": "answered",
        "kind": "fact",
        "answered_by": "llm",
        "is_degraded": False,
        "first_ms": 10.0,
        "total_ms": 20.0,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "key_id": None,
        "cited": (CitedDocument("d", "d.txt", "sha"),),
        "words": None if question is None else KeptWords(question, '{"answer": "She."}'),
    }
    return AnswerRecord(**{**fields, **more})
