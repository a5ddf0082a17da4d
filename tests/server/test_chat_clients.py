"""What Open WebUI, LibreChat and LobeChat send, with all the fields that they fill in, is answered."""

import json

import pytest

from tests.running import Running

pytestmark = pytest.mark.model

WITKOFF = "Who met with Putin in Moscow?"
MESSAGES = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": WITKOFF},
]
PARTS = [{"role": "user", "content": [{"type": "text", "text": WITKOFF}]}]

# As their source code builds them for a provider with OpenAI's protocol.
OPEN_WEBUI = {
    "stream": True,
    "model": "footnote",
    "messages": MESSAGES,
    "stream_options": {"include_usage": True},
    "temperature": 0.8,
    "top_p": 0.9,
    "max_tokens": 128,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "seed": 42,
    "stop": ["###"],
    "user": {"name": "A", "id": "7", "email": "a@example.org", "role": "user"},
    "logit_bias": {},
    "reasoning_effort": "medium",
}
# An older version, or a pipeline before the server, leaves its own fields in.
OPEN_WEBUI_WITH_OWN_FIELDS = {
    **OPEN_WEBUI,
    "session_id": "s-1",
    "chat_id": "c-1",
    "id": "m-1",
    "params": {},
    "tool_servers": [],
    "features": {"image_generation": False, "code_interpreter": False, "web_search": False},
    "variables": {"{{USER_NAME}}": "A", "{{CURRENT_DATE}}": "2026-03-01"},
    "background_tasks": {"title_generation": True, "tags_generation": True},
    "metadata": {
        "user_id": "7",
        "chat_id": "c-1",
        "message_id": "m-1",
        "session_id": "s-1",
        "tool_ids": None,
        "tool_servers": [],
        "files": None,
        "features": {},
        "variables": {},
        "model": {"id": "footnote"},
        "direct": False,
        "function_calling": "default",
    },
    "tools": [],
}
LIBRECHAT = {
    "model": "footnote",
    "user": "665f1c0ffee",
    "messages": PARTS,
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "max_tokens": 4096,
    "n": 1,
    "parallel_tool_calls": None,
    "stop": ["||>"],
}
LOBECHAT = {
    "model": "footnote",
    "messages": MESSAGES,
    "stream": True,
    "stream_options": {"include_usage": True},
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "temperature": 1,
    "top_p": 1,
    "tools": None,
    "user": "u-1",
}
QUESTIONS = {
    "open webui": OPEN_WEBUI,
    "open webui with its own fields": OPEN_WEBUI_WITH_OWN_FIELDS,
    "librechat": LIBRECHAT,
    "lobechat": LOBECHAT,
}


@pytest.mark.parametrize("client", QUESTIONS)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_question_is_answered_with_its_links(quoting_server: Running, client: str, stream: bool) -> None:  # noqa: FBT001
    body = {**QUESTIONS[client], "stream": stream}
    if not stream:
        del body["stream_options"]

    reply = quoting_server.post("/v1/chat/completions", body)

    assert reply.status_code == 200, reply.text
    content = content_of(reply.text) if stream else reply.json()["choices"][0]["message"]["content"]
    answer = quoting_server.ask(WITKOFF)
    assert content.startswith(answer["answer"])
    assert content.endswith(f"<{quoting_server.url}{answer['citations'][-1]['url']}>")


def content_of(stream: str) -> str:
    chunks = [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: {")]
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])


TASK = {"title": "Name this chat.", "tags": "Tag this chat.", "follow_ups": "Suggest what to ask next."}
METADATA = {"task": "title_generation", "task_body": {"messages": MESSAGES}, "chat_id": "c-1", "user_id": "7"}


@pytest.mark.parametrize("key", TASK)
def test_the_tasks_of_open_webui_are_done(quoting_server: Running, key: str) -> None:
    prompt = (
        f'### Task:\n{TASK[key]}\n### Output:\nJSON format: {{ "{key}": … }}\n### Chat History:\n'
        f"<chat_history>\nUSER: {WITKOFF}\nASSISTANT: Steve Witkoff. [1]\n</chat_history>"
    )
    messages = [{"role": "user", "content": prompt}]
    body = {"model": "footnote", "messages": messages, "stream": False, "max_completion_tokens": 1000}

    reply = quoting_server.post("/v1/chat/completions", {**body, "metadata": METADATA})

    assert reply.status_code == 200, reply.text
    assert list(json.loads(reply.json()["choices"][0]["message"]["content"])) == [key]
    assert reply.json()["footnote"] is None


def test_the_title_of_librechat_is_text(quoting_server: Running) -> None:
    instruction = (
        "Provide a concise, 5-word-or-less title for the conversation, using title case conventions. "
        "Only return the title itself."
    )
    prompt = f"{instruction}\n\nConversation:\nUser: {WITKOFF}\nAI: Steve Witkoff."
    body = {**LIBRECHAT, "messages": [{"role": "user", "content": prompt}], "stream": False}

    reply = quoting_server.post("/v1/chat/completions", body)

    assert reply.json()["choices"][0]["message"]["content"] == "Met Putin Moscow"


# LibreChat asks by LangChain's `withStructuredOutput`; which of the two depends on the name of the model.
TITLE_SCHEMA = {
    "type": "object",
    "properties": {"language": {"type": "string"}, "title": {"type": "string"}},
    "required": ["language", "title"],
    "additionalProperties": False,
}
AS_TOOL = {
    "tools": [{"type": "function", "function": {"name": "extract", "description": "", "parameters": TITLE_SCHEMA}}],
    "tool_choice": {"type": "function", "function": {"name": "extract"}},
    "parallel_tool_calls": False,
}
AS_JSON = {
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "extract", "schema": TITLE_SCHEMA, "strict": True},
    }
}
ITS_OWN_PROMPT = (
    "Analyze this conversation and provide:\n1. The detected language of the conversation\n"
    "2. A concise title in the detected language (5 words or less, no punctuation or quotation)\n\n"
)
# What an owner may set as titlePrompt.
ANOTHER_PROMPT = "Gib dem Gespräch einen Namen.\n\n"


@pytest.mark.parametrize("prompt", [ITS_OWN_PROMPT, ANOTHER_PROMPT], ids=["its own prompt", "another prompt"])
@pytest.mark.parametrize("form", [AS_TOOL, AS_JSON], ids=["tool", "json"])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_the_structured_title_of_librechat_has_the_form_that_is_asked_for(
    quoting_server: Running,
    form: dict,
    prompt: str,
    stream: bool,  # noqa: FBT001
) -> None:
    messages = [{"role": "user", "content": f"{prompt}User: {WITKOFF}\nAI: Steve Witkoff."}]

    reply = quoting_server.post("/v1/chat/completions", {**LIBRECHAT, **form, "messages": messages, "stream": stream})

    assert reply.status_code == 200, reply.text
    message, ending = last_message(reply.text) if stream else whole_message(reply.json())
    if form is AS_TOOL:
        (call,) = message["tool_calls"]
        assert (call["type"], call["function"]["name"], ending) == ("function", "extract", "tool_calls")
        assert not message["content"]
        title = json.loads(call["function"]["arguments"])
    else:
        assert ending == "stop"
        title = json.loads(message["content"])
    assert title["language"] == "en"
    assert "Putin" in title["title"]


def whole_message(completion: dict) -> tuple[dict, str]:
    choice = completion["choices"][0]
    return choice["message"], choice["finish_reason"]


def last_message(stream: str) -> tuple[dict, str]:
    chunks = [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: {")]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    calls = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
    return {"content": content_of(stream), "tool_calls": calls}, choices[-1]["finish_reason"]
