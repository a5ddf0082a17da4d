"""Answers by a model in this process that says what it is told to, thousands of times where asked to."""

import os
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from rag.answering import Answerer
from rag.citing import render_answer
from rag.generation import ChatModel
from rag.prompting import Message, Prompts
from rag.rewriting import Writer
from rag.types import Answer, AnswerDrafted, AnswerEvent, CitationIssued, TextDelta, Turn, Usage
from tests.unit.conftest import ARTICLE, make_document
from tests.unit.test_answering import FERRY, PROMPTS, ask, make_answerer
from tests.unit.test_citing import generated_text

ASKING = Prompts(
    PROMPTS.system, PROMPTS.answer, PROMPTS.rewrite, "$context\n\nIs it there? $question", numbers_passages=False
)
# Each takes a few milliseconds.
N_ANSWERS = min(10_000, int(os.environ.get("FOOTNOTE_EXAMPLES", "100")))
VOLCANO = "Which volcano erupted in {} [1] <b>$x</b> Peru?"
SENTENCES = [line for paragraph in ARTICLE.split("\n\n")[1:] for line in paragraph.strip().split(". ")]


@dataclass
class ScriptedModel:
    """Says the same pieces whatever it is asked; `yes` is how it leans when asked whether the text answers."""

    pieces: Sequence[str]
    yes: float | None = None
    asked: list[str] = field(default_factory=list)

    def deadline(self) -> float:
        return 60.0

    async def stream(
        self, messages: Sequence[Message], max_tokens: int, deadline: float | None
    ) -> AsyncGenerator[str | Usage, None]:
        assert deadline == 60.0
        self.asked.append(messages[-1]["content"])
        for piece in self.pieces:
            yield piece
        yield Usage(max_tokens, len(self.pieces))

    async def complete(self, messages: Sequence[Message], max_tokens: int, deadline: float | None) -> tuple[str, Usage]:
        assert deadline == 60.0
        self.asked.append(messages[-1]["content"])
        return "".join(self.pieces)[:max_tokens], Usage(1, 1)

    async def lean(self, messages: Sequence[Message], deadline: float | None) -> tuple[float | None, Usage]:
        assert deadline == 60.0
        self.asked.append(messages[-1]["content"])
        return self.yes, Usage(1, 1)

    async def model_name(self) -> str:
        return "scripted"


def writer_of(model: ScriptedModel, prompts: Prompts = PROMPTS) -> Writer:
    return Writer(cast(ChatModel, model), prompts)


