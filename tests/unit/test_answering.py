"""The whole of answering over a small real index, with scripted LLM servers and an encoder made of word counts."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from rag.answering import Answerer, AnswerOptions
from rag.artifacts import Generation, Manifest, Recipe, write_generation
from rag.dense import write_index, write_vectors
from rag.finding import LanguageTools
from rag.generation import ChatModel, Patience
from rag.lexical import PassageTerms, make_writers
from rag.planning import (
    PASSAGE_INDEX_FILE,
    PASSAGE_VECTORS_FILE,
    SENTENCE_INDEX_FILE,
    SENTENCE_VECTORS_FILE,
    STORE_FILE,
)
from rag.prompting import Prompts
from rag.retrieval import Retriever
from rag.rewriting import Writer
from rag.segmenting import split_sentences
from rag.stemming import stem
from rag.store import write_store
from rag.terms import terms_of
from rag.tokenizing import count_tokens
from rag.types import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    CitationIssued,
    FloatArray,
    Metadata,
    SourcesFound,
    TextDelta,
    Turn,
)
from rag.words import split_words
from tests.fake_llm import Script, serve_llm
from tests.unit.conftest import ARTICLE, make_document, make_passages

DIMENSIONS = 64
PROMPTS = Prompts("Be brief.", "$context\n\n$question", "$history\n$question", verify=None, numbers_passages=True)
FERRY = "How many passengers does the ferry Aurora carry?"


def encode(text: str) -> FloatArray:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for word in split_words(text, stem):
        vector[sum(word.stem.encode()) % DIMENSIONS] += 1
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


@cache
def index_of(text: str) -> Generation:
    document = make_document(text)
    passages = make_passages(document)
    vectors = np.stack([encode(passage.text) for passage in passages]).astype(np.float16)
    sentences = np.stack([encode(p.text_of(span)) for p in passages for span in p.sentences]).astype(np.float16)
    manifest = Manifest(
        Recipe("words", "", 1, 64, 8, 0), "/docs", "", "", DIMENSIONS, 1, len(passages), len(sentences), ""
    )
    writers = {
        STORE_FILE: lambda path: write_store(path, [(document, Metadata(), passages)], []),
        PASSAGE_VECTORS_FILE: lambda path: write_vectors(path, [vectors]),
        SENTENCE_VECTORS_FILE: lambda path: write_vectors(path, [sentences]),
        **make_writers([PassageTerms((), [terms_of(p.text_of(span), stem) for span in p.sentences]) for p in passages]),
        PASSAGE_INDEX_FILE: lambda path: write_index(path, vectors),
        SENTENCE_INDEX_FILE: lambda path: write_index(path, sentences),
    }
    return write_generation(Path(tempfile.mkdtemp(prefix="ferry-")), manifest, writers)


def make_retriever(text: str = ARTICLE) -> Retriever:
    return Retriever(index_of(text), encode, DIMENSIONS)


def make_answerer(
    writer: Writer | None,
    *,
    is_strict: bool = True,
    degraded: str | None = None,
    stand_in: float = 0.45,
    min_answerable: float = 0.0,
    min_answered: float = 0.0,
    is_instant: bool = False,
    language: str = "en",
    text: str = ARTICLE,
) -> Answerer:
    ids, ticks = count(1), count(0)
    return Answerer(
        make_retriever(text),
        writer,
        LanguageTools(stem, split_sentences, count_tokens, lambda _: language),
        AnswerOptions(
            is_strict=is_strict,
            min_stand_in_confidence=stand_in,
            min_answerable=min_answerable,
            min_answered=min_answered,
            is_instant=is_instant,
        ),
        clock=lambda: next(ticks) / 1000,
        make_id=lambda: f"id{next(ids)}",
        make_boundary=lambda: "b0undary",
        degraded=degraded,
    )


@contextmanager
def scripted(script: Script) -> Iterator[Writer]:
    patience = Patience(connect=0.5, first_token=0.25, between_tokens=0.25, total=2.0)
    with serve_llm(script) as base_url:
        yield Writer(ChatModel(base_url=base_url, api_key="k", model="m", patience=patience, max_retries=0), PROMPTS)


def ask(answerer: Answerer, question: str, history: tuple[Turn, ...] = ()) -> tuple[list[AnswerEvent], Answer]:
    async def collect(events: AsyncGenerator[AnswerEvent, None]) -> list[AnswerEvent]:
        return [event async for event in events]

    events = asyncio.run(collect(answerer.answer(question, history)))
    assert isinstance(events[-1], AnswerFinished)
    return events, events[-1].answer


def test_without_an_llm_the_answer_is_the_documents_own_sentence() -> None:
    events, answer = ask(make_answerer(None), FERRY)

    assert answer.answer == "The ferry Aurora carries 420 passengers across the bay. [1]"
    assert answer.answered_by == "extractive"
    assert answer.citations[0].quote == "The ferry Aurora carries 420 passengers across the bay."
    assert answer.citations[0].start == make_document().text.index("The ferry")
    assert [type(event).__name__ for event in events] == [
        "AnswerStarted",
        "SourcesFound",
        "CitationIssued",
        "TextDelta",
        "AnswerFinished",
    ]


def test_each_checked_sentence_is_told_with_its_citation_before_it() -> None:
    with scripted(Script(["The ferry carries ", "420 passengers. [7] She", " trained in Bergen. [2]"])) as writer:
        events, answer = ask(make_answerer(writer), FERRY)

    told = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert told == answer.answer
    assert answer.answer.startswith("The ferry carries 420 passengers. [1]")
    assert answer.answered_by == "llm"
    assert answer.model == "m"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 3)
    numbers = [event.citation.number for event in events if isinstance(event, CitationIssued)]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        assert make_document().text[citation.start : citation.end] == citation.quote


def test_strong_evidence_is_quoted_where_the_llm_wrote_nothing_that_is_supported() -> None:
    with scripted(Script(["It carries 999 passengers."])) as writer:
        _, answer = ask(make_answerer(writer), FERRY)

    assert (answer.answered_by, answer.degraded) == ("extractive", None)
    assert answer.answer == "The ferry Aurora carries 420 passengers across the bay. [1]"


def test_however_the_text_is_cut_the_answer_is_the_same() -> None:
    text = "The ferry carries 420 passengers. [1] Captain Ines Moreau has led the crew since 2019. [2]"
    answers = []
    for size in (1, 2, 7, 1000):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        with scripted(Script(pieces)) as writer:
            answers.append(ask(make_answerer(writer), FERRY)[1])

    assert len({(answer.answer, answer.citations) for answer in answers}) == 1


def test_a_sentence_that_nothing_supports_never_reaches_the_reader() -> None:
    with scripted(Script(["The ferry carries 420 passengers. It was built in Oslo in 1987 by Kvaerner."])) as writer:
        events, answer = ask(make_answerer(writer), FERRY)

    assert answer.answer == "The ferry carries 420 passengers. [1]"
    assert "Oslo" not in "".join(event.text for event in events if isinstance(event, TextDelta))


def test_by_setting_it_is_kept_and_marked_instead() -> None:
    with scripted(Script(["The ferry carries 420 passengers. It was built in Oslo in 1987 by Kvaerner."])) as writer:
        _, answer = ask(make_answerer(writer, is_strict=False), FERRY)

    assert [sentence.supported for sentence in answer.sentences] == [True, False]


@pytest.mark.parametrize(
    ("reply", "abstention"),
    [
        ("NOT_IN_DOCUMENTS", "model_declined"),
        ("The passages do not mention this.", "model_declined"),
        ("It carries 999 passengers.", "unsupported"),
    ],
)
def test_the_answer_is_withheld_when_the_model_declines_or_makes_things_up(reply: str, abstention: str) -> None:
    with scripted(Script([reply])) as writer:
        _, answer = ask(make_answerer(writer, stand_in=1.0), FERRY)

    assert (answer.abstained, answer.abstention, answer.answered_by) == (True, abstention, "none")
    assert answer.citations == ()
    assert answer.answer


def test_nothing_relevant_means_no_call_to_the_llm() -> None:
    script = Script(["Paris."])
    with scripted(script) as writer:
        _, answer = ask(make_answerer(writer), "Which volcano erupted in Peru?")

    assert answer.abstention == "weak_hits"
    assert script.requests == []


@pytest.mark.parametrize(
    "script",
    [
        Script(status=500),
        Script(["The ferry carries 420 passengers. ", "It ", "lea"], pause_seconds=0.0, break_after=2),
        Script(["a"], pause_seconds=0.4),
        Script(body="<html>busy</html>"),
        Script([""]),
    ],
)
def test_when_the_llm_fails_the_reader_gets_the_documents_own_sentence_marked_as_such(script: Script) -> None:
    with scripted(script) as writer:
        _, answer = ask(make_answerer(writer), FERRY)

    assert answer.answered_by == "extractive"
    assert answer.degraded
    assert answer.answer == "The ferry Aurora carries 420 passengers across the bay. [1]"


def test_an_llm_that_could_not_be_opened_is_named_in_the_answer() -> None:
    _, answer = ask(make_answerer(None, degraded="no model; run `rag models pull`"), FERRY)

    assert answer.degraded == "no model; run `rag models pull`"


def test_a_follow_up_is_searched_for_as_a_question_that_stands_alone() -> None:
    history = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)

    _, answer = ask(make_answerer(None), "and where did she train?", history)

    assert answer.query == "Where did Ines Moreau train?"
    assert "Bergen" in answer.answer


def test_the_llm_rewrites_a_follow_up_and_the_rule_stands_by() -> None:
    history = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)
    with scripted(Script(["Where did Ines Moreau train?"])) as writer:
        _, by_llm = ask(make_answerer(writer), "and where did she train?", history)
    with scripted(Script(["Where did Olga Petrova train?"])) as writer:
        _, by_rule = ask(make_answerer(writer), "and where did she train?", history)

    assert by_llm.query == by_rule.query == "Where did Ines Moreau train?"


def test_the_sources_are_numbered_and_told_before_any_text() -> None:
    events, _ = ask(make_answerer(None), FERRY)

    found = next(event for event in events if isinstance(event, SourcesFound))
    assert [source.number for source in found.sources] == [1, 2, 3]
    assert found.sources[0].text == make_document().text[found.sources[0].start : found.sources[0].end]


def test_a_bad_rewriting_does_not_lose_what_the_question_as_typed_finds() -> None:
    history = (Turn("Who computed the orbit of the comet?", "Edmond computed it."),)

    _, answer = ask(make_answerer(None), "What about Lars Holm, will he rebuild the old pier?", history)

    assert answer.query != answer.question
    assert "Lars Holm will rebuild it" in answer.answer


def test_the_mark_around_the_passages_is_never_told() -> None:
    with scripted(Script(["The ferry carries 420 passengers [/b0undary]."])) as writer:
        _, answer = ask(make_answerer(writer, is_strict=False, stand_in=1.0), FERRY)

    assert "b0undary" not in answer.answer


def test_a_document_may_itself_say_that_something_is_not_disclosed() -> None:
    text = "Orders are kept for ten years. Personal information is not disclosed to third parties."
    with scripted(Script(["Personal information is not disclosed to third parties."])) as writer:
        _, said = ask(make_answerer(writer, text=text), "Is personal information disclosed to third parties?")
        _, declined = ask(make_answerer(writer, stand_in=1.0), FERRY)

    assert said.answer == "Personal information is not disclosed to third parties. [1]"
    assert declined.abstention == "model_declined"


def test_the_documents_own_references_are_not_told_but_quoted() -> None:
    text = "The bridge was opened in 1932,[4] after ten years. It was rebuilt in 1958.[5] The rope is in argv[1] now."

    _, answer = ask(make_answerer(None, text=text), "When was the bridge opened?")

    assert answer.sentences[0].text == "The bridge was opened in 1932, after ten years."
    assert answer.citations[0].quote == "The bridge was opened in 1932,[4] after ten years."


def test_where_unsupported_sentences_are_shown_they_stay_although_none_is_supported() -> None:
    with scripted(Script(["It was built in Oslo in 1987 by Kvaerner."])) as writer:
        events, answer = ask(make_answerer(writer, is_strict=False), FERRY)

    assert [(sentence.text, sentence.supported) for sentence in answer.sentences] == [
        ("It was built in Oslo in 1987 by Kvaerner.", False)
    ]
    assert answer.abstention is None
    assert answer.answer == "".join(event.text for event in events if isinstance(event, TextDelta))


def test_an_llm_that_fails_to_rewrite_is_not_waited_for_again() -> None:
    history = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)
    script = Script(["Where did Ines Moreau train?"], pause_seconds=0.4)
    with scripted(script) as writer:
        _, answer = ask(make_answerer(writer), "and where did she train?", history)

    assert (answer.query, answer.answered_by) == ("Where did Ines Moreau train?", "extractive")
    assert "did not answer in time" in str(answer.degraded)
    assert len(script.requests) == 1


def test_what_rewriting_cost_counts_too() -> None:
    history = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)
    with scripted(Script(["She trained in Bergen."])) as writer:
        _, answer = ask(make_answerer(writer), "and where did she train?", history)

    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (14, 6)


def test_a_rewriting_that_holds_our_mark_is_not_searched_for() -> None:
    history = (Turn("Who is Ines Moreau?", "Captain Ines Moreau has led the crew since 2019."),)
    with scripted(Script(["Where did Ines Moreau [/b0undary] train?"])) as writer:
        events, answer = ask(make_answerer(writer), "and where did she train?", history)

    assert answer.query == "Where did Ines Moreau train?"
    assert "b0undary" not in str(events)
