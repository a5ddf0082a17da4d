"""What a company does: a site key, tokens of its signed-in visitors, and conversations of each."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rag.api.access.keys import KeyStore
from rag.api.access.visitors import read_public_key
from tests.running import MAX_SECONDS, Running, read_events, serve

pytestmark = pytest.mark.model

SITE = "https://portal.example.org"
WITKOFF = "Who is Steve Witkoff?"
PRIVATE_KEY = Ed25519PrivateKey.generate()

Send = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("visitors")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    """The secrets of a portal's site key for visitors, of another site, of a program and of the admin."""
    store = KeyStore(folder / "keys.sqlite", time.time)
    pem = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ask, site = frozenset({"ask", "search"}), frozenset({SITE})
    return {
        "portal": store.create("portal", scopes=ask, origins=site, visitors=read_public_key(pem))[1],
        "site": store.create("site", scopes=ask, origins=site)[1],
        "program": store.create("program", scopes=ask, origins=frozenset())[1],
        "admin": store.create("admin", scopes=frozenset({"admin"}), origins=frozenset())[1],
    }


@pytest.fixture(scope="module")
def server(seed_index: Path, folder: Path, keys: dict[str, str]) -> Iterator[Running]:
    del keys  # are made before the server starts
    with serve(
        seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(folder / "conversations.sqlite")
    ) as running:
        yield running


@pytest.fixture
def send(server: Running, keys: dict[str, str]) -> Send:
    def send_as(who: str, method: str, path: str, user: str | None = None, **body: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {keys[who]}", "origin": SITE}
        if user:
            claims = {"sub": user, "exp": time.time() + 600}
            headers["x-footnote-visitor"] = jwt.encode(claims, PRIVATE_KEY, "EdDSA")
        return httpx2.request(method, server.url + path, headers=headers, json=body or None, timeout=MAX_SECONDS)

    return send_as


def begin(send: Send, who: str, user: str | None = None) -> str:
    reply = send(who, "POST", "/v1/ask", user, question=WITKOFF)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["conversation_id"])


def test_a_conversation_is_shown_to_whoever_began_it_and_to_the_admin(send: Send) -> None:
    path = f"/v1/conversations/{begin(send, 'portal', 'anna')}"

    assert send("portal", "GET", path, "anna").status_code == 200
    assert send("admin", "GET", path).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(("who", "user"), [("portal", "ben"), ("portal", None), ("site", None), ("program", None)])
def test_for_another_key_or_visitor_a_conversation_does_not_exist(
    send: Send, method: str, who: str, user: str | None
) -> None:
    conversation_id = begin(send, "portal", "anna")
    path = "/v1/conversations/"

    of_another = send(who, method, path + conversation_id, user)
    unknown = send(who, method, path + "0" * 32, user)

    assert of_another.status_code == unknown.status_code == 404
    assert of_another.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert send("portal", "GET", path + conversation_id, "anna").status_code == 200


def test_another_visitor_cannot_continue_a_conversation(send: Send) -> None:
    begun = begin(send, "portal", "anna")

    def answer_of(user: str) -> dict:
        question = {"question": "and who did he meet?", "conversation_id": begun}
        return send("portal", "POST", "/v1/ask", user, **question).json()

    foreign, own = answer_of("ben"), answer_of("anna")
    assert foreign["conversation_id"] != begun
    assert foreign["query"] == "and who did he meet?"
    assert (own["conversation_id"], own["query"]) == (begun, "Who did Steve Witkoff meet?")


def test_without_a_visitor_the_id_is_enough_but_only_with_the_same_key(send: Send) -> None:
    path = f"/v1/conversations/{begin(send, 'site')}"

    assert send("site", "GET", path).status_code == 200
    assert send("portal", "GET", path).status_code == 404


def test_a_visitor_deletes_all_his_conversations_and_nobody_elses(send: Send) -> None:
    mine = [begin(send, "portal", "carl") for _ in range(2)]
    other = begin(send, "portal", "dora")

    deleted = send("portal", "DELETE", "/v1/conversations", "carl")

    assert (deleted.status_code, deleted.json()) == (200, {"n_deleted": 2})
    assert {send("admin", "GET", f"/v1/conversations/{id_}").status_code for id_ in mine} == {404}
    assert send("portal", "GET", f"/v1/conversations/{other}", "dora").status_code == 200


def test_the_admin_sees_who_began_a_conversation_and_deletes_all_of_a_user(send: Send) -> None:
    begin(send, "portal", "emil")
    listed = send("admin", "GET", "/v1/conversations").json()["conversations"][0]

    deleted = send("admin", "DELETE", "/v1/conversations?user=emil")

    assert listed["user"] == "emil"
    assert listed["key_id"]
    assert deleted.json() == {"n_deleted": 1}


