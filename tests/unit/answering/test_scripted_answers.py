"""Answers by a model in this process that says what it is told to, thousands of times where asked to."""

import os
import random
from collections.abc import Sequence

import pytest

from rag.answering.citations import answer_parts
from rag.events import AnswerDrafted, AnswerEvent, CitationIssued
from rag.types import Answer, Turn
from tests.unit.answering.answerers import (
    DECLINES_ALL,
    FERRY,
    FERRY_SECTION,
    FERRY_SENTENCE,
    QUOTES_NOTHING,
    SECTIONS,
    VOLCANO,
    ScriptedModel,
    ask,
    llm_of,
    make_answerer,
    says,
    streamed_text,
    weighed_llm,
)
from tests.unit.answering.test_answerer import BOTH, HEADINGS
from tests.unit.answering.test_sentence_reader import generated_text
from tests.unit.conftest import ARTICLE, make_document

# Each takes a few milliseconds.
N_ANSWERS = min(10_000, int(os.environ.get("FOOTNOTE_EXAMPLES", "100")))
HOSTILE_VOLCANO = "Which volcano erupted in {} [1] <b>$x</b> Peru?"
SENTENCES = [line for paragraph in ARTICLE.split("\n\n")[1:] for line in paragraph.strip().split(". ")]
WRITTEN = "The ferry carries 420 passengers."


def check_citations(events: Sequence[AnswerEvent], answer: Answer) -> None:
    text = make_document().text
    issued = [event.citation for event in events if isinstance(event, CitationIssued)]
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(text[one.start : one.end] == one.quote for one in answer.citations)
    for sentence in answer.sentences:
        assert set(sentence.citations) <= {citation.number for citation in answer.citations}
        assert bool(sentence.citations) == sentence.supported
    assert tuple(issued) == answer.citations
    assert streamed_text(events) == answer.answer
    assert answer.answer == "".join(answer_parts(answer.outcome, answer.note, answer.sentences))


