from rag.metrics import GoldQuestion, covers, told_text
from rag.types import Span
from tests.unit.outcomes import ABSENT, GOLD, LOOK_ALIKE, make_outcome


def test_an_answer_is_right_where_it_holds_a_gold_answer() -> None:
    assert make_outcome(GOLD, ["It carries 420 people."]).verdict == "right"
    assert make_outcome(GOLD, ["It carries Four Hundred people."]).verdict == "right"
    assert make_outcome(GOLD, ["It carries 1420 people."]).verdict == "wrong"
    assert make_outcome(GOLD, None).verdict == "declined"


def test_telling_anything_where_the_documents_do_not_say_is_wrong() -> None:
    assert make_outcome(LOOK_ALIKE, ["It does."]).verdict == "wrong"
    assert make_outcome(ABSENT, None).verdict == "declined"


def test_a_marker_is_no_answer() -> None:
    gold = GoldQuestion("1", "How many?", "a.txt", ("1",), (Span(10, 13),))

    assert make_outcome(gold, ["It carries nobody."]).verdict == "wrong"
    assert told_text(make_outcome(gold, ["One.", "Two."]).answer) == "One. Two."


def test_a_citation_is_right_where_it_covers_a_gold_span_of_the_right_document() -> None:
    assert make_outcome(GOLD, ["It carries 420."], spans=[(0, 20)]).right_citations == [True]
    assert make_outcome(GOLD, ["It carries 420."], spans=[(11, 40)]).right_citations == [False]
    assert make_outcome(GOLD, ["It carries 420."], spans=[(0, 20)], uri="b.txt").right_citations == [False]


def test_a_span_covers_what_lies_wholly_inside_it() -> None:
    assert covers(Span(0, 13), [Span(10, 13)])
    assert not covers(Span(0, 12), [Span(10, 13), Span(11, 14)])


def test_the_kind_of_a_question_is_read_off_what_it_has() -> None:
    assert [GOLD.kind, LOOK_ALIKE.kind, ABSENT.kind] == ["answerable", "look-alike", "absent"]
