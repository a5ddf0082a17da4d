"""The Responses API gives the answers of chat completions: the official client against a real server."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai.types.responses import Response

from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, Running, serve, wait_until

pytestmark = pytest.mark.model

WITKOFF = "Who met with Putin in Moscow?"
ABSENT = "What is the capital of France?"


def client_of(running: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=running.url + "/v1", api_key="any", max_retries=0, timeout=MAX_SECONDS)


@pytest.fixture(scope="module")
def client(quoting_server: Running) -> Iterator[openai.OpenAI]:
    with client_of(quoting_server) as client:
        yield client


def cited_in(response: Response) -> list[str]:
    part = response.output[0].content[0]
    return [part.text[one.start_index : one.end_index] for one in part.annotations]


@pytest.mark.parametrize("question", [WITKOFF, ABSENT, "Hello!"])
def test_a_response_is_the_answer_of_a_chat(client: openai.OpenAI, question: str) -> None:
    messages = [{"role": "user", "content": question}]
    message = client.chat.completions.create(model="footnote", messages=messages).choices[0].message

    response = client.responses.create(model="footnote", input=question, instructions="Answer in rhymes.")

    assert (response.status, response.output_text) == ("completed", message.content)
    assert cited_in(response) == [
        message.content[one.url_citation.start_index : one.url_citation.end_index] for one in message.annotations
    ]
    assert [one.url for one in response.output[0].content[0].annotations] == [
        one.url_citation.url for one in message.annotations
    ]
    assert response.model_extra["footnote"]["question"] == question
    assert response.usage.total_tokens == 0
    assert response.id == f"resp_{response.model_extra['footnote']['id']}"


def test_the_stream_has_the_events_of_openai_in_order(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="footnote", input=WITKOFF)

    events = list(client.responses.create(model="footnote", input=WITKOFF, stream=True))

    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    told = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    added = [event.annotation for event in events if event.type == "response.output_text.annotation.added"]
    finished = events[-1].response
    assert told == finished.output_text == whole.output_text
    assert [one.url for one in added] == [one.url for one in finished.output[0].content[0].annotations]
    assert [one.start_index for one in added] == [one.start_index for one in finished.output[0].content[0].annotations]
    assert cited_in(finished) == cited_in(whole)


def test_the_helper_of_the_client_follows_the_stream(client: openai.OpenAI) -> None:
    with client.responses.stream(model="footnote", input=WITKOFF) as stream:
        final = stream.get_final_response()

    assert "met with Putin" in final.output_text


def test_the_messages_before_the_question_help_to_understand_it(client: openai.OpenAI) -> None:
    first = client.responses.create(model="footnote", input="Who is Steve Witkoff?")
    question = {"role": "user", "content": [{"type": "input_text", "text": "and who did he meet?"}]}

    # As the client's own documentation continues a conversation: the output is a part of the next input.
    second = client.responses.create(
        model="footnote",
        input=[{"role": "user", "content": "Who is Steve Witkoff?"}, *first.output, question],
    )

    assert second.model_extra["footnote"]["query"] == "Who did Steve Witkoff meet?"


@pytest.mark.parametrize(
    ("body", "param", "told"),
    [
        ({"input": " "}, "input", "the question is empty; ask something"),
        ({"input": []}, "input", "no message has the role user"),
        ({"tools": [{"type": "web_search"}], "tool_choice": "required"}, "tool_choice", "an answer calls no tool"),
        ({"previous_response_id": "resp_1"}, "previous_response_id", "nothing is stored here; send all messages"),
        ({"conversation": "conv_1"}, "conversation", "nothing is stored here; send all messages"),
        ({"background": True}, "background", "an answer is sent at once; leave it out"),
        ({"background": 0}, "background", "must be true or false"),
        ({"prompt": {"id": "p"}}, "prompt", "nothing is stored here; send all messages"),
        ({"text": {"format": {"type": "json_object"}}}, "text.format.type", "an answer is text; only prompts"),
        ({"metadata": {"folder": ""}}, "metadata.folder", "it is empty; leave it out"),
    ],
)
def test_what_cannot_be_done_is_refused_and_named(client: openai.OpenAI, body: dict, param: str, told: str) -> None:
    with pytest.raises(openai.BadRequestError, match=told) as refused:
        client.responses.create(**{"model": "footnote", "input": WITKOFF, **body})

    assert refused.value.param == param


def test_another_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.responses.create(model="gpt-5", input=WITKOFF)

    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")


def test_an_item_that_is_no_message_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(
            model="footnote", input=[{"type": "function_call_output", "call_id": "c", "output": "42"}]
        )

    assert str(refused.value.param).startswith("input")


def test_what_an_llm_writes_is_counted(seed_index: Path) -> None:
    script = Script(["Steve Witkoff met with ", "Putin in Moscow. [1]"])
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, RAG_LLM_MODEL="m") as running:
        response = client_of(running).responses.create(model="footnote", input=WITKOFF)

    assert response.output_text.startswith("Steve Witkoff met with Putin in Moscow. [1]")
    assert (response.usage.input_tokens, response.usage.total_tokens) == (7, 10)


def test_a_reader_who_leaves_stops_the_model(seed_index: Path) -> None:
    # No sentence ends, so the reader hears nothing of it.
    script = Script(["word "] * 100_000, pause_seconds=0.05)
    body = {"model": "footnote", "input": WITKOFF, "stream": True}
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, RAG_LLM_MODEL="m") as running:
        with running.asking("/v1/responses", body):
            wait_until(lambda: len(script.requests) == 1)

        assert script.was_cut_off.wait(MAX_SECONDS)
