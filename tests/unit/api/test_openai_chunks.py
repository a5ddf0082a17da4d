"""A stream of chunks tells the answer that a client cannot take text back from."""

import json
from dataclasses import replace

import pytest

from rag.api.openai.chunks import ChunkFormat
from rag.api.problems import make_problem
from rag.events import (
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    CitationIssued,
    SourcesFound,
    TextDelta,
)
from rag.types import Answer
from rag.wire.markdown import in_markdown
from tests.unit.wire.openai.test_completions import ANSWER, DECLINED, GREETING, PARTLY, POSSIBLE, an_empty_content

STARTED = AnswerStarted("a1", "c", "Who?", "Who?")
DELTAS = (
    TextDelta("Smörgås 🚢 [sic] sails. [1]", markers="[1]"),
    TextDelta(" Perhaps."),
    TextDelta(" It holds 420. [2][1]", markers="[2][1]"),
)
SHOWN = r"Smörgås 🚢 \[sic] sails. [1] Perhaps. It holds 420. [2][1]"


def tell(*events: AnswerEvent, includes_usage: bool = False, lists_links: bool = False) -> str:
    content = an_empty_content(lists_links=lists_links)
    chunks = ChunkFormat(content, model="footnote", created=17, includes_usage=includes_usage)
    return "".join(chunks.format_event(event) for event in events)


def chunks_of(told: str) -> list[dict]:
    """Return the chunks of a whole stream, which ends as it should."""
    lines = told.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]


def deltas_of(chunks: list[dict]) -> list[dict]:
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]


def content_of(chunks: list[dict]) -> str:
    return "".join(delta.get("content", "") for delta in deltas_of(chunks))


def marked(chunks: list[dict]) -> list[str]:
    places = [one["url_citation"] for one in deltas_of(chunks)[-1]["annotations"]]
    return [content_of(chunks)[place["start_index"] : place["end_index"]] for place in places]


def test_the_chunks_are_role_sentences_and_the_end_with_annotations() -> None:
    chunks = chunks_of(tell(STARTED, *DELTAS, AnswerFinished(ANSWER)))

    assert deltas_of(chunks)[:4] == [
        {"role": "assistant", "content": ""},
        *({"content": text} for text in (r"Smörgås 🚢 \[sic] sails. [1]", " Perhaps.", " It holds 420. [2][1]")),
    ]
    assert marked(chunks) == ["[1]", "[2]", "[1]"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, None, None, "stop"]
    assert chunks[-1]["footnote"]["answer"] == ANSWER.answer
    assert {(chunk["id"], chunk["object"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        ("chatcmpl-a1", "chat.completion.chunk", 17, "footnote")
    }
    assert "usage" not in chunks[-1]


def test_what_was_read_and_written_comes_last_where_it_was_asked_for() -> None:
    chunks = chunks_of(tell(STARTED, *DELTAS, AnswerFinished(ANSWER), includes_usage=True))

    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * 5
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["total_tokens"]) == ([], 10)


def test_an_answer_that_takes_the_place_of_what_was_told_comes_behind_it() -> None:
    chunks = chunks_of(tell(STARTED, TextDelta("It sinks. [1]", markers="[1]"), AnswerFinished(ANSWER)))

    assert content_of(chunks) == f"It sinks. [1]\n\nThat was broken off and does not count. Instead:\n\n{SHOWN}"
    assert marked(chunks) == ["[1]", "[2]", "[1]"]


def test_an_answer_of_which_nothing_was_told_is_told_at_the_end() -> None:
    chunks = chunks_of(tell(STARTED, AnswerFinished(ANSWER)))

    assert content_of(chunks) == SHOWN


POSSIBLE_DELTAS = (
    TextDelta("🚢 One of these [1]:", is_note=True),
    TextDelta("\nSmörgås 🚢 [sic] sails. [1]", markers="[1]"),
    TextDelta("\nPerhaps."),
    TextDelta("\nIt holds 420. [2][1]", markers="[2][1]"),
)
PARTLY_DELTAS = (*DELTAS, TextDelta(" Not answered: “[1]?”", is_note=True))
STREAMED = {
    "possible": (POSSIBLE, POSSIBLE_DELTAS),
    "partly": (PARTLY, PARTLY_DELTAS),
    "declined": (DECLINED, ()),
    "greeting": (GREETING, (TextDelta("Hello [1]!", is_note=True),)),
}


@pytest.mark.parametrize("outcome", STREAMED)
def test_each_outcome_is_streamed_as_its_text_with_the_annotations_at_the_end(outcome: str) -> None:
    answer, deltas = STREAMED[outcome]

    chunks = chunks_of(tell(STARTED, *deltas, AnswerFinished(answer)))

    assert content_of(chunks) == in_markdown(answer).answer
    assert marked(chunks) == ["[1]", "[2]", "[1]"][: 3 * len(answer.citations)]
    assert chunks[-1]["footnote"]["outcome"] == answer.outcome


@pytest.mark.parametrize("answer", [POSSIBLE, PARTLY], ids=["possible", "partly"])
def test_the_annotations_of_an_answer_that_takes_the_place_of_another_point_behind_it(answer: Answer) -> None:
    chunks = chunks_of(tell(STARTED, TextDelta("It sinks. [1]", markers="[1]"), AnswerFinished(answer)))

    assert content_of(chunks).endswith(f"Instead:\n\n{in_markdown(answer).answer}")
    assert marked(chunks) == ["[1]", "[2]", "[1]"]


def test_nothing_is_told_that_would_have_to_be_taken_back() -> None:
    assert tell(SourcesFound(()), AnswerDrafted(ANSWER), CitationIssued(ANSWER.citations[0], 0)) == ""
    assert tell(AnswerDrafted(POSSIBLE)) == ""


def test_no_character_of_a_document_ends_a_line() -> None:
    answer = replace(ANSWER, answer="a\u2028b", note="a\u2028b", sentences=(), citations=())

    told = tell(STARTED, AnswerFinished(answer))

    assert told.splitlines() == told.split("\n")[:-1]
    assert content_of(chunks_of(told)) == "a\u2028b"


def test_what_breaks_off_is_an_error_and_a_silence_a_comment() -> None:
    chunks = ChunkFormat(an_empty_content(), model="footnote", created=17, includes_usage=False)

    told = chunks.format_problem(make_problem(503, "index_missing", "run `rag index`"))

    assert chunks_of(told)[0]["error"]["message"] == "run `rag index`"
    assert chunks.format_ping() == ": ping\n\n"


LINKS = """

- [1] Häfen — <http://docs.example:8000/documents/0123456789abcdef?start=5&end=20>
- [2] Häfen — <http://docs.example:8000/documents/0123456789abcdef?start=30&end=44>"""


@pytest.mark.parametrize("deltas", [DELTAS, (), (TextDelta("It sinks. [1]", markers="[1]"),)])
def test_the_links_are_told_last_and_move_no_annotation(deltas: tuple[TextDelta, ...]) -> None:
    chunks = chunks_of(tell(STARTED, *deltas, AnswerFinished(ANSWER), lists_links=True))

    assert content_of(chunks).endswith(SHOWN + LINKS)
    assert marked(chunks) == ["[1]", "[2]", "[1]"]


@pytest.mark.parametrize("answer", [DECLINED, GREETING], ids=["declined", "greeting"])
def test_without_a_citation_there_is_no_list(answer: Answer) -> None:
    chunks = chunks_of(tell(STARTED, AnswerFinished(answer), lists_links=True))

    assert content_of(chunks) == in_markdown(answer).answer
