from itertools import count

from rag.answering.answer_builder import AnswerBuilder, Quote
from rag.answering.citations import CitationBook
from rag.events import AnswerStarted, CitationIssued, TextDelta
from rag.types import Answer, Citation, Hit, Span, Turn
from tests.unit.conftest import make_document, make_hits, make_passages

HITS = make_hits(make_passages(make_document()))
FIRST, SECOND = ((hit, hit.passage.sentences[0]) for hit in HITS[:2])


def cite(hit: Hit, span: Span, number: int) -> Citation:
    return Citation(
        number=number,
        document_id=hit.passage.document_id,
        title="t",
        uri="u",
        page=None,
        headings=(),
        quote=hit.passage.text_of(span),
        start=span.start,
        end=span.end,
    )


def make_builder() -> AnswerBuilder:
    ticks = count(0)
    started = AnswerStarted("a", "c", "Who leads her?", "Who leads the crew?")
    return AnswerBuilder(started, "v1", cite, clock=lambda: next(ticks) / 1000, began=0.0)


def finished(builder: AnswerBuilder) -> Answer:
    return builder.finish("answered", answered_by="llm", model="m").answer


def test_each_citation_is_told_once_and_before_the_sentence_that_uses_it() -> None:
    builder = make_builder()

    events = [
        *builder.add_sentence("Ines leads.", [SECOND, FIRST]),
        *builder.add_sentence("She does.", [FIRST]),
        *builder.add_sentence("So they say.", []),
    ]

    assert [type(event) for event in events] == [CitationIssued, CitationIssued, TextDelta, TextDelta, TextDelta]
    assert [event.sentence for event in events if isinstance(event, CitationIssued)] == [0, 0]
    assert [event.text for event in events if isinstance(event, TextDelta)] == [
        "Ines leads. [1][2]",
        " She does. [2]",
        " So they say.",
    ]


def test_the_finished_answer_is_what_was_told() -> None:
    builder = make_builder()
    builder.confidence = 0.123456
    builder.add_sentence("Ines leads.", [SECOND])
    builder.add_sentence("So they say.", [])

    answer = finished(builder)

    assert answer.answer == "Ines leads. [1] So they say."
    assert [(sentence.citations, sentence.supported) for sentence in answer.sentences] == [((1,), True), ((), False)]
    assert (answer.outcome, answer.note, answer.confidence) == ("answered", "", 0.1235)
    assert (answer.answered_by, answer.model, answer.abstained, answer.abstention) == ("llm", "m", False, None)
    assert (answer.question, answer.query, answer.index_version) == ("Who leads her?", "Who leads the crew?", "v1")


def test_what_is_quoted_names_no_model_but_says_why() -> None:
    builder = make_builder()
    builder.add_quote(Quote("Ines leads.", (SECOND,)))

    answer = builder.finish("answered", answered_by="extractive", degraded="no model").answer

    assert (answer.answered_by, answer.model, answer.degraded) == ("extractive", None, "no model")


def test_a_quote_stands_on_a_line_of_its_own() -> None:
    builder = make_builder()

    events = [
        *builder.add_quote(Quote("The row.", (FIRST,))),
        *builder.add_sentence("Ines leads.", [SECOND]),
        *builder.add_sentence("She does.", [SECOND]),
        *builder.add_quote(Quote("The list.", (FIRST,))),
    ]

    answer = finished(builder)
    assert answer.answer == "The row. [1]\nInes leads. [2] She does. [2]\nThe list. [1]"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == answer.answer
    assert [sentence.quoted for sentence in answer.sentences] == [True, False, False, True]


def test_a_note_behind_a_quote_begins_a_line() -> None:
    builder = make_builder()
    builder.add_quote(Quote("The row.", (FIRST,)))

    delta = builder.add_note("Not answered: “why?”")

    assert delta.text == "\nNot answered: “why?”"
    assert finished(builder).answer == "The row. [1]\nNot answered: “why?”"


def test_a_note_stands_behind_the_sentences() -> None:
    builder = make_builder()
    builder.add_sentence("Ines leads.", [SECOND])

    delta = builder.add_note("Not answered: “why?”")

    answer = builder.finish("partly", answered_by="llm", model="m").answer
    assert delta == TextDelta(" Not answered: “why?”", is_note=True)
    assert (answer.answer, answer.note) == ("Ines leads. [1] Not answered: “why?”", "Not answered: “why?”")
    assert (answer.outcome, answer.abstained) == ("partly", False)


def test_a_later_question_may_refer_to_the_sentences_and_to_no_note() -> None:
    builder = make_builder()
    builder.add_sentence("Ines leads.", [SECOND])
    builder.add_sentence("She does.", [FIRST])
    builder.add_note("Not answered: “why?”")

    turn = builder.finish("partly", answered_by="llm", model="m").answer.turn

    assert turn == Turn("Who leads the crew?", "Ines leads. She does.")


def test_a_note_alone_is_the_answer() -> None:
    builder = make_builder()

    delta = builder.add_note("Hello!")

    answer = builder.finish("answered", answered_by="none").answer
    assert delta == TextDelta("Hello!", is_note=True)
    assert (answer.answer, answer.note, answer.sentences) == ("Hello!", "Hello!", ())


def test_what_is_offered_stands_below_its_note_a_line_each() -> None:
    builder = make_builder()

    events = builder.add_possible("One of these:", [Quote("Perhaps.", ()), Quote("Ines leads.", (SECOND,))])

    answer = builder.finish("possible", answered_by="extractive", abstention="unsupported").answer
    assert [(event.text, event.is_note) for event in events if isinstance(event, TextDelta)] == [
        ("One of these:", True),
        ("\nPerhaps.", False),
        ("\nInes leads. [1]", False),
    ]
    assert [event.sentence for event in events if isinstance(event, CitationIssued)] == [1]
    assert answer.answer == "One of these:\nPerhaps.\nInes leads. [1]"
    assert [(sentence.supported, sentence.quoted) for sentence in answer.sentences] == [(False, False), (True, True)]
    assert (answer.abstained, answer.abstention) == (True, "unsupported")


def test_that_nothing_was_found_is_all_that_is_told() -> None:
    builder = make_builder()
    builder.add_note("I found nothing.")

    answer = builder.finish("declined", answered_by="none", abstention="no_hits").answer

    assert (answer.answer, answer.abstained, answer.abstention) == ("I found nothing.", True, "no_hits")
    assert (answer.sentences, answer.citations) == ((), ())


def test_after_a_restart_numbers_begin_anew_and_no_note_is_left() -> None:
    builder = make_builder()
    builder.add_sentence("Ines leads.", [SECOND])
    builder.add_note("Not answered: “why?”")

    builder.restart()
    events = builder.add_sentence("It carries 420.", [FIRST])

    assert [event.citation.number for event in events if isinstance(event, CitationIssued)] == [1]
    answer = finished(builder)
    assert (answer.answer, answer.note) == ("It carries 420. [1]", "")
    assert isinstance(builder.book, CitationBook)


def test_what_was_told_is_known_by_its_words() -> None:
    builder = make_builder()
    builder.add_sentence("Ines leads.", [SECOND])

    assert builder.has_sentence("Ines leads.")
    assert not builder.has_sentence("Ines leads")
