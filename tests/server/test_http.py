"""The HTTP surface with the real encoder and the real index, in a real server process."""

import html
import math
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running

pytestmark = pytest.mark.model

WITKOFF = "Who met with Putin in Moscow?"
ANSWER_FIELDS = {
    *("id", "conversation_id", "question", "query", "outcome", "answer", "note", "sentences", "citations", "abstained"),
    *("abstention", "answered_by", "model", "index_version", "usage", "timings_ms", "degraded", "confidence"),
    "cached",
}


def test_an_answer_is_the_contracts_and_each_citation_the_documents_own_words(quoting_server: Running) -> None:
    answer = quoting_server.ask(WITKOFF)

    assert set(answer) == ANSWER_FIELDS
    assert (answer["outcome"], answer["note"], answer["answered_by"]) == ("answered", "", "extractive")
    assert (answer["abstained"], answer["abstention"]) == (False, None)
    assert "Steve Witkoff" in answer["answer"]
    for citation in answer["citations"]:
        document = quoting_server.get(f"/v1/documents/{citation['document_id']}").json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert (
            citation["url"] == f"/documents/{citation['document_id']}?start={citation['start']}&end={citation['end']}"
        )


def test_the_stream_tells_the_same_answer_in_order(quoting_server: Running) -> None:
    events = quoting_server.stream(WITKOFF)
    whole = quoting_server.ask(WITKOFF)

    names = [event.name for event in events]
    assert (names[:4], names[-1]) == (["meta", "sources", "citation", "delta"], "final")
    assert set(names[4:-1]) <= {"citation", "delta"}
    assert [event.id for event in events] == [str(n) for n in range(1, len(events) + 1)]
    final = events[-1].data
    varying = {"id", "conversation_id", "timings_ms"}
    assert {k: v for k, v in final.items() if k not in varying} == {k: v for k, v in whole.items() if k not in varying}
    assert "".join(event.data["text"] for event in events if event.name == "delta") == final["answer"]


def test_the_accept_header_asks_for_the_stream_too(quoting_server: Running) -> None:
    reply = quoting_server.post("/v1/ask", {"question": WITKOFF}, accept="text/event-stream")

    assert reply.headers["content-type"].startswith("text/event-stream")


def test_a_follow_up_is_understood_by_the_conversation(quoting_server: Running) -> None:
    first = quoting_server.ask("Who is Steve Witkoff?")

    second = quoting_server.ask("and who did he meet?", conversation_id=first["conversation_id"])

    assert second["query"] == "Who did Steve Witkoff meet?"
    assert second["conversation_id"] == first["conversation_id"]
    assert "met with Putin" in second["answer"]


def test_nothing_is_confirmed_where_the_documents_do_not_hold_the_answer(quoting_server: Running) -> None:
    answer = quoting_server.ask("What is the capital of France?")

    assert (answer["abstained"], answer["abstention"]) == (True, "weak_hits")
    assert answer["outcome"] in {"possible", "declined"}
    assert answer["answer"].startswith(answer["note"])
    assert "Paris" not in answer["answer"]


def test_where_no_document_may_be_looked_at_it_is_said_that_nothing_was_found(quoting_server: Running) -> None:
    events = quoting_server.stream(WITKOFF, filters={"folder": "nowhere"})

    answer = events[-1].data
    assert [event.name for event in events] == ["meta", "sources", "final"]
    assert (answer["outcome"], answer["abstention"], answer["answered_by"]) == ("declined", "no_hits", "none")
    assert (
        answer["answer"] == answer["note"] == f"I looked for “{WITKOFF}” and found nothing about it in the documents."
    )
    assert (answer["sentences"], answer["citations"]) == ([], [])


@pytest.mark.parametrize("question", ["Who met with Putin?", "Who met Putin?", "Putin met who?"])
def test_a_short_question_about_a_name_is_no_small_talk(quoting_server: Running, question: str) -> None:
    assert "Witkoff" in quoting_server.ask(question)["answer"]


@pytest.mark.parametrize("said", ["How are you today?", "Are you a robot?", "Bist du ein Mensch?"])
def test_small_talk_is_answered_with_what_this_is(quoting_server: Running, said: str) -> None:
    answer = quoting_server.ask(said)

    assert (answer["outcome"], answer["answered_by"], answer["citations"]) == ("answered", "none", [])


def test_a_greeting_is_answered_with_a_note_and_without_sources(quoting_server: Running) -> None:
    events = quoting_server.stream("Guten Tag!")

    answer = events[-1].data
    assert [event.name for event in events] == ["meta", "sources", "delta", "final"]
    assert events[1].data == {"sources": []}
    assert events[2].data == {"text": answer["note"], "note": True, "quoted": False}
    assert (answer["outcome"], answer["answered_by"], answer["citations"]) == ("answered", "none", [])
    assert answer["answer"].startswith("Hallo!")


