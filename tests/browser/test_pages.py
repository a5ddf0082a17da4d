"""The chat page, the document page and the widget as a reader sees them, in a real Chromium."""

import http.server
import json
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
]
QUESTION = "Who met with Putin in Moscow?"
OPEN_PAGE_3 = "Open page 3 of the PDF, opens in a new tab"
# As browsers do whose readers allow no site to store anything.
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); } });"""
HOSTILE = "<img src=x onerror=alert(1)>"
# Set to a folder to look at what the tests saw.
SCREENSHOTS = os.environ.get("FOOTNOTE_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert faults == []


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png")


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def an_answer(**changes: object) -> dict:
    """Return an answer as the server gives it, with changes."""
    fields = {"id": "a", "conversation_id": "c", "question": QUESTION, "query": QUESTION, "answer": "", "sentences": []}
    more = {"citations": [], "abstained": False, "answered_by": "llm", "degraded": None, "nearest": []}
    return {**fields, **more, **changes}


def answer_with(page: Page, answer: dict) -> None:
    """Have every question on a page answered alike, without the server."""
    body = f"id: 1\nevent: final\ndata: {json.dumps(answer)}\n\n"

    def fulfill(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=body)

    page.route("**/v1/ask", fulfill)


def shown_conversation(page: Page) -> tuple[list[str], list[str | None]]:
    """Return what a conversation says, and where its links lead."""
    links = page.locator("footnote-chat .turn a").all()
    return page.locator("footnote-chat .turn").all_inner_texts(), [link.get_attribute("href") for link in links]


def test_a_question_on_the_page_gets_an_answer_whose_footnote_opens_the_marked_words(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff, who recently met with Putin in Moscow")
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    shoot(page, "chat")
    with page.context.expect_page() as opened:
        page.locator("a[href*='/documents/'][href*='start=']").last.click()
    document = opened.value
    mark = document.locator("mark#cited")
    expect(mark).to_contain_text("U.S. envoy Steve Witkoff")
    expect(mark).to_be_in_viewport()
    shoot(document, "document")
    document.close()


def test_a_footnote_to_a_pdf_opens_the_file_at_the_cited_page(page: Page, pdf_server: Running) -> None:
    page.goto(pdf_server.url)
    ask(page, "Who closed the old pier?")
    expect(page.get_by_role("log")).to_contain_text("Tom Reed")

    page.locator("a.marker").hover()
    popover = page.get_by_role("tooltip")
    expect(popover.locator("a")).to_have_text(["Open in the document, opens in a new tab", OPEN_PAGE_3])
    shoot(page, "popover-pdf")
    link = popover.locator("a").last
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    with page.context.expect_page() as opened:
        link.click()

    pdf = opened.value
    # The viewer is a page of the browser's own.
    expect(pdf).to_have_url(re.compile(re.escape(pdf_server.url) + r"/documents/[0-9a-f]{16}/file#page=3"))
    assert pdf.evaluate("document.contentType") == "application/pdf"
    pdf.close()


def test_the_pdf_is_reached_by_keyboard_and_from_the_page_of_its_text(page: Page, pdf_server: Running) -> None:
    page.goto(pdf_server.url)
    ask(page, "Who closed the old pier?")
    original = page.get_by_role("listitem").get_by_role("link", name="Open page 3 of the PDF")
    expect(original).to_be_visible()
    page.locator("a.marker").focus()

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    assert original.evaluate("link => link === link.getRootNode().activeElement")
    page.goto(page.locator("a.marker").get_attribute("href") or "")
    on_text_page = page.get_by_role("link", name="Open the PDF at page 3")
    assert (on_text_page.get_attribute("href") or "").endswith("/file#page=3")
    shoot(page, "document-pdf")


def test_a_follow_up_continues_the_conversation(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "Who is Steve Witkoff?")
    expect(page.get_by_role("log")).to_contain_text("Steve Witkoff, who recently met")
    # What comes last: a question while an answer is being written would not be sent.
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")

    assert '"conversation_id"' in (request.value.post_data or "")
    expect(page.get_by_text("recently met with Putin")).not_to_have_count(1)


def test_what_the_documents_do_not_say_is_said_plainly(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "What is the capital of France?")

    expect(page.get_by_role("log")).to_contain_text("found nothing")
    assert page.locator("a.marker, .footnotes").count() == 0
    shoot(page, "abstained")


def test_an_empty_question_cannot_be_sent(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "   ")

    assert page.locator("footnote-chat").get_by_role("log").inner_text().find("Quoted") == -1


@pytest.mark.parametrize("size", [(375, 700), (320, 568)])
def test_the_page_fits_a_telephone(browser: Browser, quoting_server: Running, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Steve Witkoff")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, f"chat-{size[0]}-dark")
    page.close()


@pytest.fixture
def host_page(tmp_path: Path, quoting_server: Running) -> Iterator[str]:
    """A page of another origin that holds the one-line tag."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Our site</title><link rel=icon href=data:,>"
        "<style>* { color: red !important; font-size: 40px } button { display: none }</style>"
        f'<h1>Our site</h1><script src="{quoting_server.url}/widget.js" async></script>'
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_widget_answers_in_another_site_whatever_its_styles(page: Page, host_page: str) -> None:
    page.goto(host_page)
    page.locator("footnote-chat").get_by_role("button").first.click()
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff")
    link = page.locator("a[href*='/documents/'][href*='start=']").last
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")
    shoot(page, "widget")


