"""Judged answers as tests of the figures need them."""

from collections.abc import Sequence

from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.types import Answer, AnswerSentence, Citation, Outcome, Span

GOLD = GoldQuestion("1", "How many?", "a.txt", ("420", "four hundred"), (Span(10, 13),))
LOOK_ALIKE = GoldQuestion("2", "Who?", "a.txt", (), ())
ABSENT = GoldQuestion("3", "Where?", None, (), ())


def make_judged(
    gold: GoldQuestion,
    texts: Sequence[str] | None,
    spans: Sequence[tuple[int, int]] = ((0, 20),),
    *,
    uri: str = "a.txt",
    confidence: float = 0.5,
    supported: bool = True,
    outcome: Outcome = "answered",
) -> JudgedAnswer:
    """Return what a question got: sentences that each cite all spans, or nothing, declined, where texts is None."""
    citations = tuple(
        Citation(
            number=number, document_id="d", title="t", uri=uri, page=None, headings=(), quote="q", start=start, end=end
        )
        for number, (start, end) in enumerate(spans, start=1)
    )
    numbers = tuple(citation.number for citation in citations)
    told: Outcome = outcome if texts else "declined"
    answer = Answer(
        id="i",
        conversation_id="c",
        question=gold.question,
        query=gold.question,
        outcome=told,
        answer=" ".join(texts or ["No."]),
        note="" if told == "answered" else "No.",
        sentences=tuple(AnswerSentence(text, numbers, supported) for text in texts or ()),
        citations=citations if texts else (),
        abstention="weak_hits" if told in {"possible", "declined"} else None,
        answered_by="llm" if texts else "none",
        model=None,
        index_version="v",
        confidence=confidence,
    )
    return JudgedAnswer(
        gold, answer, are_quotes_exact=True, sources_ms=5.0, first_text_ms=10.0 if texts else None, total_ms=20.0
    )
