from itertools import count

from rag.citing import CitationBook
from rag.composing import Draught
from rag.types import (
    AnswerStarted,
    Citation,
    CitationIssued,
    Hit,
    Source,
    Span,
    TextDelta,
)
from tests.unit.conftest import make_document, make_hits, make_passages

HITS = make_hits(make_passages(make_document()))
FIRST, SECOND = ((hit, hit.passage.sentences[0]) for hit in HITS[:2])


def cite(hit: Hit, span: Span, number: int) -> Citation:
    return Citation(number, hit.passage.document_id, "t", "u", None, (), hit.passage.text_of(span), *span)


def make_draught() -> Draught:
    ticks = count(0)
    started = AnswerStarted("a", "c", "Who leads her?", "Who leads the crew?")
    return Draught(started, "v1", cite, clock=lambda: next(ticks) / 1000, began=0.0)


def test_each_citation_is_told_once_and_before_the_sentence_that_uses_it() -> None:
    draught = make_draught()

    events = [
        *draught.tell("Ines leads.", [SECOND, FIRST], 0.9),
        *draught.tell("She does.", [FIRST], 0.6),
        *draught.tell("So they say.", [], 0.1),
    ]

    assert [type(event) for event in events] == [CitationIssued, CitationIssued, TextDelta, TextDelta, TextDelta]
    assert [event.sentence for event in events if isinstance(event, CitationIssued)] == [0, 0]
    assert [event.text for event in events if isinstance(event, TextDelta)] == [
        "Ines leads. [1][2]",
        " She does. [2]",
        " So they say.",
    ]


def test_the_finished_answer_is_what_was_told() -> None:
    draught = make_draught()
    draught.confidence = 0.123456
    draught.tell("Ines leads.", [SECOND], 0.9)
    draught.tell("So they say.", [], 0.1)

    answer = draught.finish(model="m").answer

    assert answer.answer == "Ines leads. [1] So they say."
    assert [(sentence.citations, sentence.supported) for sentence in answer.sentences] == [((1,), True), ((), False)]
    assert (answer.answered_by, answer.model, answer.abstained, answer.confidence) == ("llm", "m", False, 0.1235)
    assert (answer.question, answer.query, answer.index_version) == ("Who leads her?", "Who leads the crew?", "v1")


def test_what_is_quoted_names_no_model_but_says_why() -> None:
    draught = make_draught()
    draught.tell("Ines leads.", [SECOND], 1.0)

    answer = draught.finish(degraded="no model").answer

    assert (answer.answered_by, answer.model, answer.degraded) == ("extractive", None, "no model")


def test_an_abstention_drops_what_was_told_and_carries_the_nearest_passages() -> None:
    draught = make_draught()
    draught.tell("Ines leads.", [SECOND], 0.9)
    nearest = (Source(1, "d", "t", "u", None, (), "text", 0, 4, 0.5),)

    answer = draught.abstain("unsupported", "I looked for it.", nearest).answer

    assert (answer.answer, answer.abstention, answer.answered_by) == ("I looked for it.", "unsupported", "none")
    assert (answer.sentences, answer.citations, answer.nearest) == ((), (), nearest)


def test_after_a_restart_numbers_begin_anew() -> None:
    draught = make_draught()
    draught.tell("Ines leads.", [SECOND], 0.9)

    draught.restart()
    events = draught.tell("It carries 420.", [FIRST], 0.9)

    assert [event.citation.number for event in events if isinstance(event, CitationIssued)] == [1]
    assert draught.finish().answer.answer == "It carries 420. [1]"
    assert isinstance(draught.book, CitationBook)
