from collections.abc import Callable, Sequence

import pytest

from rag.answering.answer_builder import Quote
from rag.answering.quotes import choose_quotes, leave_out_repeated, places_of
from rag.answering.reply.sentence_check import CheckedSentence, CheckResult
from rag.text.stemming import stem
from rag.types import Evidence, Hit, Span
from tests.unit.conftest import make_document, make_hits, make_passages

TEXT = (
    "The ferry carries 420 passengers. It leaves at 7 a.m. each day. Ines Moreau leads the crew. "
    "She trained in Bergen. Tom Reed closed the pier. Lars Holm will rebuild it."
)
(HIT,) = make_hits(make_passages(make_document(TEXT), max_tokens=200))
SENTENCES = HIT.passage.sentences
(OTHER,) = make_hits(make_passages(make_document(TEXT, document_id="e" * 16), max_tokens=200))


def evidence(*places: int, hit: Hit = HIT) -> list[Evidence]:
    return [Evidence(hit, SENTENCES[place], 0.5) for place in places]


def written(text: str, result: CheckResult, *places: int) -> CheckedSentence:
    found = [(HIT, SENTENCES[place]) for place in places]
    return CheckedSentence(text, result, (), 0.1, found[0] if found else None)


def itself(_: Hit, sentence: Span) -> Span:
    return sentence


def with_the_next(_: Hit, sentence: Span) -> Span:
    place = SENTENCES.index(sentence)
    first = place - place % 2
    return Span(SENTENCES[first].start, SENTENCES[first + 1].end)


def quote(hit: Hit, span: Span) -> str:
    return hit.passage.text_of(span)


def choose(
    found: Sequence[Evidence],
    withheld: Sequence[CheckedSentence] = (),
    unit_of: Callable[[Hit, Span], Span] = itself,
    most: int = 3,
) -> list[Quote]:
    return choose_quotes(places_of(withheld, found), unit_of, quote, most=most)


def texts(offered: Sequence[Quote]) -> list[str]:
    return [one.text for one in offered]


def test_the_best_evidence_is_offered_first_each_with_its_place() -> None:
    offered = choose(evidence(2, 0))

    assert offered == [
        Quote("Ines Moreau leads the crew.", ((HIT, SENTENCES[2]),)),
        Quote("The ferry carries 420 passengers.", ((HIT, SENTENCES[0]),)),
    ]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_at_most_so_many_are_offered(most: int) -> None:
    assert len(choose(evidence(0, 1, 2, 3, 4), most=most)) == most


def test_of_nothing_nothing_is_offered() -> None:
    assert choose([]) == []


def test_whole_units_are_offered_and_each_once() -> None:
    offered = choose(evidence(1, 0, 3), unit_of=with_the_next)

    assert texts(offered) == [
        "The ferry carries 420 passengers. It leaves at 7 a.m. each day.",
        "Ines Moreau leads the crew. She trained in Bergen.",
    ]
    assert offered[0].places == ((HIT, Span(SENTENCES[0].start, SENTENCES[1].end)),)


def test_the_same_words_of_two_documents_are_offered_once() -> None:
    offered = choose([*evidence(0), *evidence(0, 1, hit=OTHER)])

    assert texts(offered) == ["The ferry carries 420 passengers.", "It leaves at 7 a.m. each day."]


def test_the_same_span_of_another_document_is_another_place() -> None:
    def name(hit: Hit, span: Span) -> str:
        return f"{hit.passage.document_id[0]}: {quote(hit, span)}"

    offered = choose_quotes(places_of((), [*evidence(0), *evidence(0, hit=OTHER)]), itself, name, most=3)

    assert [text[0] for text in texts(offered)] == ["d", "e"]


def test_the_places_that_an_llm_wrote_from_go_first() -> None:
    withheld = [written("Lars does.", "doubtful", 5), written("Tom closed it in 1066.", "contradicted", 4, 3)]

    offered = choose(evidence(0, 1), withheld)

    assert texts(offered) == [
        "Lars Holm will rebuild it.",
        "Tom Reed closed the pier.",
        "The ferry carries 420 passengers.",
    ]


def test_a_place_that_the_llm_wrote_from_is_not_offered_again_as_evidence() -> None:
    offered = choose(evidence(4, 0), [written("Tom closed it in 1066.", "contradicted", 4)])

    assert texts(offered) == ["Tom Reed closed the pier.", "The ferry carries 420 passengers."]


def test_what_an_llm_wrote_from_nothing_leads_nowhere() -> None:
    assert texts(choose(evidence(0), [written("So.", "doubtful")])) == ["The ferry carries 420 passengers."]


def kept_of(shown: list[str], *offered: str) -> list[str]:
    return [
        one.text for one in leave_out_repeated([Quote(text, ((HIT, SENTENCES[0]),)) for text in offered], shown, stem)
    ]


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ([], ["The ferry carries 420 passengers.", "It leaves from the old pier at noon."]),
        (["The ferry carries 420 passengers each day."], ["It leaves from the old pier at noon."]),
        (["It carries 420."], ["The ferry carries 420 passengers.", "It leaves from the old pier at noon."]),
    ],
)
def test_a_quote_that_was_shown_already_is_left_out(shown: list[str], kept: list[str]) -> None:
    assert kept_of(shown, "The ferry carries 420 passengers.", "It leaves from the old pier at noon.") == kept


def test_of_two_quotes_that_say_the_same_the_first_is_kept() -> None:
    assert kept_of([], "The ferry carries 420 passengers.", "Passengers: 420 (ferry).") == [
        "The ferry carries 420 passengers."
    ]


@pytest.mark.parametrize("shown", [[], ["Dogs are allowed on the upper deck."]])
def test_a_quote_that_denies_what_was_shown_is_no_repetition(shown: list[str]) -> None:
    denial = "Dogs are not allowed on the upper deck."

    assert denial in kept_of(shown, "Dogs are allowed on the upper deck.", denial)