def test_nobody_else_deletes_the_conversations_of_a_user(send: Send) -> None:
    begin(send, "portal", "fritz")

    assert send("portal", "DELETE", "/v1/conversations?user=fritz", "ben").status_code == 403
    assert send("portal", "DELETE", "/v1/conversations").status_code == 403
    assert send("program", "DELETE", "/v1/conversations?user=fritz").status_code == 403
    unnamed = send("admin", "DELETE", "/v1/conversations")
    assert (unnamed.status_code, unnamed.json()["detail"]) == (422, "user is missing")
    assert send("admin", "DELETE", "/v1/conversations?user=fritz").json() == {"n_deleted": 1}


def cited_by(send: Send, who: str, **body: object) -> dict:
    return send(who, "POST", "/v1/ask", question=WITKOFF, **body).json()["citations"][0]


def test_a_citation_of_a_keys_answer_opens_without_the_key_and_only_as_it_was_made(server: Running, send: Send) -> None:
    cited = cited_by(send, "site")
    bare = f"/documents/{cited['document_id']}?start={cited['start']}&end={cited['end']}"
    page = server.get(cited["url"], accept="text/html")

    assert page.status_code == 200
    assert 'id="cited"' in page.text
    assert cited["quote"].split()[0] in page.text
    assert 'href="/documents"' not in page.text  # for which the reader has no key
    assert server.get(bare).status_code == 401
    assert server.get(cited["url"].replace("start=", "start=1")).status_code == 403
    assert server.get("/v1/documents/" + cited["url"].removeprefix("/documents/")).status_code == 401


def test_a_link_ends_with_its_key(server: Running, folder: Path) -> None:
    store = KeyStore(folder / "keys.sqlite", time.time)
    key, secret = store.create("short-lived", scopes=frozenset({"ask"}), origins=frozenset())
    reply = server.post("/v1/ask", {"question": WITKOFF}, authorization=f"Bearer {secret}")
    url = reply.json()["citations"][0]["url"]
    assert server.get(url).status_code == 200

    store.revoke(key.id)

    assert server.get(url).status_code == 401


def test_every_way_to_ask_gives_links_that_open(server: Running, send: Send, keys: dict[str, str]) -> None:
    answer = send("program", "POST", "/v1/ask", question=WITKOFF).json()
    shown = send("program", "GET", f"/v1/conversations/{answer['conversation_id']}").json()
    hit = send("program", "GET", "/v1/search?q=Witkoff").json()["hits"][0]
    message = {"role": "user", "content": WITKOFF}
    completed = send("program", "POST", "/v1/chat/completions", model="footnote", messages=[message]).json()
    call = {"name": "search", "arguments": {"query": "Witkoff"}}
    found = httpx2.post(
        server.url + "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"authorization": f"Bearer {keys['program']}", "accept": "application/json, text/event-stream"},
        timeout=MAX_SECONDS,
    )

    urls = [
        shown["turns"][0]["answer"]["citations"][0]["url"],
        hit["url"],
        completed["choices"][0]["message"]["annotations"][0]["url_citation"]["url"].removeprefix(server.url),
        completed["footnote"]["citations"][0]["url"],
        re.findall(r"/documents/[^\"\\\\]+", found.text)[0],
    ]
    assert [server.get(url).status_code for url in urls] == [200] * 5


def test_a_stream_has_the_links_of_its_final_answer(server: Running, keys: dict[str, str]) -> None:
    with httpx2.stream(
        "POST",
        server.url + "/v1/ask",
        json={"question": WITKOFF, "stream": True},
        headers={"authorization": f"Bearer {keys['program']}"},
        timeout=MAX_SECONDS,
    ) as reply:
        events = {event.name: event.data for event in read_events(reply.iter_lines())}

    urls = [events["citation"]["citation"]["url"], events["sources"]["sources"][0]["url"]]
    assert [server.get(url).status_code for url in urls] == [200, 200]


def test_an_open_server_shows_plain_links(seed_index: Path, tmp_path: Path) -> None:
    with serve(
        seed_index, RAG_LLM="extractive", RAG_CONVERSATIONS_FILE=str(tmp_path / "conversations.sqlite")
    ) as running:
        cited = running.ask(WITKOFF)["citations"][0]

    assert cited["url"] == f"/documents/{cited['document_id']}?start={cited['start']}&end={cited['end']}"
    assert not (tmp_path / "links.secret").exists()