def told(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def check_citations(events: Sequence[AnswerEvent], answer: Answer) -> None:
    text = make_document().text
    issued = [event.citation for event in events if isinstance(event, CitationIssued)]
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(text[one.start : one.end] == one.quote for one in answer.citations)
    for sentence in answer.sentences:
        assert set(sentence.citations) <= {citation.number for citation in answer.citations}
        assert bool(sentence.citations) == sentence.supported
    if not answer.abstained:
        assert tuple(issued) == answer.citations
        assert told(events) == answer.answer == render_answer(answer.sentences)


@pytest.mark.parametrize("is_strict", [True, False])
def test_whatever_the_model_writes_each_citation_holds(*, is_strict: bool) -> None:
    model = ScriptedModel([])
    answerer = make_answerer(writer_of(model), is_strict=is_strict)
    n_answered = 0
    for seed in range(N_ANSWERS // 2):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        parts = [chance.choice((generated_text(chance, 8), chance.choice(SENTENCES) + ". ")) for _ in range(4)]
        text = " ".join(parts)
        size = chance.randint(1, 40)
        model.pieces = [text[i : i + size] for i in range(0, len(text), size)]

        events, answer = ask(answerer, FERRY)

        check_citations(events, answer)
        n_answered += answer.answered_by == "llm"
    assert n_answered > N_ANSWERS / 10


def test_an_unlikely_answer_is_not_even_written() -> None:
    model = ScriptedModel(["The ferry carries 420 passengers."], yes=0.02)

    _, answer = ask(make_answerer(writer_of(model, ASKING), min_answerable=0.5), FERRY)

    assert (answer.abstention, answer.answered_by) == ("model_declined", "none")
    assert answer.confidence < 0.5
    assert len(model.asked) == 1
    assert "Is it there?" in model.asked[0]


@pytest.mark.parametrize("yes", [None, 0.98])
def test_a_likely_answer_and_one_that_nobody_can_tell_of_are_written(yes: float | None) -> None:
    model = ScriptedModel(["The ferry carries 420 passengers."], yes=yes)

    _, answer = ask(make_answerer(writer_of(model, ASKING), min_answerable=0.5), FERRY)

    assert answer.answer == "The ferry carries 420 passengers. [1]"
    assert answer.answered_by == "llm"
    assert 0.0 < answer.confidence <= 1.0
    assert len(model.asked) == 2


def test_a_supported_sentence_is_told_only_where_the_model_leans_to_yes_enough() -> None:
    told_by = {}
    for yes in (0.05, 0.98):
        model = ScriptedModel(["The ferry carries 420 passengers."], yes=yes)
        _, answer = ask(make_answerer(writer_of(model, ASKING), min_answered=0.5), FERRY)
        told_by[yes] = (answer.abstention, answer.answered_by)

    assert told_by == {0.05: ("unsupported", "none"), 0.98: (None, "llm")}


def test_a_question_for_yes_or_no_is_asked_alone_and_only_on_good_evidence() -> None:
    model = ScriptedModel(["The ferry carries 420 passengers."], yes=0.02)
    question = "Does the ferry Aurora carry 420 passengers?"

    _, told_answer = ask(make_answerer(writer_of(model, ASKING), min_answered=0.4), question)
    _, declined = ask(make_answerer(writer_of(model, ASKING), min_answered=0.99), question)

    assert (told_answer.answer, told_answer.answered_by) == ("The ferry carries 420 passengers. [1]", "llm")
    assert declined.abstention == "unsupported"
    assert ["Is it there?" in asked for asked in model.asked] == [False]


def drafts(answerer: Answerer, question: str) -> tuple[list[str], list[Answer]]:
    events, _ = ask(answerer, question)
    return [type(event).__name__ for event in events], [e.answer for e in events if isinstance(e, AnswerDrafted)]


def test_a_draft_quotes_the_documents_before_anything_is_written() -> None:
    model = ScriptedModel(["The ferry carries 420 passengers."])

    names, drafted = drafts(make_answerer(writer_of(model), is_instant=True), FERRY)

    assert names.index("AnswerDrafted") < names.index("CitationIssued") < names.index("TextDelta")
    assert [draft.answer for draft in drafted] == ["The ferry Aurora carries 420 passengers across the bay. [1]"]


def test_there_is_no_draft_where_the_documents_hold_no_answer_or_nobody_asked_for_one() -> None:
    model = ScriptedModel(["Huascaran."])

    assert drafts(make_answerer(writer_of(model), is_instant=True), "Which volcano erupted in Peru?")[1] == []
    assert drafts(make_answerer(writer_of(model)), FERRY)[1] == []


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
    _, answer = ask(make_answerer(None, language=language), VOLCANO)

    assert answer.abstained
    assert answer.answer.startswith(opening.replace("{}", VOLCANO, 1))
    assert 1 <= len(answer.nearest) <= 3
    text = make_document().text
    assert all(text[source.start : source.end] == source.text for source in answer.nearest)


def test_what_only_the_conversation_says_is_no_evidence() -> None:
    history = (Turn("When was the Aurora built?", "The ferry Aurora was built in Oslo in 1987 by Kvaerner."),)
    model = ScriptedModel(["The ferry Aurora was built in Oslo in 1987 by Kvaerner. The ferry carries 420 passengers."])

    events, answer = ask(make_answerer(writer_of(model)), FERRY, history)

    assert answer.answer == "The ferry carries 420 passengers. [1]"
    assert "Oslo" not in told(events)
