"""What a real server sends with answers, pages and files, and how it sends what is no HTTP."""

import socket
from contextlib import closing

import pytest

from tests.running import Running

pytestmark = pytest.mark.model

QUESTION = {"question": "Who closed the old pier?"}
CHAT = {"model": "footnote", "messages": [{"role": "user", "content": "Who closed the old pier?"}]}


def test_readers_words_are_never_stored_by_a_cache(pdf_server: Running) -> None:
    answer = pdf_server.post("/v1/ask", QUESTION)
    conversation = pdf_server.get(f"/v1/conversations/{answer.json()['conversation_id']}")
    replies = [
        answer,
        conversation,
        pdf_server.post("/v1/ask", {**QUESTION, "stream": True}),
        pdf_server.post("/v1/chat/completions", CHAT),
        pdf_server.post("/v1/chat/completions", {**CHAT, "stream": True}),
        pdf_server.get("/v1/search?q=pier"),
        pdf_server.get("/v1/documents"),
    ]

    assert {reply.status_code for reply in replies} == {200}
    assert {reply.headers["cache-control"] for reply in replies} == {"no-store"}
    assert {reply.headers["x-content-type-options"] for reply in replies} == {"nosniff"}


def test_pages_and_files_have_a_policy_of_their_own(pdf_server: Running) -> None:
    citation = pdf_server.ask(QUESTION["question"])["citations"][0]
    pages = [pdf_server.get(path) for path in ("/", "/documents", citation["url"])]
    original = pdf_server.get(citation["link"])

    assert {page.headers["x-frame-options"] for page in pages} == {"SAMEORIGIN"}
    assert all("script-src 'self'" in page.headers["content-security-policy"] for page in pages)
    assert {page.headers.get("cache-control") for page in pages} == {"private, no-cache"}
    assert "script-src" not in original.headers["content-security-policy"]
    assert original.headers["cache-control"] == "private, no-cache"


def test_the_reply_to_what_is_no_http_has_the_headers(pdf_server: Running) -> None:
    port = int(pdf_server.url.rsplit(":", 1)[1])
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        connection.settimeout(60)
        reply = connection.recv(10_000).lower()

    assert b" 400 " in reply.split(b"\r\n")[0]
    assert b"x-content-type-options: nosniff" in reply
    assert b"cache-control: no-store" in reply
    assert b"server:" not in reply
