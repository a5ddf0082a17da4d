"""What is found over the small index of test_answering, for a question and for a follow-up that was rewritten badly."""

from dataclasses import replace

import pytest

from rag.finding import Finder, FindingOptions, Findings, LanguageTools
from rag.segmenting import split_sentences
from rag.stemming import stem
from rag.tokenizing import count_tokens
from rag.types import Context
from tests.unit.conftest import make_document
from tests.unit.test_answering import FERRY, make_retriever

TOOLS = LanguageTools(stem, split_sentences, count_tokens, lambda _: "en")


def make_finder(**options: float) -> Finder:
    return Finder(make_retriever(), TOOLS, FindingOptions(**options))


@pytest.mark.parametrize(
    ("readings", "likeliest"),
    [
        (["Where did Lars Holm train?", "Where did Ines Moreau train?"], "Where did Ines Moreau train?"),
        (["Where did Ines Moreau train?", "Where did Lars Holm train?"], "Where did Ines Moreau train?"),
        (["Which volcano erupted in Peru?", "Which volcano did erupt in Peru?"], "Which volcano erupted in Peru?"),
        (["Which volcano erupted in Peru?"], "Which volcano erupted in Peru?"),
    ],
)
def test_of_several_readings_the_one_that_the_documents_answer_is_taken(readings: list[str], likeliest: str) -> None:
    assert make_finder().likeliest(readings) == likeliest


def test_the_best_evidence_has_odds_of_one_and_no_other_has_more() -> None:
    findings = make_finder().find(FERRY)

    odds = [evidence.odds for evidence in findings.evidence]
    assert odds[0] == 1.0
    assert odds == sorted(odds, reverse=True)
    assert findings.evidence[0].text == "The ferry Aurora carries 420 passengers across the bay."
    assert findings.evidence_confidence == findings.evidence[0].confidence


def test_passages_that_are_too_unlikely_are_not_read_but_still_offered() -> None:
    all_read = make_finder(context_odds=0.0).find(FERRY)
    best_read = make_finder(context_odds=0.9).find(FERRY)

    assert len(all_read.context.hits) == len(best_read.hits) == 3
    assert [hit.passage.text.split(".")[0] for hit in best_read.context.hits] == [
        "Harbour news\n\nThe ferry Aurora carries 420 passengers across the bay"
    ]


def test_what_is_read_is_labelled_with_its_document() -> None:
    context = make_finder().find(FERRY).context

    assert context.labels == ("Harbour news",) * 3


def test_at_most_three_passages_are_offered_numbered_and_word_for_word() -> None:
    finder = make_finder()

    found = finder.find("Which volcano erupted in Peru?")
    nearest = finder.nearest(replace(found, hits=found.hits * 2))

    text = make_document().text
    assert [source.number for source in nearest] == [1, 2, 3]
    assert all(text[source.start : source.end] == source.text for source in nearest)


def test_a_rewriting_that_finds_nothing_gives_way_to_what_was_typed() -> None:
    findings = make_finder().find("Which volcano erupted in Peru?", typed=FERRY)

    assert findings.asked == FERRY
    assert "420 passengers" in findings.evidence[0].text


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        (FERRY, "Which comet appeared in Chile?"),
        # One word of content, "ferry": it would fit any question on ferries.
        ("Which volcano erupted in Peru?", "and the ferry?"),
    ],
)
def test_a_rewriting_stays_where_it_finds_enough_or_what_was_typed_says_too_little(query: str, typed: str) -> None:
    assert make_finder().find(query, typed=typed).asked == query


def test_where_nothing_is_found_nothing_is_certain() -> None:
    nothing = Findings("Who?", (), (), Context((), (), 0))

    assert (nothing.hit_confidence, nothing.evidence_confidence) == (0.0, 0.0)