def test_a_reloaded_page_shows_the_conversation_as_it_was_and_goes_on_with_it(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    ask(page, "What is the capital of France?")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.get_by_role("log")).to_contain_text("Try other words")
    before = shown_conversation(page)

    page.reload()
    expect(page.locator(".turn")).to_have_count(2)

    assert shown_conversation(page) == before
    assert any("start=" in (link or "") for link in before[1])
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(page.locator(".turn").last).to_be_in_viewport()
    shoot(page, "reloaded")
    conversation_id = page.evaluate("localStorage[Object.keys(localStorage)[0]]")
    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")
    assert request.value.post_data_json["conversation_id"] == conversation_id


def test_a_new_conversation_is_new_after_a_reload_too(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    expect(page.get_by_role("button", name="Delete conversation")).to_be_hidden()
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    page.get_by_role("button", name="New conversation").click()

    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_a_conversation_is_deleted_by_keyboard_but_only_when_that_is_confirmed(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    conversation_id = page.evaluate("localStorage[Object.keys(localStorage)[0]]")
    delete = page.get_by_role("button", name="Delete conversation")
    prompt = page.get_by_role("alertdialog", name="Delete this conversation for good?")
    delete.focus()
    page.keyboard.press("Enter")
    expect(prompt.get_by_role("button", name="Keep")).to_be_focused()
    shoot(page, "deletion")

    page.keyboard.press("Escape")

    expect(prompt).to_be_hidden()
    expect(delete).to_be_focused()
    assert quoting_server.get(f"/v1/conversations/{conversation_id}").status_code == 200

    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.locator(".turn")).to_have_count(0)
    expect(prompt).to_be_hidden()
    expect(page.get_by_role("textbox")).to_be_focused()
    assert quoting_server.get(f"/v1/conversations/{conversation_id}").status_code == 404
    assert page.evaluate("localStorage.length") == 0


def test_a_conversation_that_was_not_deleted_is_said_to_be_there(browser: Browser, quoting_server: Running) -> None:
    page = browser.new_page()
    page.route("**/v1/conversations/*", lambda route: route.fulfill(status=503, json={"detail": "Not now."}))
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    page.get_by_role("button", name="Delete conversation").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("alertdialog")).to_contain_text("It was not deleted: Not now.")
    expect(page.locator(".turn")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("log")).to_contain_text("cannot be shown right now")
    page.close()


def test_a_conversation_that_the_server_has_forgotten_begins_anew(browser: Browser, quoting_server: Running) -> None:
    page = browser.new_page()
    page.goto(quoting_server.url)
    page.evaluate("server => localStorage.setItem(`footnote-conversation ${server}`, 'gone')", quoting_server.url)
    with page.expect_response("**/v1/conversations/gone"):
        page.reload()
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    assert page.evaluate("localStorage[Object.keys(localStorage)[0]]") != "gone"
    page.close()


def test_a_browser_that_forbids_storage_has_conversations_all_the_same(page: Page, quoting_server: Running) -> None:
    page.add_init_script(NO_STORAGE)
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")

    assert request.value.post_data_json["conversation_id"]
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_the_widget_remembers_its_conversation_when_it_is_opened_again(page: Page, host_page: str) -> None:
    page.goto(host_page)
    page.locator("footnote-chat").get_by_role("button").first.click()
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    before = shown_conversation(page)

    page.reload()
    page.locator("footnote-chat").get_by_role("button").first.click()
    expect(page.locator(".turn")).to_have_count(1)

    assert shown_conversation(page) == before
    page.get_by_role("button", name="Delete conversation").click()
    shoot(page, "widget-deletion")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_refusal_offers_the_nearest_passages_as_links_and_their_words_as_text(
    page: Page, quoting_server: Running
) -> None:
    place = {"document_id": "1", "uri": "a.txt", "page": 3, "start": 1, "end": 9, "link": None, "number": 1, "score": 1}
    source = {**place, "title": "Returns", "headings": ["Policy", "Shoes"], "url": "/documents/1?start=1&end=9"}
    nearest = [{**source, "text": f"{HOSTILE} {'word ' * 60}"}, {**source, "text": "b", "url": "javascript:alert(1)"}]
    refusal = {"answer": "The documents do not say.", "abstained": True, "answered_by": "none"}
    answer_with(page, an_answer(**refusal, nearest=nearest * 2))
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    offered = page.get_by_role("region", name="Nearest passages")
    expect(offered.get_by_role("listitem")).to_have_count(3)
    first = offered.get_by_role("listitem").first
    expect(first).to_contain_text("page 3 · Shoes")
    expect(first).to_contain_text(HOSTILE)
    assert len(first.locator(".quote").inner_text()) <= 121
    link = first.get_by_role("link", name=re.compile("^Returns.*opens in a new tab$"))
    assert link.get_attribute("href") == f"{quoting_server.url}/documents/1?start=1&end=9"
    assert offered.locator("a").count() == 2
    assert offered.locator("img").count() == 0
    shoot(page, "nearest")


def test_a_sentence_that_is_not_confirmed_is_marked_in_words(page: Page, quoting_server: Running) -> None:
    sentences = [
        {"text": "Perhaps he did.", "citations": [], "supported": False},
        {"text": "Surely.", "citations": [], "supported": True},
    ]
    answer_with(page, an_answer(answer="Perhaps he did. Surely.", sentences=sentences))
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.locator(".answer")).to_have_text("Perhaps he did. not confirmed in the documents Surely.")
    assert page.get_by_title("Not confirmed in the documents").inner_text() == "Perhaps he did."
    shoot(page, "not-confirmed")
