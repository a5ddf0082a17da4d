"""What OpenAI's clients get is made of our answers without losing a place."""

import json
from dataclasses import replace

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rag.answering.citations import answer_parts
from rag.api.problems import make_problem, respond
from rag.types import Answer, AnswerSentence, Citation, Outcome, Usage
from rag.wire.markdown import in_markdown
from rag.wire.openai.completions import completion_body
from rag.wire.openai.content import AnnotationBody, AnswerContent, annotation_bodies
from rag.wire.openai.errors import error_body, error_status, speaks_openai
from rag.wire.openai.requests import CompletionRequestBody

BASE_URL = "http://docs.example:8000"


def a_citation(number: int, start: int, end: int) -> Citation:
    return Citation(
        number=number,
        document_id="0123456789abcdef",
        title="Häfen",
        uri="a.pdf",
        page=3,
        headings=("Bay",),
        quote="words",
        start=start,
        end=end,
        link="/documents/x/file",
    )


ANSWER = Answer(
    id="a1",
    conversation_id="c",
    question="Who?",
    query="Who?",
    outcome="answered",
    answer="Smörgås 🚢 [sic] sails. [1] Perhaps. It holds 420. [2][1]",
    note="",
    sentences=(
        AnswerSentence("Smörgås 🚢 [sic] sails.", (1,), supported=True),
        AnswerSentence("Perhaps.", (), supported=False),
        AnswerSentence("It holds 420.", (2, 1), supported=True),
    ),
    citations=(a_citation(1, 5, 20), a_citation(2, 30, 44)),
    abstention=None,
    answered_by="llm",
    model="m",
    index_version="v",
    usage=Usage(7, 3),
)
PARTLY = replace(ANSWER, outcome="partly", answer=f"{ANSWER.answer} Not answered: “[1]?”", note="Not answered: “[1]?”")
POSSIBLE = replace(
    ANSWER,
    outcome="possible",
    answer="🚢 One of these [1]:\nSmörgås 🚢 [sic] sails. [1]\nPerhaps.\nIt holds 420. [2][1]",
    note="🚢 One of these [1]:",
    abstention="unsupported",
    answered_by="extractive",
)
DECLINED = replace(
    ANSWER,
    outcome="declined",
    answer="I found nothing about “[1]”.",
    note="I found nothing about “[1]”.",
    sentences=(),
    citations=(),
    abstention="weak_hits",
    answered_by="none",
)
GREETING = replace(
    ANSWER, answer="Hello [1]!", note="Hello [1]!", sentences=(), citations=(), answered_by="none", model=None
)
TEXTS = st.text(st.sampled_from("ab 🚢ö[1]．。\u2028\n"), min_size=1, max_size=12)
SENTENCES = st.lists(st.tuples(TEXTS, st.lists(st.integers(1, 4), max_size=3, unique=True)), max_size=4)


def an_empty_content(*, lists_links: bool = False) -> AnswerContent:
    return AnswerContent(BASE_URL, lists_links=lists_links)


def markers(content: str, annotations: tuple[AnnotationBody, ...]) -> list[str]:
    return [content[one.url_citation.start_index : one.url_citation.end_index] for one in annotations]


def test_the_indices_of_an_annotation_are_those_of_its_marker() -> None:
    annotations = annotation_bodies(ANSWER, BASE_URL)

    assert markers(ANSWER.answer, annotations) == ["[1]", "[2]", "[1]"]
    assert [one.citation.number for one in annotations] == [1, 2, 1]
    assert [one.sentence for one in annotations] == [0, 2, 2]


@pytest.mark.parametrize("answer", [ANSWER, PARTLY, POSSIBLE], ids=["answered", "partly", "possible"])
def test_the_indices_leave_out_the_note_wherever_it_stands(answer: Answer) -> None:
    annotations = annotation_bodies(answer, BASE_URL)

    assert markers(answer.answer, annotations) == ["[1]", "[2]", "[1]"]
    assert [one.sentence for one in annotations] == [0, 2, 2]
    # None is the "[1]" that the note itself holds.
    before = [answer.answer[: one.url_citation.start_index] for one in annotations]
    assert [text.rpartition(".")[0].split()[-1] for text in before] == ["sails", "420", "420"]


@pytest.mark.parametrize("answer", [DECLINED, GREETING], ids=["declined", "greeting"])
def test_a_note_alone_has_no_annotation(answer: Answer) -> None:
    assert annotation_bodies(answer, BASE_URL) == ()


@given(st.sampled_from(["answered", "partly", "possible"]), TEXTS, SENTENCES, st.integers(0, 50))
def test_whatever_is_told_each_annotation_is_the_marker_behind_its_sentence(
    outcome: Outcome, note: str, told: list[tuple[str, list[int]]], offset: int
) -> None:
    sentences = tuple(AnswerSentence(text, tuple(sorted(numbers)), bool(numbers)) for text, numbers in told)
    note = "" if outcome == "answered" and sentences else note
    answer = replace(
        ANSWER,
        outcome=outcome,
        note=note,
        answer="".join(answer_parts(outcome, note, sentences)),
        sentences=sentences,
        citations=tuple(a_citation(number, number, number + 1) for number in range(1, 5)),
    )

    annotations = annotation_bodies(answer, BASE_URL, offset=offset)

    content = "x" * offset + answer.answer
    assert [(one.sentence, one.citation.number) for one in annotations] == [
        (place, number) for place, sentence in enumerate(sentences) for number in sentence.citations
    ]
    assert markers(content, annotations) == [f"[{one.citation.number}]" for one in annotations]
    for one in annotations:
        end = one.url_citation.end_index
        until_here = "".join(f"[{n}]" for n in sentences[one.sentence].citations if n <= one.citation.number)
        assert content[:end].endswith(f"{sentences[one.sentence].text} {until_here}")