@pytest.fixture(scope="module")
def hiding(seed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server without keys whose documents are not public."""
    folder = tmp_path_factory.mktemp("hiding")
    with serve(
        seed_index,
        RAG_LLM="extractive",
        RAG_PUBLIC_DOCUMENTS="false",
        RAG_CONVERSATIONS_FILE=str(folder / "conversations.sqlite"),
        RAG_ADMIN_KEY="secret-of-the-owner",
    ) as running:
        yield running


def owners_text(server: Running, document_id: str) -> str:
    return server.get(f"/v1/documents/{document_id}", authorization="Bearer secret-of-the-owner").json()["text"]


def test_hidden_documents_leave_the_cited_words(hiding: Running) -> None:
    cited = hiding.ask(WITKOFF)["citations"][0]
    text = owners_text(hiding, cited["document_id"])
    page = hiding.get(cited["url"], accept="text/html")

    shown = page.text.split('<mark id="cited" tabindex="-1">')[1].split("</mark>")[0]
    around = text[cited["end"] : cited["end"] + 60].strip()
    assert html.unescape(shown) == cited["quote"]
    assert len(around) > 20
    assert around not in html.unescape(page.text)
    assert "The rest of the document is not public." in page.text


def test_no_reply_has_more_than_the_cited_words_of_hidden_documents(hiding: Running) -> None:
    events = hiding.stream(WITKOFF)
    hits = hiding.get("/v1/search?q=Witkoff+Putin&explain=true").json()["hits"]
    sources = next(event.data["sources"] for event in events if event.name == "sources")
    pages = [hiding.get(place["url"], accept="text/html").text for place in [*hits, *sources]]
    texts = {hit["document_id"]: owners_text(hiding, hit["document_id"]) for hit in hits}

    assert {(source["text"], source["end"] - source["start"]) for source in sources} == {("", 0)}
    assert all(source["title"] for source in sources)
    said = html.unescape("".join(pages) + json.dumps([hits, sources], ensure_ascii=False))
    for hit in hits:
        best, text = hit["best_sentence"], texts[hit["document_id"]]
        assert (hit["text"], hit["start"], hit["end"]) == (best["text"], best["start"], best["end"])
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert text[max(0, hit["start"] - 9) : hit["end"] + 9] not in said


@pytest.mark.parametrize(
    "question",
    ["Which documents are there?", "How many documents do you have?", "List all files."],
)
def test_an_answer_lists_no_hidden_documents(hiding: Running, question: str) -> None:
    owners = hiding.post("/v1/ask", {"question": question}, authorization="Bearer secret-of-the-owner").json()
    readers = hiding.ask(question)

    title = owners["citations"][0]["title"]
    assert title in owners["answer"]
    assert title not in readers["answer"]


def test_assistants_get_no_more_than_the_cited_words_of_hidden_documents(hiding: Running) -> None:
    def call(name: str, **arguments: str) -> dict:
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        reply = hiding.post("/mcp", message, accept="application/json, text/event-stream")
        return json.loads(re.findall(r"\{.*\}", reply.text)[0])["result"]

    best = hiding.get("/v1/search?q=Witkoff").json()["hits"][0]
    found = call("search", query="Witkoff")["structuredContent"]["results"][0]
    cited = call("ask", question=WITKOFF)["structuredContent"]["citations"][0]
    fetched, listed = call("fetch", id=found["id"]), call("list_documents")

    assert f"start={best['start']}&end={best['end']}&" in found["url"]
    assert html.unescape(httpx2.get(cited["url"]).text).count(cited["quote"]) == 1
    assert fetched["isError"]
    assert listed["isError"]
    message = {"role": "user", "content": WITKOFF}
    completed = hiding.post("/v1/chat/completions", {"model": "footnote", "messages": [message]}).json()
    for annotation in completed["choices"][0]["message"]["annotations"]:
        assert annotation["citation"]["quote"] == cited["quote"]


def test_hidden_documents_cannot_be_read_in_another_way(hiding: Running) -> None:
    cited = hiding.ask(WITKOFF)["citations"][0]
    document = f"/documents/{cited['document_id']}"
    paths = ["/documents", "/v1/documents", f"/v1{document}", document, f"{document}?start=0&end=9000"]
    paths += [f"{document}/file", cited["url"].replace("end=", "end=9"), cited["url"].split("?")[0] + "?access=x"]

    closed = [hiding.get(path).status_code for path in paths]
    with_key = [hiding.get(path, authorization="Bearer secret-of-the-owner").status_code for path in paths[:5]]

    assert set(closed) == {401, 403}
    assert with_key == [200] * 5
    assert 'documents="off"' in hiding.get("/").text