def test_search_and_documents_list_what_there_is(quoting_server: Running) -> None:
    hits = quoting_server.get("/v1/search?q=ceasefire&k=3").json()["hits"]
    documents = quoting_server.get("/v1/documents").json()["documents"]

    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["score"] >= hits[1]["score"] >= hits[2]["score"]
    assert [document["uri"] for document in documents] == ["russia-insists-on-ukraine-neutral-status.txt"]
    assert documents[0]["title"] == "Russia Insists on Ukraine's Neutral Status in Peace Negotiations"


def test_a_hit_tells_its_legs_its_best_sentence_and_if_asked_what_its_confidence_is_made_of(
    quoting_server: Running,
) -> None:
    plain, explained = (
        quoting_server.get(f"/v1/search?q=Who met with Putin?&k=1{more}").json()["hits"][0]
        for more in ("", "&explain=1")
    )
    text = quoting_server.get(f"/v1/documents/{plain['document_id']}").json()["text"]

    best = plain["best_sentence"]
    assert text[best["start"] : best["end"]] == best["text"]
    assert "met with Putin" in best["text"]
    assert plain["legs"]["lexical_rank"] == 1
    assert plain["explanation"] is None
    log_odds = sum(part["adds"] for part in explained["explanation"])
    assert 1 / (1 + math.exp(-log_odds)) == pytest.approx(plain["score"], abs=1e-3)


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "?!",
        "the of and",
        "😀",
        "Кто? 誰？",
        "'; DROP TABLE passages; --",
        "../../etc/passwd",
        "a\x00b",
        "x " * 3000,
    ],
)
def test_any_text_can_be_searched_for(quoting_server: Running, query: str) -> None:
    reply = quoting_server.get(f"/v1/search?k=2&q={quote(query)}")

    assert reply.status_code == 200
    assert len(reply.json()["hits"]) <= 2