def test_the_indices_count_what_stands_before_the_answer() -> None:
    before = "Void. [1] Instead: "

    annotations = annotation_bodies(ANSWER, BASE_URL, offset=len(before))

    assert markers(before + ANSWER.answer, annotations) == ["[1]", "[2]", "[1]"]


def test_an_annotation_leads_to_the_marked_words_and_holds_our_citation() -> None:
    first = annotation_bodies(ANSWER, BASE_URL)[0]

    assert first.url_citation.url == "http://docs.example:8000/documents/0123456789abcdef?start=5&end=20"
    assert first.url_citation.title == "Häfen"
    assert (first.citation.quote, first.citation.page, first.citation.link) == ("words", 3, "/documents/x/file")


def test_a_completion_is_the_answer_and_brings_the_whole_of_it() -> None:
    body = completion_body(ANSWER, an_empty_content(), model="footnote", created=17).model_dump()

    assert (body["id"], body["object"]) == ("chatcmpl-a1", "chat.completion")
    assert (body["created"], body["model"]) == (17, "footnote")
    content = r"Smörgås 🚢 \[sic] sails. [1] Perhaps. It holds 420. [2][1]"
    assert body["choices"][0]["message"]["content"] == content
    assert markers(content, annotation_bodies(in_markdown(ANSWER), BASE_URL)) == ["[1]", "[2]", "[1]"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    perhaps = {"text": "Perhaps.", "citations": (), "supported": False, "quoted": False}
    assert body["footnote"]["sentences"][1] == perhaps


@pytest.mark.parametrize("answer", [PARTLY, POSSIBLE, DECLINED, GREETING])
def test_all_that_is_told_is_the_content_and_nothing_else(answer: Answer) -> None:
    body = completion_body(answer, an_empty_content(), model="footnote", created=17).model_dump()

    assert body["choices"][0]["message"]["content"] == in_markdown(answer).answer
    assert body["choices"][0]["message"]["refusal"] is None
    assert (body["footnote"]["outcome"], body["footnote"]["note"]) == (answer.outcome, answer.note)
    assert body["footnote"]["abstained"] is (answer.outcome in {"possible", "declined"})


def a_request(**more: object) -> CompletionRequestBody:
    return CompletionRequestBody.model_validate(
        {"model": "footnote", "messages": [{"role": "user", "content": "Who?"}], **more}
    )


def test_parameters_that_mean_nothing_here_are_ignored() -> None:
    ignored = {"temperature": 2, "max_tokens": 1, "stop": ["a"], "seed": 5, "user": "u", "top_k": 40, "unheard_of": {}}
    empty = {"n": 1, "tools": [], "functions": None, "response_format": {"type": "text"}, "stream": None}

    assert a_request(**ignored, **empty) == a_request(n=1, tools=[], response_format={"type": "text"}, stream=None)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"n": 2}, "Input should be 1"),
        ({"tool_choice": 5}, "Input should be a valid"),
        ({"response_format": {"type": "xml"}}, "Input should be 'text', 'json_object' or 'json_schema'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "a part 'image_url' cannot be read"),
        ({"messages": [{"role": "user", "content": [{"type": {}, "text": ""}]}]}, "a part without a type cannot"),
        ({"messages": [{"role": "user", "content": ["Who?"]}]}, "a part without a type cannot be read"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "a part of type 'text' has no text"),
        ({"messages": [{"role": "user", "content": 5}]}, "Input should be a valid string"),
        ({"messages": [{"role": "boss", "content": "Who?"}]}, "Input should be 'system'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(more: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        a_request(**more)


def test_the_parts_of_a_message_are_its_text() -> None:
    parts = [{"type": "text", "text": "Who"}, {"type": "text", "text": "met him?"}]

    request = a_request(messages=[{"role": "user", "content": parts}, {"role": "assistant", "content": None}])

    assert [message.content for message in request.messages] == ["Who\nmet him?", ""]


def request_to(path: str) -> Request:
    return Request({"type": "http", "method": "POST", "path": path, "headers": []})


def test_a_problem_is_an_error_of_openais_form_on_openais_routes_only() -> None:
    problem = make_problem(422, "question_invalid", "the question is empty; ask something")

    ours = respond(request_to("/v1/ask"), problem)
    theirs = respond(request_to("/v1/chat/completions"), problem)

    assert (ours.status_code, json.loads(ours.body)["detail"]) == (422, "the question is empty; ask something")
    assert theirs.status_code == 400
    assert json.loads(theirs.body) == {
        "error": {
            "message": "the question is empty; ask something",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "question_invalid",
        }
    }


def test_a_server_that_is_not_ready_says_when_to_ask_again() -> None:
    problem = make_problem(503, "index_missing", "run `rag index`")

    assert respond(request_to("/v1/models"), problem).headers["retry-after"] == "3"
    assert error_body(problem).error.type == "server_error"


def test_only_a_422_becomes_another_status() -> None:
    assert [error_status(status) for status in (400, 404, 413, 422, 500, 503)] == [400, 404, 413, 400, 500, 503]
    assert not speaks_openai("/v1/conversations/models")
