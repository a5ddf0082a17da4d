"""The whole of answering over a small real index, with scripted LLM servers and an encoder made of word counts."""

from dataclasses import dataclass, field

import pytest

from rag.answering.decide import AnswerOptions, estimate_quote
from rag.events import AnswerDrafted, AnswerEvent, CitationIssued, SourcesFound, TextDelta
from rag.filters import Filters
from rag.retrieval.evidence_finder import EvidenceOptions
from rag.retrieval.retriever import Retriever
from rag.types import Turn
from tests.fake_llm import Script
from tests.unit.answering.answerers import (
    DECLINES_ALL,
    FERRY,
    FERRY_SECTION,
    FERRY_SENTENCE,
    PIER_SECTION,
    QUOTES_NOTHING,
    QUOTES_UNLIKELY,
    SECTIONS,
    VOLCANO,
    ScriptedModel,
    ask,
    llm_of,
    make_answerer,
    says,
    scripted,
    streamed_text,
)
from tests.unit.conftest import ARTICLE, make_document
from tests.word_judge import WordJudge

MOREAU = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)
BOTH = "How many passengers does the ferry Aurora carry, and who closed the old pier?"
POSSIBLE = "Not confirmed, but one of these may answer it:"


def names_of(events: list[AnswerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_without_an_llm_the_answer_is_the_documents_own_section() -> None:
    events, answer = ask(make_answerer(None, SECTIONS, suffix="md"), FERRY)

    assert answer.answer == f"{FERRY_SECTION} [1]"
    assert (answer.outcome, answer.answered_by, answer.note) == ("answered", "extractive", "")
    assert answer.citations[0].quote == FERRY_SECTION
    assert answer.citations[0].start == make_document(SECTIONS, "0.md").text.index("The ferry")
    assert names_of(events) == ["AnswerStarted", "SourcesFound", "CitationIssued", "TextDelta", "AnswerFinished"]


@dataclass(frozen=True, slots=True)
class FixedJudge(WordJudge):
    """Judges quotes that hold a word to answer, and all others not to; it keeps what it is asked."""

    word: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def judge_answer(self, text: str, question: str) -> float:
        self.asked.append((text, question))
        return 0.99 if self.word in text else 0.01


LEAST = AnswerOptions().min_quote


@pytest.mark.parametrize(("word", "outcome"), [("420", "answered"), ("999", "possible")])
def test_the_judge_decides_whether_quotes_are_an_answer(word: str, outcome: str) -> None:
    judge = FixedJudge(word=word)

    _, answer = ask(make_answerer(None, SECTIONS, suffix="md", judge=judge, min_quote=LEAST), FERRY)

    assert answer.outcome == outcome
    assert answer.sentences[0].text == FERRY_SECTION
    assert answer.confidence == pytest.approx(estimate_quote(0.99 if outcome == "answered" else 0.01, 1.0), abs=1e-4)


def test_the_judge_reads_the_first_quote_with_its_place() -> None:
    judge = FixedJudge()

    ask(make_answerer(None, SECTIONS, suffix="md", judge=judge, max_quotes=3, min_quote_odds=0.0), FERRY)

    text, question = judge.asked[0]
    assert question == FERRY
    assert text.endswith(f": {FERRY_SECTION}")
    assert "Harbour news" in text


@pytest.mark.parametrize(("word", "outcome"), [("", "answered"), ("420", "partly")])
def test_the_judge_decides_for_each_part_whether_its_quote_answers(word: str, outcome: str) -> None:
    _, answer = ask(
        make_answerer(None, SECTIONS, suffix="md", judge=FixedJudge(word=word), min_quote=LEAST),
        BOTH,
    )

    assert answer.outcome == outcome
    assert (PIER_SECTION in answer.answer) == (outcome == "answered")


BOATS = "Name,Home\nAurora,Bergen\nBora,Northport\nCeres,Bergen\n"


def test_the_rows_that_a_question_lists_are_the_answer_below_their_count() -> None:
    events, answer = ask(make_answerer(None, BOATS, suffix="csv"), "Which boats have Bergen?")

    assert answer.answer.split("\n") == [
        "Matching entries: 2 of 3 (“Harbour news”): [1][2]",
        "Name: Aurora; Home: Bergen [1]",
        "Name: Ceres; Home: Bergen [2]",
    ]
    assert (answer.outcome, answer.answered_by) == ("answered", "extractive")
    assert [sentence.quoted for sentence in answer.sentences] == [True, True, True]
    assert streamed_text(events) == answer.answer


def test_each_checked_sentence_is_told_with_its_citation_before_it() -> None:
    with scripted(Script(["The ferry carries ", "420 passengers. [7] She", " trained in Bergen. [2]"])) as llm:
        events, answer = ask(make_answerer(llm), FERRY)

    assert streamed_text(events) == answer.answer
    assert answer.answer.startswith("The ferry carries 420 passengers. [1]")
    assert (answer.outcome, answer.answered_by, answer.model) == ("answered", "llm", "m")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 3)
    numbers = [event.citation.number for event in events if isinstance(event, CitationIssued)]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        assert make_document().text[citation.start : citation.end] == citation.quote


def test_where_the_llm_wrote_nothing_that_is_supported_the_best_sentence_is_shown_as_possible() -> None:
    with scripted(Script(["It carries 999 passengers."])) as llm:
        _, answer = ask(make_answerer(llm), FERRY)

    assert (answer.outcome, answer.answered_by, answer.degraded) == ("possible", "extractive", None)
    assert answer.sentences[0].text.startswith(FERRY_SENTENCE)


def test_however_the_text_is_cut_the_answer_is_the_same() -> None:
    text = "The ferry carries 420 passengers. [1] Captain Ines Moreau has led the crew since 2019. [2]"
    answers = []
    for size in (1, 2, 7, 1000):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        with scripted(Script(pieces)) as llm:
            answers.append(ask(make_answerer(llm), FERRY)[1])

    assert len({(answer.answer, answer.citations) for answer in answers}) == 1


def test_a_sentence_that_nothing_supports_never_reaches_the_reader() -> None:
    with scripted(Script(["The ferry carries 420 passengers. It was built in Oslo in 1987 by Kvaerner."])) as llm:
        events, answer = ask(make_answerer(llm), FERRY)

    assert answer.answer == "The ferry carries 420 passengers. [1]"
    assert "Oslo" not in streamed_text(events)


@pytest.mark.parametrize(
    ("reply", "abstention"),
    [
        ("NOT_IN_DOCUMENTS", "llm_declined"),
        ("The passages do not mention this.", "llm_declined"),
        ("It carries 999 passengers.", "unsupported"),
    ],
)
def test_where_the_model_declines_or_makes_things_up_the_reader_sees_what_may_answer(
    reply: str, abstention: str
) -> None:
    with scripted(Script([reply])) as llm:
        _, answer = ask(make_answerer(llm, **QUOTES_NOTHING), FERRY)

    assert (answer.outcome, answer.abstained, answer.abstention) == ("possible", True, abstention)
    assert (answer.answered_by, answer.model, answer.note) == ("extractive", None, POSSIBLE)
    assert answer.answer.startswith(f"{POSSIBLE}\n")
    assert 1 <= len(answer.citations) == len(answer.sentences) <= 3
    assert any(FERRY_SENTENCE in citation.quote for citation in answer.citations)


@pytest.mark.parametrize("reply", ["NOT_IN_DOCUMENTS", "The passages do not mention this."])
def test_a_model_that_declines_is_not_overruled_however_sure_the_evidence_is(reply: str) -> None:
    _, answer = ask(make_answerer(says(reply)), FERRY)

    assert (answer.outcome, answer.abstention) == ("possible", "llm_declined")


def test_what_is_near_but_unlikely_is_declined_without_an_llm() -> None:
    _, answer = ask(make_answerer(None, **QUOTES_UNLIKELY), FERRY)

    assert (answer.outcome, answer.abstention, answer.sentences) == ("declined", "weak_hits", ())
    assert answer.answer == answer.note
    assert FERRY in answer.note


def test_what_is_near_but_unlikely_is_declined_if_the_llm_declines_too() -> None:
    events, answer = ask(make_answerer(says("NOT_IN_DOCUMENTS"), is_instant=True, **QUOTES_UNLIKELY), FERRY)

    assert (answer.outcome, answer.abstention, answer.answered_by) == ("declined", "llm_declined", "none")
    assert not any(isinstance(event, AnswerDrafted) for event in events)


def test_an_llm_answers_from_what_is_unlikely_to_be_quoted() -> None:
    _, answer = ask(make_answerer(says("The ferry carries 420 passengers."), **QUOTES_UNLIKELY), FERRY)

    assert (answer.outcome, answer.answer) == ("answered", "The ferry carries 420 passengers. [1]")


def test_a_sentence_that_was_told_stands_although_the_model_then_declines() -> None:
    _, answer = ask(make_answerer(says("The ferry carries 420 passengers. ", "The text does not say more.")), FERRY)

    assert (answer.outcome, answer.answer) == ("answered", "The ferry carries 420 passengers. [1]")


def test_what_comes_near_but_is_not_sure_is_shown_as_possible_where_no_llm_writes() -> None:
    events, answer = ask(make_answerer(None, **QUOTES_NOTHING), FERRY)

    assert (answer.outcome, answer.abstention, answer.answered_by) == ("possible", "weak_hits", "extractive")
    assert streamed_text(events) == answer.answer
    assert answer.sentences[0].text.startswith(FERRY_SENTENCE)


def test_what_may_answer_stands_below_its_note_a_line_each_with_its_number() -> None:
    answerer = make_answerer(None, SECTIONS, suffix="md", min_quote_odds=0.0, **QUOTES_NOTHING)

    events, answer = ask(answerer, FERRY)

    note, *lines = answer.answer.split("\n")
    deltas = [(event.text, event.is_note) for event in events if isinstance(event, TextDelta)]
    assert note == answer.note == POSSIBLE
    assert len(lines) > 1
    assert lines == [f"{sentence.text} [{n}]" for n, sentence in enumerate(answer.sentences, start=1)]
    assert deltas == [(note, True), *((f"\n{line}", False) for line in lines)]


@pytest.mark.parametrize("llm", [None, says("It carries 999 passengers.")])
def test_at_most_as_many_possible_sentences_are_shown_as_may_be_quoted(llm: object) -> None:
    answerer = make_answerer(llm, SECTIONS, suffix="md", max_quotes=2, **QUOTES_NOTHING)  # type: ignore[arg-type]  # either

    _, answer = ask(answerer, FERRY)

    assert len(answer.sentences) == 2


def test_the_place_that_the_llm_wrote_from_is_shown_first_among_what_may_answer() -> None:
    _, answer = ask(make_answerer(says("Captain Ines Moreau has led it since 1066."), **QUOTES_NOTHING), FERRY)

    assert answer.outcome == "possible"
    assert "Captain Ines Moreau" in answer.sentences[0].text
    assert any(FERRY_SENTENCE in sentence.text for sentence in answer.sentences)


def test_nothing_that_comes_near_is_said_and_the_llm_is_not_called() -> None:
    script = Script(["Paris."])
    with scripted(script) as llm:
        events, answer = ask(make_answerer(llm, **DECLINES_ALL), VOLCANO)

    said = "I looked for “Which volcano erupted in Peru?” and found nothing about it in the documents."
    assert (answer.outcome, answer.abstained, answer.abstention) == ("declined", True, "weak_hits")
    assert (answer.answered_by, answer.answer, answer.note) == ("none", said, said)
    assert (answer.sentences, answer.citations) == ((), ())
    assert script.requests == []
    assert names_of(events) == ["AnswerStarted", "SourcesFound", "AnswerFinished"]


def test_where_no_document_may_be_looked_at_nothing_is_found() -> None:
    _, answer = ask(make_answerer(None), FERRY, filters=Filters(folder="nowhere"))

    assert (answer.outcome, answer.abstention) == ("declined", "no_hits")


FAILURES = {
    "refuses": Script(status=500),
    "breaks off": Script(["The ferry carries 420 passengers. ", "It ", "lea"], break_after=2),
    "is silent": Script(["a"], silent_after=0),
    "is no LLM": Script(body="<html>busy</html>"),
    "generates nothing": Script([""]),
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
def test_when_the_llm_fails_the_reader_gets_the_documents_own_section_marked_as_such(script: Script) -> None:
    with scripted(script) as llm:
        _, answer = ask(make_answerer(llm, SECTIONS, suffix="md"), FERRY)

    assert (answer.outcome, answer.answered_by) == ("answered", "extractive")
    assert answer.degraded
    assert answer.answer == f"{FERRY_SECTION} [1]"


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
def test_when_the_llm_fails_what_is_not_sure_is_shown_as_possible_and_never_told_to_be_absent(script: Script) -> None:
    with scripted(script) as llm:
        _, answer = ask(make_answerer(llm, **QUOTES_NOTHING), FERRY)

    assert (answer.outcome, answer.answered_by) == ("possible", "extractive")
    assert answer.degraded
    assert answer.note == POSSIBLE


def test_an_llm_that_failed_leaves_no_part_of_the_question_named_as_unanswered() -> None:
    model = ScriptedModel(["The ferry carries 420 passengers. ", "And"], fails_after=0)

    _, answer = ask(make_answerer(llm_of(model)), BOTH)

    assert (answer.outcome, answer.note) == ("answered", "")
    assert answer.degraded == "the LLM broke off"


def test_an_llm_that_could_not_be_opened_is_named_in_the_answer() -> None:
    _, answer = ask(make_answerer(None, degraded="no model; run `rag models pull`"), FERRY)

    assert answer.degraded == "no model; run `rag models pull`"


def test_where_what_was_told_breaks_off_only_the_finished_answer_tells_what_counts() -> None:
    model = ScriptedModel(["Ines Moreau trained in Bergen. ", "So they say today. ", "And"], fails_after=2)

    events, answer = ask(make_answerer(llm_of(model)), "Where did Ines Moreau train?")

    assert streamed_text(events).startswith("Ines Moreau trained in Bergen. [1]")
    assert "So" not in streamed_text(events)
    assert (answer.degraded, answer.answered_by) == ("the LLM broke off", "extractive")
    assert [citation.number for citation in answer.citations] == [1]


def test_of_two_questions_the_one_that_is_not_answered_is_named() -> None:
    events, answer = ask(make_answerer(says("The ferry carries 420 passengers."), **QUOTES_NOTHING), BOTH)

    assert (answer.outcome, answer.abstained, answer.abstention) == ("partly", False, None)
    assert answer.answer == "The ferry carries 420 passengers. [1] Not answered: “who closed the old pier?”"
    assert answer.note == "Not answered: “who closed the old pier?”"
    assert [sentence.text for sentence in answer.sentences] == ["The ferry carries 420 passengers."]
    assert streamed_text(events) == answer.answer
    assert [event.is_note for event in events if isinstance(event, TextDelta)] == [False, True]
    assert (answer.answered_by, answer.model) == ("llm", "scripted")


def test_a_part_that_the_llm_left_out_is_quoted_where_the_documents_surely_answer_it() -> None:
    events, answer = ask(make_answerer(says("The ferry carries 420 passengers."), SECTIONS, suffix="md"), BOTH)

    assert (answer.outcome, answer.note) == ("answered", "")
    assert answer.answer == f"The ferry carries 420 passengers. [1]\n{PIER_SECTION} [2]"
    assert streamed_text(events) == answer.answer


def test_a_part_that_the_llm_answered_is_not_answered_again() -> None:
    said = ("The ferry carries 420 passengers. ", "Tom Reed closed the old pier.")

    _, answer = ask(make_answerer(says(*said)), BOTH)

    assert answer.answer == "The ferry carries 420 passengers. [1] Tom Reed closed the old pier. [2]"
    assert answer.outcome == "answered"


TRIPS = (
    FERRY_SENTENCE,
    "The train leaves at 9 a.m. each day.",
    "The ferry Aurora starts its trip at 7 a.m. from the pier.",
)
LEAVES = "How many passengers does the ferry Aurora carry, and when does it leave?"


def test_a_part_with_a_pronoun_is_not_answered_with_something_else() -> None:
    _, answer = ask(make_answerer(says("The ferry carries 420 passengers."), *TRIPS), LEAVES)

    assert "train" not in answer.answer


def test_a_part_that_the_llm_answered_from_another_sentence_is_not_named_as_unanswered() -> None:
    llm = says("The ferry carries 420 passengers. It starts its trip at 7 a.m. from the pier.")

    _, answer = ask(make_answerer(llm, *TRIPS, **QUOTES_NOTHING), LEAVES)

    assert answer.note == ""


def test_several_parts_that_are_not_answered_are_named_each() -> None:
    question = f"{FERRY} Who closed the old pier? Who trained in Bergen?"

    _, answer = ask(make_answerer(says("The ferry carries 420 passengers."), **QUOTES_NOTHING), question)

    assert answer.outcome == "partly"
    assert answer.note == "Not answered: “Who closed the old pier? / Who trained in Bergen?”"


def test_what_is_not_answered_is_named_in_the_readers_language() -> None:
    llm = says("The ferry carries 420 passengers.")

    _, answer = ask(make_answerer(llm, language="de", **QUOTES_NOTHING), BOTH)

    assert answer.note == "Nicht beantwortet: „who closed the old pier?“"


def test_without_an_llm_each_part_of_a_question_is_quoted() -> None:
    _, answer = ask(make_answerer(None, SECTIONS, suffix="md"), BOTH)

    assert [sentence.text for sentence in answer.sentences] == [FERRY_SECTION, PIER_SECTION]
    assert (answer.outcome, answer.answered_by) == ("answered", "extractive")


def test_a_part_is_quoted_only_from_documents_that_may_be_looked_at() -> None:
    pier = "The old pier was closed by Tom Reed in 2017."

    _, answer = ask(make_answerer(None, FERRY_SENTENCE, pier), BOTH, filters=Filters(documents=("0.txt",)))

    assert [citation.uri for citation in answer.citations] == ["0.txt"]


@pytest.mark.parametrize(
    ("greeting", "language"), [("Hello!", "en"), ("Danke schön", "de"), ("谢谢！", "zh"), ("bonjour", "fr")]
)
def test_a_greeting_is_answered_in_its_language_without_the_llm(greeting: str, language: str) -> None:
    model = ScriptedModel(["Hello to you."])

    events, answer = ask(make_answerer(llm_of(model), language="fr"), greeting)

    openings = {"en": "Hello! I answer questions", "de": "Gern geschehen.", "zh": "不客气。", "fr": "Bonjour !"}
    assert answer.answer.startswith(openings[language])
    assert (answer.outcome, answer.abstained, answer.answered_by) == ("answered", False, "none")
    assert (answer.note, answer.sentences, answer.citations) == (answer.answer, (), ())
    assert streamed_text(events) == answer.answer
    assert model.asked == []


def test_a_greeting_is_not_searched_for_and_not_rewritten() -> None:
    model = ScriptedModel(["Who is thankful?"])

    events, answer = ask(make_answerer(llm_of(model)), "Thank you!", MOREAU)

    assert (answer.query, answer.timings_ms.retrieve) == ("Thank you!", 0.0)
    assert [event.sources for event in events if isinstance(event, SourcesFound)] == [()]
    assert names_of(events) == ["AnswerStarted", "SourcesFound", "TextDelta", "AnswerFinished"]
    assert model.asked == []


def test_a_greeting_with_a_question_behind_it_is_a_question() -> None:
    _, answer = ask(make_answerer(None), f"Hello! {FERRY}")

    assert "420" in answer.answer


@pytest.mark.parametrize(
    ("message", "language", "opening"),
    [("?? what", "en", "I do not understand"), ("Was ist das?", "de", "Ich verstehe nicht"), ("x", "xx", "I do not")],
)
def test_a_message_that_names_nothing_is_asked_for_a_whole_question(
    message: str, language: str, opening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Retriever, "classify", lambda _, __: "small-talk")
    model = ScriptedModel(["The ferry carries 420 passengers [1]."])

    events, answer = ask(make_answerer(llm_of(model), language=language), message)

    assert answer.answer.startswith(opening)
    assert (answer.outcome, answer.answered_by, answer.note) == ("answered", "none", answer.answer)
    assert names_of(events) == ["AnswerStarted", "SourcesFound", "TextDelta", "AnswerFinished"]
    assert model.asked == []


def test_a_bare_why_after_an_answer_is_about_that_answer() -> None:
    _, answer = ask(make_answerer(None), "Why?", MOREAU)

    assert not answer.answer.startswith("I do not understand")


def test_small_talk_is_a_question_if_the_documents_come_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retriever, "classify", lambda _, __: "small-talk")

    _, near = ask(make_answerer(None), FERRY)
    _, far = ask(make_answerer(None, min_near=1.0), "Xyzzy plugh?")

    assert "420" in near.answer
    assert far.answer.startswith("Hello! I answer questions")


def test_by_setting_a_doubted_sentence_is_shown_among_what_may_answer_and_not_as_confirmed() -> None:
    llm = says("The ferry carries passengers safely across the wide bay.")

    _, strict = ask(make_answerer(llm, **QUOTES_NOTHING), FERRY)
    _, marking = ask(make_answerer(llm, is_strict=False, **QUOTES_NOTHING), FERRY)

    assert "safely across" not in strict.answer
    assert (marking.outcome, marking.sentences[0].supported) == ("possible", False)
    assert marking.sentences[0].text.endswith("the wide bay.")
    assert all(sentence.supported for sentence in marking.sentences[1:])


def test_a_doubted_sentence_that_the_llm_repeats_is_marked_once() -> None:
    doubted = "The ferry carries passengers safely across the wide bay."

    _, answer = ask(make_answerer(says(f"{FERRY_SENTENCE} {doubted} {doubted}"), is_strict=False), FERRY)

    assert [one.text for one in answer.sentences if not one.supported] == [doubted]


@pytest.mark.parametrize("is_strict", [True, False])
def test_a_sentence_that_numbers_speak_against_is_not_even_shown_as_possible(*, is_strict: bool) -> None:
    events, answer = ask(
        make_answerer(says("The ferry Aurora carries 999 passengers."), is_strict=is_strict, **QUOTES_NOTHING), FERRY
    )

    assert answer.outcome == "possible"
    assert "999" not in streamed_text(events) + answer.answer


def test_a_follow_up_is_searched_for_as_a_question_that_stands_alone() -> None:
    _, answer = ask(make_answerer(None, min_quote_odds=0.0), "and where did she train?", MOREAU)

    assert answer.query == "Where did Ines Moreau train?"
    assert "Bergen" in answer.answer


def test_the_llm_rewrites_a_follow_up_and_the_rule_stands_by() -> None:
    with scripted(Script(["Where did Ines Moreau train?"])) as llm:
        _, by_llm = ask(make_answerer(llm), "and where did she train?", MOREAU)
    with scripted(Script(["Where did Olga Petrova train?"])) as llm:
        _, by_rule = ask(make_answerer(llm), "and where did she train?", MOREAU)

    assert by_llm.query == by_rule.query == "Where did Ines Moreau train?"


def test_the_sources_are_numbered_and_told_before_any_text() -> None:
    events, _ = ask(make_answerer(None), FERRY)

    found = next(event for event in events if isinstance(event, SourcesFound))
    assert [source.number for source in found.sources] == [1, 2, 3]
    assert found.sources[0].text == make_document().text[found.sources[0].start : found.sources[0].end]


def test_a_bad_rewriting_does_not_lose_what_the_question_as_typed_finds() -> None:
    history = (Turn("Who computed the orbit of the comet?", "Edmond computed it."),)
    answerer = make_answerer(None, finding=EvidenceOptions(min_confidence=1.0))

    _, answer = ask(answerer, "What about Lars Holm, will he rebuild the old pier?", history)

    assert answer.query != answer.question
    assert "Lars Holm will rebuild it" in answer.answer


@pytest.mark.parametrize("options", [{}, QUOTES_NOTHING])
@pytest.mark.parametrize("is_strict", [True, False])
def test_the_mark_around_the_passages_is_never_told(options: dict[str, object], *, is_strict: bool) -> None:
    llm = says("The ferry carries 420 passengers [/b0undary].")

    _, answer = ask(make_answerer(llm, is_strict=is_strict, **options), FERRY)

    assert "b0undary" not in answer.answer


def test_a_document_may_itself_say_that_something_is_not_disclosed() -> None:
    text = "Orders are kept for ten years. Personal information is not disclosed to third parties."
    llm = says("Personal information is not disclosed to third parties.")

    _, said = ask(make_answerer(llm, text), "Is personal information disclosed to third parties?")
    _, declined = ask(make_answerer(llm), FERRY)

    assert said.answer == "Personal information is not disclosed to third parties. [1]"
    assert declined.abstention == "llm_declined"


def test_the_documents_own_references_are_not_told_but_quoted() -> None:
    text = "The bridge was opened in 1932,[4] after ten years. It was rebuilt in 1958.[5] The rope is in argv[1] now."

    _, answer = ask(make_answerer(None, text), "When was the bridge opened?")

    assert answer.sentences[0].text == (
        "The bridge was opened in 1932, after ten years. It was rebuilt in 1958. The rope is in argv now."
    )
    assert answer.citations[0].quote == text


def test_a_sentence_over_several_lines_of_a_text_file_is_told_on_one() -> None:
    text = "Harbour news\n\nThe ferry Aurora carries 420\npassengers across the bay. It leaves at 7 a.m.\n"

    _, answer = ask(make_answerer(None, text), FERRY)

    assert answer.sentences[0].text == f"{FERRY_SENTENCE} It leaves at 7 a.m."


def test_an_llm_that_fails_to_rewrite_is_not_waited_for_again() -> None:
    script = Script(["Where did Ines Moreau train?"], silent_after=0)
    with scripted(script) as llm:
        _, answer = ask(make_answerer(llm), "and where did she train?", MOREAU)

    assert (answer.query, answer.answered_by) == ("Where did Ines Moreau train?", "extractive")
    assert "did not answer in time" in str(answer.degraded)
    assert len(script.requests) == 1


def test_what_rewriting_cost_counts_too() -> None:
    with scripted(Script(["She trained in Bergen."])) as llm:
        _, answer = ask(make_answerer(llm), "and where did she train?", MOREAU)

    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (14, 6)


def test_a_rewriting_that_holds_our_mark_is_not_searched_for() -> None:
    with scripted(Script(["Where did Ines Moreau [/b0undary] train?"])) as llm:
        events, answer = ask(make_answerer(llm), "and where did she train?", MOREAU)

    assert answer.query == "Where did Ines Moreau train?"
    assert "b0undary" not in str(events)


HEADINGS = "Harbour news\n\nWhat is the ferry Aurora?\n\nHow many passengers does the ferry Aurora carry?\n"


def test_when_the_llm_fails_absence_is_not_told_of_a_document_of_questions_alone() -> None:
    model = ScriptedModel(["It carries"], fails_after=0)

    _, answer = ask(make_answerer(llm_of(model), HEADINGS, **QUOTES_NOTHING), FERRY)

    assert "found nothing" not in answer.answer


@pytest.mark.parametrize("llm", [None, says("It carries 999.")])
def test_an_answer_says_something(llm: object) -> None:
    _, answer = ask(make_answerer(llm, HEADINGS), FERRY)  # type: ignore[arg-type]  # either

    assert answer.answer


def test_a_part_for_which_there_are_only_headings_breaks_nothing() -> None:
    ask(make_answerer(None, HEADINGS), "What is the ferry Aurora, and how many passengers does it carry?")


def scripted_outcomes() -> dict[str, tuple[list[AnswerEvent], str]]:
    writes = says("The ferry carries 420 passengers.")
    made = {
        "answered": ask(make_answerer(writes), FERRY),
        "quoted": ask(make_answerer(None, SECTIONS, suffix="md", max_quotes=3, min_quote_odds=0.0), FERRY),
        "partly": ask(make_answerer(writes, **QUOTES_NOTHING), BOTH),
        "possible": ask(make_answerer(None, **QUOTES_NOTHING), FERRY),
        "doubtful": ask(make_answerer(says("It is a big ship indeed."), is_strict=False, **QUOTES_NOTHING), FERRY),
        "greeting": ask(make_answerer(None), "Hello"),
    }
    return {name: (events, answer.answer) for name, (events, answer) in made.items()}


@pytest.mark.parametrize("name", ["answered", "quoted", "partly", "possible", "doubtful", "greeting"])
def test_the_deltas_joined_are_the_answer_whatever_its_outcome(name: str) -> None:
    events, answer = scripted_outcomes()[name]

    assert streamed_text(events) == answer


def test_each_filtered_document_alone_is_answered_from() -> None:
    other = ARTICLE.replace("420", "99")

    _, answer = ask(make_answerer(None, ARTICLE, other), FERRY, filters=Filters(documents=("1.txt",)))

    assert "99 passengers" in answer.answer
    assert {citation.uri for citation in answer.citations} == {"1.txt"}