def test_what_of_a_query_was_not_searched_for_is_said(quoting_server: Running) -> None:
    assert quoting_server.get("/v1/search?q=ceasefire").json()["notes"] == []
    empty, long = (quoting_server.get(f"/v1/search?q={quote(text)}").json() for text in (" ", "word " * 2000))

    assert (empty["hits"], empty["notes"]) == ([], ["the query holds nothing to search for"])
    assert "were left out" in long["notes"][0]
    assert "too long for the encoder" in long["notes"][1]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("colour=red", "colour is unknown; the known names are date_from, date_to, document,"),
        ("date_from=yesterday", "date_from: not a day; write one as 2026-03-01"),
        ("date_from=0", "date_from: not a day"),
        (
            "date_from=2026-03-02&date_to=2026-03-01",
            "query: date_from, 2026-03-02, is after date_to, 2026-03-01; swap them",
        ),
        ("k=0", "k must be at least 1"),
        ("k=1000000000", "k must be at most 100"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_with_what_can(quoting_server: Running, wanted: str, told: str) -> None:
    reply = quoting_server.get(f"/v1/search?q=ceasefire&{wanted}")

    assert reply.status_code == 422
    assert reply.json()["detail"].startswith(told)


def test_the_document_page_marks_the_cited_words_under_a_strict_policy(quoting_server: Running) -> None:
    citation = quoting_server.ask(WITKOFF)["citations"][0]

    page = quoting_server.get(citation["url"])

    marked = page.text.split('<mark id="cited"')[1].split(">", 1)[1].split("</mark>")[0]
    assert html.unescape(marked).startswith(citation["quote"][:30])
    assert "The complexities of monitoring" in marked
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": ""}, 422, "question_invalid"),
        ({"question": " \n "}, 422, "question_invalid"),
        ({"question": "a\x07b"}, 422, "question_invalid"),
        ({"question": "x" * 5000}, 422, "question_invalid"),
        ({"question": "x" * 1_000_000}, 413, "content_too_large"),
        ({"question": 5}, 422, "request_invalid"),
        ({"question": "Who?", "top_k": 0}, 422, "request_invalid"),
        ({"question": "Who?", "colour": "red"}, 422, "request_invalid"),
        ({"question": "Who?", "conversation_id": "../../x"}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
        ([], 400, "body_not_json"),
    ],
)
def test_bad_requests_are_problems_that_do_not_repeat_the_question(
    quoting_server: Running, body: object, status: int, code: str
) -> None:
    reply = quoting_server.post("/v1/ask", body)

    problem = reply.json()
    assert (reply.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert "xxxx" not in reply.text
    assert len(problem["detail"]) < 300


def test_a_large_body_without_a_length_is_refused_too(quoting_server: Running) -> None:
    pieces = iter([b'{"question": "' + b"x" * 100_000] + [b"x" * 100_000] * 9)

    reply = httpx2.post(
        quoting_server.url + "/v1/ask",
        content=pieces,
        headers={"content-type": "application/json"},
        timeout=MAX_SECONDS,
    )

    assert (reply.status_code, reply.json()["code"]) == (413, "content_too_large")


@pytest.mark.parametrize(
    "path", ["/nope", "/v1/documents/nope", "/documents/nope", "/static/chat.html", "/static/..%2fpages.py", "/docs"]
)
def test_what_is_not_there_is_a_404_problem(quoting_server: Running, path: str) -> None:
    reply = quoting_server.get(path)

    assert (reply.status_code, reply.json()["status"]) == (404, 404)


def test_a_browser_gets_errors_as_pages(quoting_server: Running) -> None:
    reply = quoting_server.get("/documents/<script>", accept="text/html")

    assert reply.status_code == 404
    assert "<script>" not in reply.text.replace('<script src="', "")


def test_other_sites_may_load_the_widget_but_ask_only_when_allowed(quoting_server: Running) -> None:
    widget = quoting_server.get("/widget.js", origin="https://news.example")
    stranger = quoting_server.post("/v1/ask", {"question": WITKOFF}, origin="https://news.example")
    neighbour = quoting_server.post("/v1/ask", {"question": WITKOFF}, origin="http://localhost:3000")

    assert widget.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in stranger.headers
    assert neighbour.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_files_are_fetched_again_only_when_they_changed(quoting_server: Running) -> None:
    etag = quoting_server.get("/widget.js").headers["etag"]

    assert quoting_server.get("/widget.js", **{"if-none-match": etag}).status_code == 304


def test_files_of_the_widget_are_kept_for_good_and_an_old_name_gets_the_present_one(quoting_server: Running) -> None:
    loader = quoting_server.get("/widget.js").text
    name = re.search(r"panel-[A-Z0-9]{8}\.js", loader)
    assert name is not None

    present = quoting_server.get(f"/widget/{name[0]}", origin="https://news.example")
    older = quoting_server.get("/widget/panel-AAAAAAAA.js")

    assert present.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert present.headers["access-control-allow-origin"] == "*"
    assert (older.text, older.headers["cache-control"]) == (present.text, "no-cache")
    for path in ("nope-AAAAAAAA.js", "loader.js", "panel-x.js", "..%2Fpages.css", "chunk-AAAAAAAA.js"):
        assert quoting_server.get(f"/widget/{path}").status_code == 404, path


def test_the_api_describes_itself(quoting_server: Running) -> None:
    paths = quoting_server.get("/openapi.json").json()["paths"]

    assert {"/v1/ask", "/v1/search", "/v1/documents", "/v1/documents/{document_id}", "/healthz", "/readyz"} <= set(
        paths
    )


def test_forty_readers_at_once_all_get_the_same_answer(quoting_server: Running) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: quoting_server.ask(WITKOFF)["answer"], range(40)))

    assert len(set(answers)) == 1


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "[bad"])
def test_a_name_that_is_not_ours_is_refused(quoting_server: Running, host: str) -> None:
    reply = quoting_server.get("/v1/documents", host=host)

    assert (reply.status_code, reply.json()["code"]) == (421, "host_not_allowed")


def test_head_is_answered_as_get_without_a_body(quoting_server: Running) -> None:
    reply = httpx2.head(quoting_server.url + "/v1/documents", timeout=MAX_SECONDS)

    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"] == "application/json"


def test_a_method_that_is_not_possible_names_one_that_is(quoting_server: Running) -> None:
    reply = quoting_server.get("/v1/ask")

    assert (reply.status_code, reply.json()["detail"]) == (405, "GET /v1/ask is not possible; use POST")


@pytest.mark.parametrize("body", ["", "{", "[]", '"Who?"', "question=Who", b'{"question": "caf\xe9"}'])
def test_a_body_that_is_no_json_object_is_said_to_be_none(quoting_server: Running, body: str | bytes) -> None:
    headers = {"Content-Type": "application/json"}
    reply = httpx2.post(quoting_server.url + "/v1/ask", content=body, headers=headers, timeout=MAX_SECONDS)

    assert (reply.status_code, reply.json()["code"]) == (400, "body_not_json")


def test_an_empty_conversation_begins_a_new_one(quoting_server: Running) -> None:
    assert quoting_server.ask(WITKOFF, conversation_id="")["conversation_id"]