@pytest.mark.parametrize("is_strict", [True, False])
@pytest.mark.parametrize("question", [FERRY, BOTH])
def test_whatever_the_model_writes_each_citation_holds(question: str, *, is_strict: bool) -> None:
    model = ScriptedModel([], fluency=0.9)
    llms = [llm_of(model), weighed_llm(model)]
    answerers = [make_answerer(llm, is_strict=is_strict, **options) for llm in llms for options in ({}, QUOTES_NOTHING)]
    outcomes: list[str] = []
    for seed in range(N_ANSWERS // 4):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        parts = [chance.choice((generated_text(chance, 8), chance.choice(SENTENCES) + ". ")) for _ in range(4)]
        text = " ".join(parts)
        size = chance.randint(1, 40)
        model.pieces = [text[i : i + size] for i in range(0, len(text), size)]

        events, answer = ask(answerers[seed % 4], question)

        check_citations(events, answer)
        outcomes.append(answer.outcome)
    assert {"answered", "possible"} <= set(outcomes)
    assert "partly" in outcomes or question == FERRY
    assert "partly" not in outcomes or question == BOTH or not is_strict


@pytest.mark.parametrize(("fluency", "declining"), [(None, 0.0), (0.01, None)])
def test_of_a_model_that_tells_no_probabilities_each_supported_sentence_is_told(
    fluency: float | None, declining: float | None
) -> None:
    model = ScriptedModel([WRITTEN], fluency=fluency, declining=declining)

    _, answer = ask(make_answerer(weighed_llm(model), min_answered=1.0), FERRY)

    assert (answer.outcome, answer.answer, answer.answered_by) == ("answered", f"{WRITTEN} [1]", "llm")


def test_a_supported_sentence_that_is_too_unlikely_is_not_told() -> None:
    outcome_by_least = {}
    for least in (0.0, 1.0):
        model = ScriptedModel([WRITTEN], fluency=0.5)
        _, answer = ask(make_answerer(weighed_llm(model), min_answered=least, **QUOTES_NOTHING), FERRY)
        outcome_by_least[least] = (answer.outcome, answer.abstention, answer.answered_by)

    assert outcome_by_least == {
        0.0: ("answered", None, "llm"),
        1.0: ("possible", "unsupported", "extractive"),
    }


@pytest.mark.parametrize("declining", [None, 0.0])
def test_an_llm_is_asked_how_gladly_it_would_decline_before_it_writes(declining: float | None) -> None:
    model = ScriptedModel([WRITTEN], fluency=0.5, declining=declining)

    _, answer = ask(make_answerer(weighed_llm(model)), FERRY)

    assert [asked.endswith("Or not?") for asked in model.asked] == [True, False]
    # What reading for that cost is the answer's too.
    assert answer.usage.completion_tokens == 2


def test_an_llm_that_would_rather_decline_tells_nothing() -> None:
    model = ScriptedModel([WRITTEN], fluency=0.9, declining=1.0)

    _, answer = ask(make_answerer(weighed_llm(model), min_answered=0.5, **QUOTES_NOTHING), FERRY)

    assert (answer.outcome, answer.answered_by) == ("possible", "extractive")


@pytest.mark.parametrize(
    "written",
    ["The ferry Aurora does not carry 420 passengers.", "The ferry carries passengers safely across the wide bay."],
)
def test_where_the_llm_found_the_place_but_not_the_words_the_place_is_the_answer(written: str) -> None:
    model = ScriptedModel([written], fluency=0.9)

    events, answer = ask(make_answerer(weighed_llm(model), min_answered=0.0, **QUOTES_NOTHING), FERRY)

    check_citations(events, answer)
    assert (answer.outcome, answer.answer) == ("answered", f"{FERRY_SENTENCE} [1]")
    assert (answer.answered_by, answer.model, answer.sentences[0].quoted) == ("extractive", None, True)


def test_a_place_that_says_more_than_the_llm_is_quoted_below_its_sentence() -> None:
    item = "- The ferry Aurora carries 420 passengers, 30 cars and 12 bicycles across the bay to Skagen."
    model = ScriptedModel([WRITTEN], fluency=0.9)

    _, answer = ask(make_answerer(weighed_llm(model), item, suffix="md", min_answered=0.0), FERRY)

    first, second = answer.sentences
    assert (first.text, first.quoted) == (WRITTEN, False)
    assert "12 bicycles" in second.text
    assert (second.quoted, answer.answer.count("\n"), answer.answered_by) == (True, 1, "llm")


def test_of_a_sentence_that_is_too_unlikely_its_place_is_shown_first() -> None:
    model = ScriptedModel(["Captain Ines Moreau has led the crew since 2019."], fluency=0.5)

    _, answer = ask(make_answerer(weighed_llm(model), min_answered=1.0, **QUOTES_NOTHING), FERRY)

    assert "Captain Ines Moreau has led the crew since 2019." in answer.citations[0].quote


def test_a_model_of_which_nobody_asks_tells_no_probabilities() -> None:
    model = ScriptedModel([WRITTEN], fluency=0.01)

    _, answer = ask(make_answerer(llm_of(model), min_answered=1.0), FERRY)

    assert (answer.outcome, answer.answered_by) == ("answered", "llm")


def names_of(events: Sequence[AnswerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def drafts_of(events: Sequence[AnswerEvent]) -> list[AnswerDrafted]:
    return [event for event in events if isinstance(event, AnswerDrafted)]


def test_a_draft_quotes_the_documents_before_anything_is_written() -> None:
    events, _ = ask(
        make_answerer(says("The ferry carries 420 passengers."), SECTIONS, suffix="md", is_instant=True), FERRY
    )

    names = names_of(events)
    assert names.index("AnswerDrafted") < names.index("CitationIssued") < names.index("TextDelta")
    assert [(one.answer.outcome, one.answer.answer) for one in drafts_of(events)] == [
        ("answered", f"{FERRY_SECTION} [1]")
    ]


def test_a_draft_of_what_is_not_sure_is_told_as_possible() -> None:
    events, answer = ask(
        make_answerer(says("The ferry carries 420 passengers."), is_instant=True, **QUOTES_NOTHING), FERRY
    )

    (draft,) = drafts_of(events)
    assert (draft.answer.outcome, draft.answer.note) == ("possible", "Not confirmed, but one of these may answer it:")
    assert (answer.outcome, answer.note, answer.answer) == ("answered", "", "The ferry carries 420 passengers. [1]")


def test_nothing_of_a_draft_is_left_in_the_answer() -> None:
    llm = says("The ferry carries 420 passengers.")

    _, drafted = ask(make_answerer(llm, is_instant=True, **QUOTES_NOTHING), BOTH)
    _, plain = ask(make_answerer(llm, **QUOTES_NOTHING), BOTH)

    assert (drafted.answer, drafted.note, drafted.citations) == (plain.answer, plain.note, plain.citations)
    assert drafted.outcome == plain.outcome == "partly"


@pytest.mark.parametrize(("question", "options"), [(FERRY, {}), (VOLCANO, {"is_instant": True, **DECLINES_ALL})])
def test_there_is_no_draft_where_nothing_comes_near_or_nobody_asked_for_one(
    question: str, options: dict[str, object]
) -> None:
    events, _ = ask(make_answerer(says("Huascaran."), **options), question)

    assert drafts_of(events) == []


def test_a_draft_never_says_that_nothing_was_found() -> None:
    events, _ = ask(make_answerer(says("It carries many."), HEADINGS, is_instant=True, **QUOTES_NOTHING), FERRY)

    assert [one for one in drafts_of(events) if one.answer.outcome == "declined"] == []


@pytest.mark.parametrize(
    ("language", "opening"),
    [
        ("en", "I looked for “{}”"),
        ("de", "Ich habe nach „{}“ gesucht"),
        ("ja", "「{}」を探しましたが"),
        ("xx", "I looked for “{}”"),
    ],
)
def test_who_gets_no_answer_reads_in_their_language_what_was_looked_for(language: str, opening: str) -> None:
    _, answer = ask(make_answerer(None, language=language, **DECLINES_ALL), HOSTILE_VOLCANO)

    assert answer.outcome == "declined"
    assert answer.answer.startswith(opening.replace("{}", HOSTILE_VOLCANO, 1))


@pytest.mark.parametrize(
    ("language", "opening"), [("fr", "Ce n’est pas confirmé"), ("uk", "Це не підтверджено"), ("xx", "Not confirmed")]
)
def test_that_nothing_is_confirmed_is_said_in_the_readers_language(language: str, opening: str) -> None:
    _, answer = ask(make_answerer(None, language=language, **QUOTES_NOTHING), FERRY)

    assert answer.note.startswith(opening)


def test_what_only_the_conversation_says_is_no_evidence() -> None:
    history = (Turn("When was the Aurora built?", "The ferry Aurora was built in Oslo in 1987 by Kvaerner."),)
    model = ScriptedModel(["The ferry Aurora was built in Oslo in 1987 by Kvaerner. The ferry carries 420 passengers."])

    events, answer = ask(make_answerer(llm_of(model)), FERRY, history)

    assert answer.answer == "The ferry carries 420 passengers. [1]"
    assert "Oslo" not in streamed_text(events)
