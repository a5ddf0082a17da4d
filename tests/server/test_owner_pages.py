"""The owner's pages in a real server process: who may read them, and what they show."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running, run_rag, serve

pytestmark = pytest.mark.model

WITKOFF = "Who is Steve Witkoff?"
KEY = "secret-of-the-owner"
PAGES = ["/admin", "/admin/open", "/admin/questions", "/admin/documents", "/admin/citations"]
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("owner") / "c.sqlite"


@pytest.fixture(scope="module")
def server(seed_index: Path, file: Path) -> Iterator[Running]:
    """A server with an admin key that keeps questions."""
    with serve(
        seed_index,
        RAG_LLM="extractive",
        RAG_ADMIN_KEY=KEY,
        RAG_KEEP_QUESTIONS="true",
        RAG_CONVERSATIONS_FILE=str(file),
    ) as running:
        yield running


def sign_in(server: Running, key: str, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{server.url}/admin/sign-in", data={"key": key}, headers=headers, timeout=MAX_SECONDS)


@pytest.fixture(scope="module")
def cookie(server: Running) -> str:
    reply = sign_in(server, KEY)
    assert (reply.status_code, reply.headers["location"]) == (303, "/admin")
    return reply.headers["set-cookie"]


def test_the_cookie_is_only_for_these_pages_and_no_script(cookie: str) -> None:
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}

    assert attributes == {"httponly", "max-age=7200", "path=/", "samesite=strict"}


@pytest.mark.parametrize("path", PAGES)
def test_without_a_sign_in_a_browser_gets_the_form_and_a_program_a_problem(server: Running, path: str) -> None:
    browser, program = server.get(path, **HTML), server.get(path)

    assert (browser.status_code, browser.headers["location"]) == (303, "/admin/sign-in")
    assert (program.status_code, program.json()["code"]) == (401, "key_refused")
    assert server.get(path, authorization=f"Bearer {KEY}").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_signed_in_owner_reads_each_page_and_no_cache_keeps_it(server: Running, cookie: str, path: str) -> None:
    reply = server.get(path, cookie=cookie.split(";", maxsplit=1)[0], **HTML)

    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "unsafe-inline" not in reply.headers["content-security-policy"]
    assert 'aria-current="page"' in reply.text
    assert "Sign out" in reply.text


def test_the_cookie_opens_nothing_else(server: Running, cookie: str) -> None:
    value = cookie.split(";", maxsplit=1)[0]

    assert server.get("/v1/conversations", cookie=value).status_code == 401


def test_a_page_of_another_origin_neither_signs_in_nor_reads(server: Running, cookie: str) -> None:
    foreign = {"origin": "http://localhost:3000"}

    assert sign_in(server, KEY, **foreign).status_code == 403
    assert server.get("/admin", cookie=cookie.split(";", maxsplit=1)[0], **foreign).status_code == 401


def test_a_wrong_key_is_refused_and_not_shown_again(server: Running) -> None:
    reply = sign_in(server, "wrong-key<script>")

    assert reply.status_code == 401
    assert "The key is wrong" in reply.text
    assert "wrong-key" not in reply.text
    assert "set-cookie" not in reply.headers


def test_signing_out_takes_the_cookie_away(server: Running) -> None:
    reply = httpx2.post(f"{server.url}/admin/sign-out", timeout=MAX_SECONDS)

    assert (reply.status_code, reply.headers["location"]) == (303, "/admin/sign-in")
    assert 'footnote_owner=""' in reply.headers["set-cookie"]
    assert "Max-Age=0" in reply.headers["set-cookie"]


def test_a_cookie_opens_nothing_after_signing_out(server: Running) -> None:
    signed_in = httpx2.post(f"{server.url}/admin/sign-in", data={"key": KEY}, timeout=MAX_SECONDS)
    cookie = {"cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    before = server.get("/admin", **cookie)

    httpx2.post(f"{server.url}/admin/sign-out", headers=cookie, timeout=MAX_SECONDS)

    assert (before.status_code, server.get("/admin", **cookie).status_code) == (200, 401)


def test_questions_answers_and_feedback_are_shown_as_text(server: Running, cookie: str) -> None:
    hostile = "Who is Steve Witkoff <img src=x onerror=alert(1)>?"
    answer = server.ask(hostile)
    server.post("/v1/feedback", {"answer_id": answer["id"], "thumbs": "down", "reason": "<script>alert(2)</script>"})

    page = server.get("/admin/questions?show=thumbs-down", cookie=cookie.split(";", maxsplit=1)[0]).text

    assert "Who is Steve Witkoff &lt;img src=x onerror=alert(1)&gt;?" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "<img" not in page
    assert "<script>" not in page


def test_a_question_that_is_marked_as_done_leaves_the_list_and_can_be_put_back(server: Running, cookie: str) -> None:
    question = "Which orchid blooms on the moon of Neptune?"
    assert server.ask(question)["outcome"] in {"declined", "possible"}
    value = cookie.split(";", maxsplit=1)[0]

    def shown(work: str) -> str:
        return server.get(f"/admin/open?show={work}", cookie=value, **HTML).text

    def mark(work: str, **headers: str) -> httpx2.Response:
        form = {"number": number, "work": work}
        return httpx2.post(f"{server.url}/admin/open", data=form, headers=headers, timeout=MAX_SECONDS)

    number = re.search(r'id="question-(\d+)">' + re.escape(question), shown("open"))[1]
    refused = [mark("done"), mark("done", cookie=value, origin="https://evil.example")]
    assert [reply.status_code for reply in refused] == [401, 401]
    assert question in shown("open")

    done = mark("done", cookie=value, origin=server.url)
    assert (done.status_code, done.headers["location"]) == (303, "/admin/open?show=open")
    assert (question in shown("open"), question in shown("done")) == (False, True)

    back = mark("open", cookie=value)
    assert (back.status_code, back.headers["location"]) == (303, "/admin/open?show=done")
    assert (question in shown("open"), question in shown("done")) == (True, False)
    assert mark("half", cookie=value).status_code == 422


def test_a_cited_document_opens_at_its_words(server: Running, cookie: str) -> None:
    answer = server.ask(WITKOFF)
    citation = answer["citations"][0]
    path = f"/admin/documents/{citation['document_id']}?start={citation['start']}&end={citation['end']}"

    page = server.get(path, cookie=cookie.split(";", maxsplit=1)[0])

    assert page.status_code == 200
    assert '<mark id="cited"' in page.text


def test_a_server_without_any_key_is_read_by_its_own_machine_alone(seed_index: Path, tmp_path: Path) -> None:
    environment = {"RAG_LLM": "extractive", "RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite")}
    with serve(seed_index, **environment) as running:
        page = running.get("/admin", **HTML)
        through_a_proxy = {
            running.get("/admin", **{name: value}).status_code
            for name, value in (
                ("x-forwarded-for", "192.0.2.7"),
                ("x-forwarded-for", "127.0.0.1"),
                ("x-real-ip", "192.0.2.7"),
                ("forwarded", "for=192.0.2.7"),
                ("via", "1.1 proxy"),
                ("x-forwarded-host", "127.0.0.1"),
                ("x-forwarded-proto", "https"),
            )
        }
        foreign = running.get("/admin", origin="http://localhost:3000")

    assert page.status_code == 200
    assert "No key is needed for these pages on this machine" in page.text
    assert (through_a_proxy, foreign.status_code) == ({401}, 401)


def test_a_server_that_records_nothing_still_shows_its_documents(seed_index: Path, tmp_path: Path) -> None:
    environment = {
        "RAG_LLM": "extractive",
        "RAG_CONVERSATIONS_FILE": str(tmp_path / "c.sqlite"),
        "RAG_ANSWER_DAYS": "0",
    }
    with serve(seed_index, **environment) as running:
        running.ask(WITKOFF)
        pages = {path: running.get(path, **HTML) for path in PAGES}

    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(PAGES, 200)
    assert "Nothing is recorded" in pages["/admin"].text
    assert not (tmp_path / "answers.sqlite").exists()


def test_what_readers_judged_becomes_a_set_that_is_measured(
    server: Running, cookie: str, file: Path, seed_index: Path, tmp_path: Path
) -> None:
    good, bad = server.ask(WITKOFF), server.ask("Who spoke to Izvestia?")
    follow_up = server.ask("and who did he meet?", conversation_id=good["conversation_id"])
    corrected = "Alexander Grushko told Izvestia about it."
    for body in (
        {"answer_id": good["id"], "thumbs": "up"},
        {"answer_id": follow_up["id"], "thumbs": "up"},
        {"answer_id": bad["id"], "thumbs": "down", "corrected_answer": corrected},
    ):
        assert server.post("/v1/feedback", body).status_code == 200
    environment = {
        "RAG_INDEX_FOLDER": str(seed_index),
        "RAG_CONVERSATIONS_FILE": str(file),
        "RAG_LLM": "extractive",
    }

    exported = run_rag("feedback", "export", str(tmp_path / "set"), **environment)
    downloaded = server.get("/admin/questions.jsonl", cookie=cookie.split(";", maxsplit=1)[0])
    measured = run_rag("eval", str(tmp_path / "set"), "--json", **environment)

    assert exported.returncode == 0, exported.stderr
    assert measured.returncode == 0, measured.stderr
    written = (tmp_path / "set" / "questions.jsonl").read_text(encoding="utf-8")
    assert downloaded.text == written
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["id"] for line in lines} >= {good["id"], follow_up["id"], bad["id"]}
    (of_follow_up,) = [line for line in lines if line["id"] == follow_up["id"]]
    assert of_follow_up["history"][0]["question"] == WITKOFF
    assert json.loads(measured.stdout)["n_answered"] == len(lines)


def test_the_words_of_a_user_can_be_deleted(server: Running, file: Path) -> None:
    environment = {"RAG_CONVERSATIONS_FILE": str(file)}

    server.ask(WITKOFF)

    done = run_rag("feedback", "forget", "nobody", **environment)

    assert (done.returncode, done.stdout) == (0, "Deleted the words of 0 answers.\n")
