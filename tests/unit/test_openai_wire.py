"""What OpenAI's clients get is made of our answers without losing a place."""

import json

import pytest
from pydantic import ValidationError

from rag.api.openai_wire import (
    AnnotationBody,
    CompletionRequestBody,
    annotation_bodies,
    completion_body,
    error_body,
    error_status,
    speaks_openai,
)
from rag.api.problems import make_problem, problem_response
from rag.types import Answer, AnswerSentence, Citation, Source, Usage

BASE_URL = "http://docs.example:8000"


def a_citation(number: int, start: int, end: int) -> Citation:
    return Citation(number, "0123456789abcdef", "Häfen", "a.pdf", 3, ("Bay",), "words", start, end, "/documents/x/file")


ANSWER = Answer(
    id="a1",
    conversation_id="c",
    question="Who?",
    query="Who?",
    answer="Smörgås 🚢 [sic] sails. [1] Perhaps. It holds 420. [2][1]",
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
REFUSAL = Answer(
    *("a2", "c", "Who?", "Who?", "I found nothing. These passages come nearest:", (), (), "weak_hits", "none"),
    *(None, "v"),
    nearest=tuple(Source(n, f"d{n}", f"Title\n{n}", "a.txt", None, (), "text", 1, 2, 0.1) for n in range(1, 6)),
)


def markers(content: str, annotations: tuple[AnnotationBody, ...]) -> list[str]:
    return [content[one.url_citation.start_index : one.url_citation.end_index] for one in annotations]


def test_the_indices_of_an_annotation_are_those_of_its_marker() -> None:
    annotations = annotation_bodies(ANSWER, BASE_URL)

    assert markers(ANSWER.answer, annotations) == ["[1]", "[2]", "[1]"]
    assert [one.citation.number for one in annotations] == [1, 2, 1]
    assert [one.sentence for one in annotations] == [0, 2, 2]


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
    body = completion_body(ANSWER, created=17, base_url=BASE_URL).model_dump()

    assert (body["id"], body["object"]) == ("chatcmpl-a1", "chat.completion")
    assert (body["created"], body["model"]) == (17, "footnote")
    assert body["choices"][0]["message"]["content"] == ANSWER.answer
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert body["footnote"]["sentences"][1] == {"text": "Perhaps.", "citations": (), "supported": False}


def test_a_refusal_is_followed_by_the_passages_that_it_announces() -> None:
    message = completion_body(REFUSAL, created=17, base_url=BASE_URL).choices[0].message

    assert message.content == (
        "I found nothing. These passages come nearest:\n\n"
        "- Title 1: http://docs.example:8000/documents/d1?start=1&end=2\n"
        "- Title 2: http://docs.example:8000/documents/d2?start=1&end=2\n"
        "- Title 3: http://docs.example:8000/documents/d3?start=1&end=2"
    )
    assert message.annotations == ()


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
        ({"tools": [{"type": "function"}]}, "nothing can be called here; leave them out"),
        ({"functions": [{}]}, "nothing can be called here; leave them out"),
        ({"response_format": {"type": "json_object"}}, "Input should be 'text'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "a part 'image_url' cannot be read"),
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


def test_a_problem_is_an_error_of_openais_form_on_openais_routes_only() -> None:
    problem = make_problem(422, "question_invalid", "the question is empty; ask something")

    ours = problem_response(problem, "/v1/ask")
    theirs = problem_response(problem, "/v1/chat/completions")

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

    assert problem_response(problem, "/v1/models").headers["retry-after"] == "3"
    assert error_body(problem).error.type == "server_error"


def test_only_a_422_becomes_another_status() -> None:
    assert [error_status(status) for status in (400, 404, 413, 422, 500, 503)] == [400, 404, 413, 400, 500, 503]
    assert not speaks_openai("/v1/conversations/models")
